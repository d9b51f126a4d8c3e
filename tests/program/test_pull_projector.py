"""``alcove pull --mmproj``: a model with what makes it see."""

from __future__ import annotations

from pathlib import Path

from library.machine_of_files import special_gguf
from local_hub import LocalHub
from local_hub.tiny_gguf import tiny_gguf
from program.running import answer, sentence

REPOSITORY = "org/Eyed-GGUF"
FILE = "eyed-Q4_1.gguf"


def serve(local_hub: LocalHub, folder: Path, files: dict[str, bytes]) -> None:
    for name, content in files.items():
        path = folder / name
        path.write_bytes(content)
        local_hub.add(REPOSITORY, name, path)


def test_the_projector_comes_with_the_model(local_hub: LocalHub, tmp_path: Path) -> None:
    eyes = special_gguf("clip", "Eyes", "mmproj")
    worse = special_gguf("clip", "Worse", "mmproj")
    serve(
        local_hub,
        tmp_path,
        {FILE: tiny_gguf(), "mmproj-Q8_0.gguf": worse, "mmproj-F16.gguf": eyes},
    )
    pulled = answer("pull", "--mmproj", REPOSITORY)
    assert [Path(path).name for path in pulled["files"]] == [FILE]
    assert Path(pulled["mmproj"]).read_bytes() == eyes
    assert Path(pulled["mmproj"]).parent == Path(pulled["files"][0]).parent
    assert local_hub.bytes_sent("mmproj-Q8_0.gguf") == 0


def test_it_comes_later_for_a_model_that_is_there(local_hub: LocalHub, tmp_path: Path) -> None:
    eyes = special_gguf("clip", "Eyes", "mmproj")
    serve(local_hub, tmp_path, {FILE: tiny_gguf(), "mmproj-BF16.gguf": eyes})
    assert answer("pull", REPOSITORY)["mmproj"] is None
    assert Path(answer("pull", "--mmproj", f"{REPOSITORY}:Q4_1")["mmproj"]).read_bytes() == eyes
    assert local_hub.bytes_sent(FILE) == len(tiny_gguf())
    asked = len(local_hub.requests)
    assert Path(answer("pull", "--mmproj", REPOSITORY)["mmproj"]).read_bytes() == eyes
    assert len(local_hub.requests) == asked


def test_a_model_without_one_says_so(local_hub: LocalHub, tmp_path: Path) -> None:
    serve(local_hub, tmp_path, {FILE: tiny_gguf()})
    assert f"{REPOSITORY} has no projector" in sentence("pull", "--mmproj", REPOSITORY)
    own = tmp_path / "own.gguf"
    own.write_bytes(tiny_gguf())
    said = sentence("pull", "--mmproj", str(own))
    assert "was not downloaded from the hub" in said

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from alcove.catalog.load import load_catalog
from alcove.resources import resource
from local_hub import LocalHub

COMMANDS = Path(__file__).parents[2] / "packaging"
REPOSITORY = "maker/Thing-GGUF"


@pytest.fixture
def catalog(tmp_path: Path) -> Path:
    """A catalog of one model with a file, a split one, a projector, and two without files."""
    shipped = json.loads(resource("catalog", "models.json").read_bytes())
    model = next(model for model in shipped["models"] if model["id"] == "qwen3-8b")
    thing = model | {
        "id": "thing",
        "repositories": [
            {
                "name": REPOSITORY,
                "revision": "0" * 40,
                "files": [
                    {"name": "Q4_K_M", "file": "t-Q4_K_M.gguf", "size_bytes": 9, "rounded": True},
                    {
                        "name": "Q8_0",
                        "file": "t-Q8_0-00001-of-00002.gguf",
                        "parts": 2,
                        "size_bytes": 10,
                        "computed": True,
                    },
                    {"name": "Q6_K", "file": "t-Q6_K.gguf", "size_bytes": 5},
                ],
                "projectors": [{"file": "mmproj-F16.gguf"}],
            }
        ],
    }
    unlisted = model | {
        "id": "unlisted",
        "obstacle": "unlisted",
        "repositories": [{"name": "maker/Other-GGUF"}, {"name": "quantizer/Other-GGUF"}],
    }
    unsupported = unlisted | {"id": "unsupported", "obstacle": "unsupported"}
    path = tmp_path / "models.json"
    models = [thing, unlisted, unsupported]
    path.write_text(json.dumps(shipped | {"models": models}), encoding="utf-8")
    return path


@pytest.fixture
def served(local_hub: LocalHub, tmp_path: Path) -> LocalHub:
    """What the hub has: another size, a hash, a projector; Q6_K is gone."""
    content = tmp_path / "content"
    content.write_bytes(b"content")
    names = ("t-Q4_K_M.gguf", "t-Q8_0-00001-of-00002.gguf", "t-Q8_0-00002-of-00002.gguf")
    for name in (*names, "mmproj-F16.gguf"):
        local_hub.add(REPOSITORY, name, content, gated=True)
    for name in ("o-Q4_K_M.gguf", "o-Q2_K-00001-of-00002.gguf", "mmproj-F16.gguf"):
        local_hub.add("maker/Other-GGUF", name, content)
    for name in ("q-Q4_K_M.gguf", "q-Q8_0.gguf"):
        local_hub.add("quantizer/Other-GGUF", name, content)
    return local_hub


def recheck(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(COMMANDS / "recheck_catalog.py"), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def changes(path: Path, model: str) -> dict[tuple[str, str], tuple[Any, Any]]:
    listed = json.loads(path.read_bytes())["changes"]
    return {
        (each["entry"], each["fact"]): (each["before"], each["now"])
        for each in listed
        if each["model"] == model
    }


def test_what_changed_is_told_and_nothing_written(
    served: LocalHub, catalog: Path, tmp_path: Path
) -> None:
    before = catalog.read_bytes()
    ended = recheck("--catalog", catalog, "--changes", tmp_path / "changes.json")
    assert (ended.returncode, ended.stderr) == (0, "")
    repository = served.repositories[REPOSITORY]
    sha256 = repository.files["t-Q4_K_M.gguf"].sha256
    assert changes(tmp_path / "changes.json", "thing") == {
        ("", "revision"): ("0" * 40, repository.commit),
        ("", "gated"): (None, True),
        ("t-Q4_K_M.gguf", "rounded"): (True, None),
        ("t-Q4_K_M.gguf", "size_bytes"): (9, 7),
        ("t-Q4_K_M.gguf", "sha256"): (None, sha256),
        ("t-Q8_0-00001-of-00002.gguf", "computed"): (True, None),
        ("t-Q8_0-00001-of-00002.gguf", "size_bytes"): (10, 14),
        ("t-Q6_K.gguf", "gone"): (None, True),
        ("mmproj-F16.gguf", "size_bytes"): (None, 7),
        ("mmproj-F16.gguf", "sha256"): (None, sha256),
    }
    told = json.loads((tmp_path / "changes.json").read_bytes())["changes"]
    assert [(c["model"], c["repository"], c["now"]) for c in told if c["fact"] == "files"] == [
        ("unlisted", "maker/Other-GGUF", ["Q4_K_M"]),
        ("unlisted", "quantizer/Other-GGUF", ["Q8_0"]),
    ]
    assert "  maker/Thing-GGUF t-Q6_K.gguf: is gone" in ended.stdout
    assert "  maker/Thing-GGUF t-Q4_K_M.gguf: size_bytes 9 -> 7" in ended.stdout
    assert catalog.read_bytes() == before


@pytest.mark.usefixtures("served")
def test_what_changed_is_entered_on_request(catalog: Path, tmp_path: Path) -> None:
    assert recheck("--catalog", catalog, "--write").returncode == 0
    found = load_catalog(catalog)
    thing, unlisted = found.get("thing"), found.get("unlisted")
    assert thing is not None
    assert unlisted is not None
    small = thing.quantization("Q4_K_M")
    assert small is not None
    assert (small.size_bytes, small.size_basis, small.gated) == (7, "exact", True)
    assert small.sha256 is not None
    assert thing.projectors[0].size_bytes == 7
    assert [q.file for q in unlisted.quantizations] == ["o-Q4_K_M.gguf", "q-Q8_0.gguf"]
    assert unlisted.obstacle is None
    unsupported = found.get("unsupported")
    assert unsupported in found.out_of_reach
    assert unsupported.obstacle == "unsupported"
    again = recheck("--catalog", catalog, "--changes", tmp_path / "changes.json")
    assert changes(tmp_path / "changes.json", "thing") == {("t-Q6_K.gguf", "gone"): (None, True)}
    assert "1 changes, 0 repositories" in again.stdout


def test_a_repository_that_is_gone_is_told(local_hub: LocalHub, catalog: Path) -> None:
    ended = recheck("--catalog", catalog, "--only", "thing")
    assert ended.returncode == 1
    assert "0 changes, 1 repositories that could not be asked" in ended.stdout
    assert REPOSITORY in ended.stdout
    assert len(local_hub.requests_to("/api/models/")) == 1


def test_the_shipped_catalog_is_written_as_the_commands_write_it(tmp_path: Path) -> None:
    program = "import json,sys; from catalog_file import write_catalog; from pathlib import Path;"
    program += "write_catalog(Path(sys.argv[2]), json.loads(Path(sys.argv[1]).read_bytes()))"
    shipped, written = resource("catalog", "models.json"), tmp_path / "models.json"
    command = [sys.executable, "-c", program, str(shipped), str(written)]
    subprocess.run(command, check=True, cwd=COMMANDS)
    assert written.read_text(encoding="utf-8") == shipped.read_text(encoding="utf-8")

from __future__ import annotations

from pathlib import Path

import pytest

from alcove.catalog.load import Catalog
from alcove.errors import ModelFileError
from alcove.library.scan import installed_models
from alcove.library.single import inspect_file
from library.machine_of_files import put, special_gguf, system_at, without_starter
from local_hub.tiny_gguf import tiny_gguf

EYES = special_gguf("clip", "Eyes", "mmproj", width=64)


def projectors(home: Path, own: Path) -> dict[str, str | None]:
    """Return the name of each model's projector."""
    models = without_starter(installed_models(Catalog(()), [own], system=system_at(home)))
    return {model.path.name: model.projector and model.projector.name for model in models}


def test_a_projector_goes_with_the_only_model_of_its_folder(tmp_path: Path) -> None:
    own = tmp_path / "own"
    put(own / "jan" / "model.gguf", special_gguf())
    put(own / "jan" / "mmproj.gguf", EYES)
    put(own / "repo" / "Gemma-3-4B-it-Q4_K_M.gguf", special_gguf(name="Four"))
    put(own / "repo" / "Gemma-3-4B-it-Q8_0.gguf", special_gguf(name="Eight"))
    for kind in ("F32", "BF16", "F16"):
        put(own / "repo" / f"mmproj-model-{kind}.gguf", EYES)
    assert projectors(tmp_path, own) == {
        "model.gguf": "mmproj.gguf",
        "Gemma-3-4B-it-Q4_K_M.gguf": "mmproj-model-F16.gguf",
        "Gemma-3-4B-it-Q8_0.gguf": "mmproj-model-F16.gguf",
    }


def test_names_tell_where_several_models_lie(tmp_path: Path) -> None:
    own = tmp_path / "own"
    for name in ("Qwen2-VL-2B-Q4_K_M", "Qwen2-VL-7B-Q4_K_M", "Qwen3-8B-Q4_K_M"):
        put(own / f"{name}.gguf", special_gguf(name=name))
    for name in ("mmproj-Qwen2-VL-2B-f16", "mmproj-Qwen2-VL-7B-f16", "mmproj-F16"):
        put(own / f"{name}.gguf", EYES)
    assert projectors(tmp_path, own) == {
        "Qwen2-VL-2B-Q4_K_M.gguf": "mmproj-Qwen2-VL-2B-f16.gguf",
        "Qwen2-VL-7B-Q4_K_M.gguf": "mmproj-Qwen2-VL-7B-f16.gguf",
        "Qwen3-8B-Q4_K_M.gguf": None,
    }


def test_files_that_only_accompany_models_are_not_listed(tmp_path: Path) -> None:
    own = tmp_path / "own"
    put(own / "eyes.gguf", EYES)
    put(own / "style.gguf", special_gguf(kind="adapter"))
    put(own / "weights.gguf", special_gguf(kind="imatrix"))
    put(own / "mmproj-broken.gguf", b"GGUF")
    put(own / "model.gguf", tiny_gguf())
    assert projectors(tmp_path, own) == {"model.gguf": None}


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("mmproj", r"is a projector, .* belongs to: .*model\.gguf"),
        ("adapter", r"is a LoRA adapter, .* --lora"),
        ("imatrix", r"is an importance matrix"),
    ],
)
def test_a_companion_says_what_it_is(tmp_path: Path, kind: str, said: str) -> None:
    put(tmp_path / "model.gguf", tiny_gguf())
    architecture = "clip" if kind == "mmproj" else "llama"
    path = put(tmp_path / "mmproj-F16.gguf", special_gguf(architecture, kind=kind))
    with pytest.raises(ModelFileError, match=said):
        inspect_file(path, Catalog(()))
    assert inspect_file(tmp_path / "model.gguf", Catalog(())).projector == (
        path if kind == "mmproj" else None
    )


class TestAPath:
    def test_of_a_folder_with_one_model(self, tmp_path: Path) -> None:
        path = put(tmp_path / "deep" / "m.gguf", tiny_gguf())
        put(tmp_path / "deep" / "cut.gguf", tiny_gguf()[:-4])
        assert inspect_file(tmp_path, Catalog(())).path == path

    def test_of_a_folder_with_several(self, tmp_path: Path) -> None:
        for name in "abcd":
            put(tmp_path / f"{name}.gguf", tiny_gguf(name=name))
        with pytest.raises(ModelFileError, match=r"There are 4 models .* Name one .*a\.gguf, .*…"):
            inspect_file(tmp_path, Catalog(()))

    def test_of_a_damaged_folder(self, tmp_path: Path) -> None:
        put(tmp_path / "cut.gguf", tiny_gguf()[:-4])
        assert "cut short" in (inspect_file(tmp_path, Catalog(())).damage or "")

    def test_that_leads_in_a_circle(self, tmp_path: Path) -> None:
        (tmp_path / "a.gguf").symlink_to(tmp_path / "b.gguf")
        (tmp_path / "b.gguf").symlink_to(tmp_path / "a.gguf")
        with pytest.raises(ModelFileError, match="leads in a circle"):
            inspect_file(tmp_path / "a.gguf", Catalog(()))
        assert projectors(tmp_path, tmp_path) == {}

    def test_without_permission(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        path = put(tmp_path / "own" / "m.gguf", tiny_gguf())

        def refuse(self: Path, *_arguments: object, **_options: object) -> None:
            raise PermissionError(13, "Permission denied", str(self))

        monkeypatch.setattr(Path, "open", refuse)  # a test that runs as root is refused nothing
        with pytest.raises(ModelFileError, match="You may not read"):
            inspect_file(path, Catalog(()))
        models = installed_models(Catalog(()), [tmp_path / "own"], system=system_at(tmp_path))
        assert "You may not read" in (without_starter(models)[0].damage or "")

    def test_of_any_part_of_a_split_model(self, tmp_path: Path) -> None:
        first, second = (
            put(tmp_path / f"m-0000{number}-of-00002.gguf", tiny_gguf()) for number in (1, 2)
        )
        assert inspect_file(second, Catalog(())).files == (first, second)
        first.unlink()
        with pytest.raises(ModelFileError, match="these parts are missing: 1"):
            inspect_file(second, Catalog(()))

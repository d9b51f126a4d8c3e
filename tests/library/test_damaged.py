"""What names lead to where files are damaged, or where several models would have one name."""

from __future__ import annotations

from pathlib import Path

import pytest

from alcove.catalog.load import Catalog
from alcove.catalog.model import Model, Quantization
from alcove.errors import ModelFileError, TargetError
from alcove.hub.layout import RepositoryFolder, cache_folder
from alcove.hub.remote import RemoteModel
from alcove.hub.repository import Hub
from alcove.library.installed import InstalledModel
from alcove.library.scan import installed_models
from alcove.library.targets import find_local, resolve_target
from alcove.network import Network
from library.machine_of_files import remove
from local_hub import LocalHub
from local_hub.tiny_gguf import tiny_gguf

REPOSITORY = "maker/Thing-8B-GGUF"
FILE = "Thing-8B-Q8_0.gguf"
COMMIT = "0" * 40


def cached(content: bytes, file: str = FILE, commit: str = COMMIT) -> Path:
    folder = RepositoryFolder(cache_folder(), REPOSITORY)
    sha256 = f"{abs(hash((file, content, commit))):064x}"
    folder.blob(sha256).parent.mkdir(parents=True, exist_ok=True)
    folder.blob(sha256).write_bytes(content)
    folder.place(sha256, folder.pointer(commit, file))
    return folder.pointer(commit, file)


def choose(model: Model) -> Quantization:
    return model.quantizations[0]


def find(text: str, catalog: Catalog, *folders: Path) -> InstalledModel:
    found = find_local(text, catalog, installed_models(catalog, folders), choose)
    assert isinstance(found, InstalledModel)
    return found


@pytest.mark.parametrize(
    "text", ["thing-8b", "thing-8b:Q8_0", f"{REPOSITORY}:Q8_0", f"{REPOSITORY}/{FILE}", "{path}"]
)
def test_a_damaged_download_can_be_found_and_removed(catalog: Catalog, text: str) -> None:
    path = cached(tiny_gguf()[:-8])
    blob = path.resolve()
    found = find(text.format(path=path), catalog)
    assert "cut short" in (found.damage or "")
    remove(found)
    assert not path.is_symlink()
    assert not blob.exists()


def test_what_is_left_of_a_split_download_can_be_removed(catalog: Catalog) -> None:
    path = cached(tiny_gguf(), "Thing-8B-Q8_0-00001-of-00002.gguf")
    found = find(REPOSITORY, catalog)
    assert "parts are missing: 2" in (found.damage or "")
    remove(found)
    assert not path.is_symlink()


def test_a_usable_file_is_preferred_to_a_damaged_one(catalog: Catalog, tmp_path: Path) -> None:
    damaged = cached(tiny_gguf()[:-8])
    own = tmp_path / REPOSITORY
    own.mkdir(parents=True)
    (own / FILE).write_bytes(tiny_gguf())
    assert find("thing-8b", catalog, tmp_path).path == own / FILE
    assert find("thing-8b:Q8_0", catalog, tmp_path).path == own / FILE
    assert find(str(damaged), catalog, tmp_path).damage is not None


def test_a_usable_quantization_is_preferred_to_a_damaged_usual_one(catalog: Catalog) -> None:
    cached(tiny_gguf()[:-8], "Thing-8B-Q4_K_M.gguf")
    usable = cached(tiny_gguf())
    assert find("thing-8b", catalog).path == usable
    assert find("thing-8b:Q4_K_M", catalog).damage is not None


def test_a_damaged_download_is_fetched_again(
    catalog: Catalog, local_hub: LocalHub, tmp_path: Path
) -> None:
    cached(tiny_gguf()[:-8])
    whole = tmp_path / "whole"
    whole.write_bytes(tiny_gguf())
    local_hub.add(REPOSITORY, FILE, whole)
    installed = installed_models(catalog, [])
    hub = Hub(Network(endpoint=local_hub.endpoint))
    found = resolve_target("thing-8b:Q8_0", catalog, installed, choose, hub)
    assert isinstance(found, RemoteModel)


def test_every_installed_model_has_a_target_of_its_own(catalog: Catalog, tmp_path: Path) -> None:
    cached(tiny_gguf())
    cached(tiny_gguf("qwen3"), commit="1" * 40)
    cached(tiny_gguf(), "own.gguf")
    cached(tiny_gguf("qwen3"), "own.gguf", commit="1" * 40)
    own = tmp_path / REPOSITORY
    own.mkdir(parents=True)
    (own / FILE).write_bytes(tiny_gguf()[:-8])
    (own / "Thing-8B-Q4_K_M.gguf").write_bytes(tiny_gguf(name="Thing"))
    models = installed_models(catalog, [tmp_path])
    targets = [model.target for model in models]
    assert len(set(targets)) == len(targets) == 7
    assert {"thing-8b:Q8_0", "thing-8b:Q4_K_M", f"{REPOSITORY}/own.gguf"} < set(targets)
    for model in models:
        assert find_local(model.target, catalog, models, choose) == model


@pytest.mark.parametrize("text", ["~nobody-at-all/m.gguf", "x" * 400 + ".gguf"])
def test_a_path_that_cannot_be(catalog: Catalog, text: str) -> None:
    with pytest.raises(ModelFileError):
        find(text, catalog)


@pytest.mark.parametrize("text", ["x" * 400, "~nobody-at-all", "m\0.gguf", "./m\0.gguf"])
def test_a_name_that_cannot_be(catalog: Catalog, text: str) -> None:
    with pytest.raises(TargetError):
        find(text, catalog)


def test_a_folder_of_a_user_who_does_not_exist_holds_nothing(catalog: Catalog) -> None:
    assert len(installed_models(catalog, [Path("~nobody-at-all/models")])) == 1

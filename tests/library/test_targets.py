from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from alcove.catalog.load import Catalog
from alcove.catalog.model import Model, Quantization
from alcove.errors import ModelFileError, OfflineError, TargetError
from alcove.hub.remote import RemoteModel
from alcove.hub.repository import Hub
from alcove.library.installed import InstalledModel
from alcove.library.references import Reference
from alcove.library.targets import find_local, resolve_target
from alcove.network import Network
from local_hub import LocalHub
from local_hub.tiny_gguf import tiny_gguf

REPOSITORY = "maker/Thing-8B-GGUF"
SNAPSHOT = Path("/cache/models--maker--Thing-8B-GGUF/snapshots/c0")

STARTER = InstalledModel(
    target="smollm2-135m",
    name="SmolLM2",
    files=(Path("/package/SmolLM2-135M-Instruct.Q4_1.gguf"),),
    size_bytes=1,
    source="starter",
    quantization="Q4_1",
    architecture="llama",
    catalog_id="smollm2-135m",
)
LARGE = InstalledModel(
    target="thing-8b",
    name="Thing",
    files=(SNAPSHOT / "Thing-8B-Q8_0.gguf",),
    size_bytes=2,
    source="hub",
    quantization="Q8_0",
    architecture="llama",
    catalog_id="thing-8b",
    repository=REPOSITORY,
    revision="c0",
)
OTHER = replace(
    LARGE,
    target="some/Own-GGUF/sub/own.gguf",
    files=(Path("/cache/models--some--Own-GGUF/snapshots/c1/sub/own.gguf"),),
    quantization="",
    catalog_id=None,
    repository="some/Own-GGUF",
    revision="c1",
)
INSTALLED = [STARTER, LARGE, OTHER]


def choose(model: Model) -> Quantization:
    return model.quantizations[0]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("starter", STARTER),
        ("Starter", STARTER),
        ("smollm2-135m", STARTER),
        ("SmolLM2-135M:q4_1", STARTER),
        (
            "smollm2-135m:Q8_0",
            Reference("bartowski/SmolLM2-135M-Instruct-GGUF", "SmolLM2-135M-Instruct-Q8_0.gguf"),
        ),
        ("thing-8b", LARGE),
        ("THING-8B:q8_0", LARGE),
        ("thing-8b:Q4_K_M", Reference(REPOSITORY, "Thing-8B-Q4_K_M.gguf")),
        (REPOSITORY, LARGE),
        (REPOSITORY.lower(), LARGE),
        (f"{REPOSITORY}:Q8_0", LARGE),
        (f"{REPOSITORY}/Thing-8B-Q8_0.gguf", LARGE),
        (f"{REPOSITORY}:Q5_K_M", Reference(REPOSITORY, "Q5_K_M")),
        (f"{REPOSITORY}/other.gguf", Reference(REPOSITORY, "other.gguf")),
        ("some/Own-GGUF/sub/own.gguf", OTHER),
        ("some/Own-GGUF", OTHER),
        ("new/Repo-GGUF", Reference("new/Repo-GGUF", None)),
        (
            "new/Repo-GGUF/UD-Q4_K_XL/m-00001-of-00002.gguf",
            Reference("new/Repo-GGUF", "UD-Q4_K_XL/m-00001-of-00002.gguf"),
        ),
    ],
)
def test_what_a_target_leads_to(
    catalog: Catalog, text: str, found: InstalledModel | Reference
) -> None:
    assert find_local(text, catalog, INSTALLED, choose) == found


def test_every_target_of_an_installed_model_leads_to_it(catalog: Catalog) -> None:
    for model in INSTALLED:
        assert find_local(model.target, catalog, INSTALLED, choose) == model


def test_a_catalog_model_that_is_not_installed_is_taken_in_the_quantization_chosen(
    catalog: Catalog,
) -> None:
    assert find_local("thing-8b", catalog, [], choose) == Reference(
        REPOSITORY, "Thing-8B-Q4_K_M.gguf"
    )


@pytest.mark.parametrize("name", ["m.gguf", "no extension"])
def test_a_path_wins(
    catalog: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    path = tmp_path / name
    path.write_bytes(tiny_gguf())
    monkeypatch.chdir(tmp_path)
    for text in (str(path), f"./{name}", name):
        found = find_local(text, catalog, INSTALLED, choose)
        assert isinstance(found, InstalledModel)
        assert found.files == (path,)


@pytest.mark.parametrize("text", ["m.gguf", "./nothing", "/nowhere/m.gguf", "folder/m.gguf"])
def test_a_path_to_nothing(catalog: Catalog, text: str) -> None:
    with pytest.raises(ModelFileError, match="There is no file"):
        find_local(text, catalog, INSTALLED, choose)


def test_an_unknown_name_is_answered_with_close_ones(catalog: Catalog) -> None:
    with pytest.raises(TargetError) as caught:
        find_local("thing-7b", catalog, INSTALLED, choose)
    assert "thing-7b" in caught.value.cause
    assert "thing-8b" in caught.value.advice


@pytest.mark.parametrize("text", ["", "zzzzzzzz", "a/b/", "what is this"])
def test_a_name_like_no_other_is_answered_with_what_names_look_like(
    catalog: Catalog, text: str
) -> None:
    with pytest.raises(TargetError, match="org/repo"):
        find_local(text, catalog, INSTALLED, choose)


def test_an_unknown_quantization_of_a_catalog_model(catalog: Catalog) -> None:
    with pytest.raises(TargetError, match="Q4_K_M, Q8_0"):
        find_local("thing-8b:Q5_K_M", catalog, INSTALLED, choose)


def test_no_starter(catalog: Catalog) -> None:
    with pytest.raises(TargetError, match="starter model is not installed"):
        find_local("starter", catalog, [LARGE], choose)


def test_the_hub_is_asked_only_for_what_is_not_installed(
    catalog: Catalog, local_hub: LocalHub, tmp_path: Path
) -> None:
    path = tmp_path / "content"
    path.write_bytes(tiny_gguf())
    local_hub.add(REPOSITORY, "Thing-8B-Q4_K_M.gguf", path)
    offline = Hub(Network(endpoint=local_hub.endpoint, offline=True))
    assert resolve_target("thing-8b", catalog, INSTALLED, choose, offline) == LARGE
    assert local_hub.requests == []
    with pytest.raises(OfflineError):
        resolve_target("thing-8b:Q4_K_M", catalog, INSTALLED, choose, offline)
    found = resolve_target(
        "thing-8b:Q4_K_M", catalog, INSTALLED, choose, Hub(Network(endpoint=local_hub.endpoint))
    )
    assert isinstance(found, RemoteModel)
    assert found.files[0].path == "Thing-8B-Q4_K_M.gguf"


def test_names_that_begin_so_come_first(catalog: Catalog) -> None:
    """However much longer they are than what was written."""
    (thing,) = [model for model in catalog.models if model.id == "thing-8b"]
    ids = ("thing-4b-instruct-2507-and-more", "thing-14b", "thing-3.5-4b", "thing-8b")
    larger = replace(catalog, models=tuple(replace(thing, id=each) for each in ids))
    with pytest.raises(TargetError, match=r"Did you mean thing-4b-instruct-2507-and-more, "):
        find_local("Thing-4b", larger, [], choose)


def test_a_folder_that_is_there_goes_before_a_repository(
    catalog: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("models", "some/Own-GGUF", "thing-8b"):
        (tmp_path / name).mkdir(parents=True)
    with pytest.raises(ModelFileError, match="There is no GGUF file in"):
        find_local("models", catalog, INSTALLED, choose)
    assert find_local("some/Own-GGUF", catalog, INSTALLED, choose) == OTHER
    for name in ("models", "some/Own-GGUF", "thing-8b"):
        (tmp_path / name / "a.gguf").write_bytes(tiny_gguf())
    for name in ("models", "some/Own-GGUF"):
        found = find_local(name, catalog, INSTALLED, choose)
        assert isinstance(found, InstalledModel)
        assert found.path == tmp_path / name / "a.gguf"
    assert find_local("thing-8b", catalog, INSTALLED, choose) == LARGE


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "No model was named"),
        ("https://example.com/a.gguf", "is no link to a model on the hub"),
    ],
)
def test_no_name_and_an_address_of_another_site(catalog: Catalog, text: str, words: str) -> None:
    with pytest.raises(TargetError, match=words):
        find_local(text, catalog, INSTALLED, choose)

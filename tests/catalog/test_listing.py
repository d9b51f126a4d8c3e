"""The catalog with what the hub said since: other sizes, new quantizations, files that went."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from alcove.catalog.listing import (
    ListedFile,
    Listing,
    age_of,
    files_in_words,
    repositories_of,
    updated,
)
from alcove.catalog.load import Catalog, load_catalog
from alcove.catalog.model import Model

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
COMMIT = "a" * 40


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog()


@pytest.fixture
def model(catalog: Catalog) -> Model:
    found = catalog.get("qwen3-8b")
    assert found is not None
    return found


def listing(repository: str, *files: tuple[str, int], at: datetime = NOW) -> Listing:
    listed = tuple(ListedFile(path, size, "f" * 64) for path, size in files)
    return Listing(repository, COMMIT, False, listed, at)


def refreshed(catalog: Catalog, model: Model, *listings: Listing) -> Model:
    known = {each.repository: each for each in listings}
    found = updated(catalog, known).get(model.id)
    assert found is not None
    return found


def files_of(model: Model, repository: str) -> list[tuple[str, int]]:
    return [
        (file, one.size_bytes // len(one.files))
        for one in model.quantizations
        if one.repository == repository
        for file in one.files
    ]


def test_without_listings_nothing_changes(catalog: Catalog) -> None:
    assert updated(catalog, {}) is catalog


def test_other_sizes_new_files_and_those_that_went(catalog: Catalog, model: Model) -> None:
    first = model.quantizations[0]
    repository = first.repository
    (gone, _size), (changed, size), *rest = files_of(model, repository)
    new = changed.replace(next(q.name for q in model.quantizations if q.file == changed), "IQ1_M")
    now = refreshed(
        catalog,
        model,
        listing(
            repository,
            (changed, size + 5),
            *rest,
            (new, 77),
            ("mmproj-F16.gguf", 9),
            ("another-model-Q4_K_M.gguf", 99),
            ("README.md", 1),
        ),
    )
    files = {one.file: one for one in now.quantizations}
    assert gone not in files
    assert files[changed].size_bytes == size + 5
    assert files[changed].revision == COMMIT
    assert files[changed].sha256 == "f" * 64
    assert files[new].name == "IQ1_M"
    assert [one.size_bytes for one in now.quantizations] == sorted(
        one.size_bytes for one in now.quantizations
    )
    assert "another-model-Q4_K_M.gguf" not in files
    assert all("mmproj" not in one.file for one in now.quantizations)


def test_an_emptied_repository_leaves_the_last_file(catalog: Catalog, model: Model) -> None:
    empty = [listing(name) for name in repositories_of(model)]
    now = refreshed(catalog, model, *empty)
    assert len(now.quantizations) == 1
    assert now.obstacle is None


def test_other_models_stay_as_they_were(catalog: Catalog, model: Model) -> None:
    known = {name: listing(name) for name in repositories_of(model)}
    after = updated(catalog, known)
    assert [one.id for one in after.models] == [one.id for one in catalog.models]
    for before, now in zip(catalog.models, after.models, strict=True):
        if not set(repositories_of(before)) & known.keys():
            assert now is before


def test_a_model_whose_files_were_never_listed_comes_within_reach(catalog: Catalog) -> None:
    unlisted = next(one for one in catalog.out_of_reach if one.obstacle == "unlisted")
    (lead, *_others) = unlisted.leads
    after = updated(catalog, {lead: listing(lead, ("x-Q4_K_M.gguf", 7), ("x-Q8_0.gguf", 9))})
    found = after.get(unlisted.id)
    assert found in after.models
    assert found is not None
    assert [one.name for one in found.quantizations] == ["Q4_K_M", "Q8_0"]
    nothing = updated(catalog, {lead: listing(lead, ("README.md", 7))})
    assert nothing.get(unlisted.id) in nothing.out_of_reach


def test_what_llama_cpp_does_not_know_stays_out_of_reach(catalog: Catalog) -> None:
    unknown = next(one for one in catalog.out_of_reach if one.obstacle == "unsupported")
    lead = "a/B-GGUF"
    catalog = replace(catalog, out_of_reach=(replace(unknown, leads=(lead,)),))
    after = updated(catalog, {lead: listing(lead, ("x-Q4_K_M.gguf", 7))})
    assert after.out_of_reach == catalog.out_of_reach


def test_the_age_is_that_of_the_oldest_answer(model: Model) -> None:
    names = repositories_of(model)
    assert age_of(model, {}) is None
    known = {name: listing(name, at=NOW) for name in names}
    assert age_of(model, known) == NOW
    known[names[0]] = listing(names[0], at=NOW - timedelta(days=3))
    assert age_of(model, known) == NOW - timedelta(days=3)
    assert "2026-11-" in files_in_words(NOW)
    assert "published" in files_in_words(None)

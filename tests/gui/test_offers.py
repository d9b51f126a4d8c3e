from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import QModelIndex, QPersistentModelIndex
from pytestqt.modeltest import ModelTester

from alcove.catalog.load import Catalog
from alcove.catalog.wanted import Wanted
from alcove.fit.catalogued import shape_from_catalog
from alcove.fit.estimate import estimate
from alcove.fit.insight import NOTHING_KNOWN
from alcove.fit.offer import Offer, choose
from alcove.fit.plan import Wish
from alcove.fit.rank import rank
from alcove.gui.models.offers import FIRST, OfferRow, OffersModel, RowRole
from alcove.gui.widgets.memory_bar import MemoryNeed
from alcove.hardware.machine import GpuKind, Machine

GIB = 1024**3


@pytest.fixture(scope="module")
def offers(catalog: Catalog, machine_with: Callable[..., Machine]) -> list[Offer]:
    machine = machine_with(16)
    return rank(choose(model, machine, 8192) for model in catalog.models)


@pytest.fixture
def model(offers: list[Offer], catalog: Catalog) -> OffersModel:
    made = OffersModel()
    made.use(catalog.search)
    made.offer(offers)
    return made


def rows(model: OffersModel) -> list[OfferRow]:
    return [model.index(number).data(RowRole) for number in range(model.rowCount())]


def ids(model: OffersModel) -> list[str]:
    return [row.offer.model.id for row in rows(model)]


def many(offers: list[Offer], count: int) -> list[Offer]:
    """Return copies of the first offer."""
    first = offers[0]
    return [replace(first, model=replace(first.model, id=f"copy-{n}")) for n in range(count)]


def test_the_model_keeps_qts_rules(
    qtmodeltester: ModelTester, model: OffersModel, offers: list[Offer]
) -> None:
    qtmodeltester.check(model)
    model.narrow(Wanted("qwen"))
    model.offer(offers[::-1])
    model.sort_by("size")
    model.offer(offers[:5])
    model.narrow(Wanted(), unfit=True)


def test_what_does_not_fit_is_one_switch_away(model: OffersModel, offers: list[Offer]) -> None:
    fitting = [offer.model.id for offer in offers if offer.fit.fits]
    assert 0 < len(fitting) < len(offers)
    assert ids(model) == fitting
    assert model.count == len(fitting)

    model.narrow(Wanted(), unfit=True)

    assert ids(model) == [offer.model.id for offer in offers]


def test_a_row_that_does_not_fit_says_what_it_needs(model: OffersModel) -> None:
    model.narrow(Wanted(), unfit=True)
    worst = rows(model)[-1]
    assert "Needs" in worst.sentence
    assert worst.speed == ""
    assert worst.need.total > worst.need.free
    assert worst.memory.endswith("free")


def test_every_word_of_the_search_counts(model: OffersModel) -> None:
    model.narrow(Wanted("  QWEN coder "))
    assert rows(model)
    assert all("qwen" in row.name.casefold() for row in rows(model))
    assert all("coder" in row.name.casefold() for row in rows(model))

    model.narrow(Wanted("no such model"))
    assert not rows(model)


def test_conditions_narrow_the_list_and_keep_its_order(model: OffersModel) -> None:
    before = ids(model)
    model.narrow(Wanted(family="Gemma 3", abilities=frozenset({"vision"})))
    assert {row.offer.model.family for row in rows(model)} == {"Gemma 3"}
    assert all("vision" in row.offer.model.abilities for row in rows(model))
    found = ids(model)
    model.narrow(Wanted())
    assert ids(model) == before
    assert found == [model_id for model_id in before if model_id in found]


def test_the_list_can_be_sorted(model: OffersModel) -> None:
    best = ids(model)
    model.sort_by("size")
    sizes = [row.offer.quantization.size_bytes for row in rows(model)]
    assert sizes == sorted(sizes)
    assert set(ids(model)) == set(best)
    model.sort_by("best")
    assert ids(model) == best


def test_a_model_that_is_kept_stays_until_something_else_is_wanted(
    model: OffersModel, offers: list[Offer]
) -> None:
    worst = offers[-1].model.id
    model.offer(offers, kept=worst)
    assert ids(model)[-1] == worst
    model.narrow(Wanted())
    assert worst not in ids(model)


def test_thousands_are_handed_out_as_they_are_looked_at(
    model: OffersModel, offers: list[Offer]
) -> None:
    model.offer(many(offers, 3 * FIRST))
    assert model.count == 3 * FIRST
    assert model.rowCount() == FIRST
    assert model.canFetchMore(QModelIndex())
    assert not model.index_of(f"copy-{FIRST + 1}").isValid()
    assert model.reveal(f"copy-{FIRST + 1}").row() == FIRST + 1
    model.fetchMore(QModelIndex())
    model.fetchMore(QModelIndex())
    assert model.rowCount() == 3 * FIRST
    assert not model.canFetchMore(QModelIndex())
    assert not model.reveal("nobody").isValid()


def test_what_is_installed_says_so(model: OffersModel, offers: list[Offer]) -> None:
    first = offers[0]
    assert not rows(model)[0].installed
    model.offer(offers, {(first.model.id, first.quantization.name)})
    assert [row.installed for row in rows(model)[:2]] == [True, False]


def test_a_narrow_row_leaves_out_what_is_said_above(model: OffersModel) -> None:
    model.narrow(Wanted("nemotron nano 4b"))
    row = rows(model)[0]
    licence = "Nemotron Open Model License"
    assert row.facts.endswith(f" · NVIDIA {licence}")
    assert row.compact_facts == row.facts.replace(" parameters", "").replace(
        f"NVIDIA {licence}", licence
    )


def test_a_row_is_spoken_as_one_sentence(model: OffersModel) -> None:
    row = rows(model)[0]
    for part in (row.name, row.publisher, row.sentence, row.speed):
        assert part in row.spoken


def test_a_row_that_moves_takes_what_points_at_it_along(
    model: OffersModel, offers: list[Offer]
) -> None:
    third = QPersistentModelIndex(model.index(2))
    wanted = third.data(RowRole).offer.model.id
    model.offer(offers[::-1])
    assert third.data(RowRole).offer.model.id == wanted
    assert third.row() == model.rowCount() - 3


@pytest.mark.parametrize(("kind", "free"), [("integrated", 10), ("discrete", 16)])
def test_memory_that_a_gpu_shares_with_the_processor_is_free_once(
    machine_with: Callable[..., Machine], catalog: Catalog, kind: GpuKind, free: int
) -> None:
    """A model that lies half on the GPU: 10 GiB are free in RAM, and 6 GiB of them there."""
    machine = machine_with(10, 6)
    gpus = tuple(replace(gpu, kind=kind) for gpu in machine.gpus)
    machine = replace(machine, gpus=gpus)
    model = next(one for one in catalog.models if one.id.startswith("qwen3-8b"))
    shape = shape_from_catalog(model, model.quantizations[0])
    fit = estimate(shape, machine, Wish(4096, gpu_layers=shape.layers // 2), NOTHING_KNOWN)
    assert all(share.needed_bytes for share in fit.devices)
    assert MemoryNeed.of(fit, gpus).free == free * GIB

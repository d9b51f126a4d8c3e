from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import QPersistentModelIndex
from pytestqt.modeltest import ModelTester

from alcove.catalog.load import Catalog
from alcove.fit.catalogued import shape_from_catalog
from alcove.fit.estimate import estimate
from alcove.fit.insight import NOTHING_KNOWN
from alcove.fit.offer import Offer, choose
from alcove.fit.plan import Wish
from alcove.fit.rank import rank
from alcove.gui.models.offers import OfferRow, OffersFilter, OffersModel, RowRole
from alcove.gui.widgets.memory_bar import MemoryNeed
from alcove.hardware.machine import GpuKind, Machine

GIB = 1024**3


@pytest.fixture(scope="module")
def offers(catalog: Catalog, machine_with: Callable[..., Machine]) -> list[Offer]:
    machine = machine_with(16)
    return rank(choose(model, machine, 8192) for model in catalog.models)


@pytest.fixture
def model(offers: list[Offer]) -> OffersModel:
    made = OffersModel()
    made.show_rows([OfferRow.of(offer, installed=False) for offer in offers])
    return made


@pytest.fixture
def shown(model: OffersModel) -> OffersFilter:
    made = OffersFilter()
    made.setSourceModel(model)
    return made


def rows(shown: OffersFilter) -> list[OfferRow]:
    return [shown.index(number, 0).data(RowRole) for number in range(shown.rowCount())]


def test_the_models_keep_qts_rules(
    qtmodeltester: ModelTester, model: OffersModel, shown: OffersFilter, offers: list[Offer]
) -> None:
    qtmodeltester.check(model)
    qtmodeltester.check(shown)
    shown.search("qwen")
    again = [OfferRow.of(offer, installed=True) for offer in offers]
    model.show_rows(again)
    model.show_rows(again[::-1])
    model.show_rows([OfferRow.of(offer, installed=True) for offer in offers[:5]])
    shown.show_unfit(True)


def test_what_does_not_fit_is_one_switch_away(shown: OffersFilter, offers: list[Offer]) -> None:
    fitting = [offer.model.id for offer in offers if offer.fit.fits]
    assert 0 < len(fitting) < len(offers)
    assert [row.offer.model.id for row in rows(shown)] == fitting

    shown.show_unfit(True)

    assert [row.offer.model.id for row in rows(shown)] == [offer.model.id for offer in offers]


def test_a_row_that_does_not_fit_says_what_it_needs(shown: OffersFilter) -> None:
    shown.show_unfit(True)
    worst = rows(shown)[-1]
    assert "Needs" in worst.sentence
    assert worst.speed == ""
    assert worst.need.total > worst.need.free
    assert worst.memory.endswith("free")


def test_every_word_of_the_search_counts(shown: OffersFilter) -> None:
    shown.search("  QWEN coder ")
    assert rows(shown)
    assert all("qwen" in row.name.casefold() for row in rows(shown))
    assert all("coder" in row.name.casefold() for row in rows(shown))

    shown.search("no such model")
    assert not rows(shown)


def test_a_family_narrows_the_list(shown: OffersFilter) -> None:
    shown.choose_family("Gemma 3")
    assert {row.offer.model.family for row in rows(shown)} == {"Gemma 3"}
    shown.choose_family("")
    assert len({row.offer.model.family for row in rows(shown)}) > 5


def test_a_narrow_row_leaves_out_what_is_said_above(shown: OffersFilter) -> None:
    shown.search("nemotron nano 4b")
    row = rows(shown)[0]
    licence = "Nemotron Open Model License"
    assert row.facts.endswith(f" · NVIDIA {licence}")
    assert row.compact_facts == row.facts.replace(" parameters", "").replace(
        f"NVIDIA {licence}", licence
    )


def test_a_row_is_spoken_as_one_sentence(shown: OffersFilter) -> None:
    row = rows(shown)[0]
    for part in (row.name, row.publisher, row.sentence, row.speed):
        assert part in row.spoken


def test_a_row_that_moves_takes_what_points_at_it_along(
    model: OffersModel, shown: OffersFilter, offers: list[Offer]
) -> None:
    third = QPersistentModelIndex(shown.index(2, 0))
    wanted = third.data(RowRole).offer.model.id
    model.show_rows([OfferRow.of(offer, installed=False) for offer in reversed(offers)])
    assert third.data(RowRole).offer.model.id == wanted
    assert third.row() == shown.rowCount() - 3


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

"""The order of the list: what stands first is usable, and as good as can be told."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alcove.catalog.load import load_catalog
from alcove.catalog.model import Model, Quality
from alcove.fit.offer import Offer, choose
from alcove.fit.rank import ORDERS, Order, ordered, rank
from alcove.fit.standing import Standing, Step, standing
from alcove.hardware.machine import Gpu, GpuKind, Machine
from alcove.hardware.profiles import load_profile
from fit.examples import GIB, gpu, machine

CONTEXT = 8192
CATALOG = load_catalog()
LAPTOP = machine(int(20.5 * GIB), bandwidth=38e9)


def ranked(on: Machine, context: int = CONTEXT) -> list[Offer]:
    return rank(choose(each, on, context) for each in CATALOG.models)


@pytest.fixture(scope="module")
def rows() -> list[Offer]:
    return ranked(LAPTOP)


def is_usable(offer: Offer) -> bool:
    generation = offer.fit.forecast.generation
    fast = generation is None or generation.expected >= 5
    return offer.fit.fits and fast and offer.fit.max_context >= 8192


@pytest.mark.parametrize(
    "name",
    [
        "laptop-8gb",
        "macbook-air-m2-16gb",
        "rtx-4060-8gb",
        "rtx-4090-24gb",
        "server-2-cores-24gb",
    ],
)
def test_the_first_five_are_usable_on_what_many_have(name: str) -> None:
    for row in ranked(load_profile(name))[:5]:
        assert is_usable(row)
        assert row.fit.forecast.generation is not None
        assert row.quantization.file.endswith(".gguf")
        assert row.model.obstacle is None


def test_first_rows_of_a_laptop_are_what_an_engineer_would_pick(rows: list[Offer]) -> None:
    for row in rows[:6]:
        assert row.fit.verdict == "cpu"
        assert row.model.parameters > 4e9
        assert row.model.chats
    assert any(row.model.active_parameters for row in rows[:3])
    places = {row.model.id: place for place, row in enumerate(rows)}
    assert places["qwen3.5-4b"] < 12
    assert places["qwen3.8-27b"] > places["qwen3-0.6b"]
    assert places["kimi-k3"] == len(rows) - 1


def test_published_figures_decide_between_models_of_one_size_and_age() -> None:
    card = machine(32 * GIB, gpu(24 * GIB, bandwidth=1e12), bandwidth=60e9)
    base = choose(_model("gemma-3-12b"), card, CONTEXT)
    better, worse, unknown = (
        _judged(base, quality) for quality in (Quality(38, 4), Quality(36, 4), Quality(37))
    )
    assert rank([worse, unknown, better]) == [better, unknown, worse]
    assert ordered([worse, unknown, better], "quality") == [better, unknown, worse]


def _model(model_id: str) -> Model:
    found = CATALOG.get(model_id)
    assert found is not None
    return found


def _judged(offer: Offer, quality: Quality) -> Offer:
    model = replace(offer.model, quality=quality)
    return replace(offer, model=model, standing=standing(model, 4, offer.fit))


def _held(offer: Offer, **burdens: float) -> Standing:
    plain = replace(offer.standing, coarse=0.0, slow=0.0, crowded=0.0, short=0.0)
    return replace(plain, **burdens)


@pytest.mark.parametrize("burden", ["coarse", "slow", "crowded", "short"])
def test_every_burden_weighs(burden: str, rows: list[Offer]) -> None:
    held = _held(rows[0], **{burden: 1.5})
    assert held.worth == pytest.approx(_held(rows[0]).worth - 1.5)
    assert held.heaviest == burden
    assert _held(rows[0]).heaviest is None


@pytest.mark.parametrize("order", ORDERS)
def test_what_fits_stands_first_in_every_order(order: Order, rows: list[Offer]) -> None:
    found = ordered(rows, order)
    fits = [row.fit.fits for row in found]
    assert fits == sorted(fits, reverse=True)
    assert sorted(row.model.id for row in found) == sorted(row.model.id for row in rows)


def test_orders(rows: list[Offer]) -> None:
    fitting = [row for row in rows if row.fit.fits]
    speeds = [row.fit.forecast.generation for row in ordered(fitting, "speed")]
    expected = [speed.expected for speed in speeds if speed]
    assert len(expected) == len(fitting)
    assert expected == sorted(expected, reverse=True)
    sizes = [row.quantization.size_bytes for row in ordered(fitting, "size")]
    assert sizes == sorted(sizes)
    dates = [row.model.released or "" for row in ordered(fitting, "date")]
    assert [date[:7] for date in dates] == sorted((date[:7] for date in dates), reverse=True)
    assert dates[-1] == ""
    assert ordered(rows, "best") == rows


gibibytes = st.integers(0, 128).map(lambda size: size * GIB)
kinds: st.SearchStrategy[GpuKind] = st.sampled_from(["discrete", "integrated"])
speeds = st.none() | st.floats(5e9, 400e9)
gpus: st.SearchStrategy[Gpu] = st.builds(
    lambda size, kind, bandwidth: gpu(size, kind, bandwidth=bandwidth), gibibytes, kinds, speeds
)
hosts = st.builds(
    lambda available, found, bandwidth: machine(available, *found, bandwidth=bandwidth),
    gibibytes,
    st.lists(gpus, max_size=2),
    speeds,
)


@settings(max_examples=30, deadline=None)
@given(host=hosts, context=st.sampled_from([2048, 4096, 8192, 32768, 131072]))
def test_nothing_that_does_not_fit_stands_before_what_fits(host: Machine, context: int) -> None:
    offers = [choose(each, host, context) for each in CATALOG.models]
    rows = rank(offers)
    fits = [row.fit.fits for row in rows]
    assert fits == sorted(fits, reverse=True)
    assert sorted(row.model.id for row in rows) == sorted(row.model.id for row in offers)
    assert rank(rows) == rows
    for row in rows:
        assert row.reason.endswith(".")
        assert row.reason.count(". ") == 0
        assert row.fit.context <= min(context, row.model.context)
        assert row.fit.fits == (row.fit.context <= row.fit.max_context)


@settings(max_examples=30, deadline=None)
@given(host=hosts)
def test_what_is_usable_stands_before_what_is_not(host: Machine) -> None:
    rows = ranked(host)
    steps = [row.standing.step for row in rows]
    assert steps == sorted(steps)
    for row in rows:
        assert (row.standing.step <= Step.UNKNOWN) == is_usable(row)
    slow = [
        row.fit.forecast.generation is not None and row.fit.forecast.generation.expected < 5
        for row in rows
        if row.fit.fits
    ]
    assert slow == sorted(slow)

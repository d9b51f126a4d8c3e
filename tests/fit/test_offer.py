from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alcove.catalog.load import load_catalog
from alcove.catalog.model import Model, Quantization
from alcove.fit.offer import Offer, bits, choose
from alcove.fit.rank import merit, rank
from alcove.hardware.machine import Gpu, GpuKind, Machine
from fit.examples import GIB, gpu, machine

CONTEXT = 8192
CATALOG = load_catalog()
LAPTOP = machine(int(20.5 * GIB), bandwidth=38e9)
"""The machine that many have: 24 GB, a slow processor, no GPU."""


def model(model_id: str) -> Model:
    found = CATALOG.get(model_id)
    assert found is not None
    return found


def offer(model_id: str, on: Machine, context: int = CONTEXT) -> Offer:
    return choose(model(model_id), on, context)


def only(model_id: str, *names: str) -> Model:
    """Return a model with these quantizations alone."""
    whole = model(model_id)
    kept = tuple(q for q in whole.quantizations if q.name in names)
    assert len(kept) == len(names)
    return replace(whole, quantizations=kept)


@pytest.mark.parametrize(
    ("name", "expected"),
    [("Q4_K_M", 4), ("UD-IQ2_XXS", 2), ("MXFP4_MOE", 4), ("BF16", 16), ("Q8_0", 8)],
)
def test_bits(name: str, expected: int) -> None:
    assert bits(Quantization(name, "a/b", ("c.gguf",), 1)) == expected


@pytest.mark.parametrize(
    ("model_id", "free_gib", "name", "verdict"),
    [
        ("llama-3.1-8b", 16, "Q6_K", "gpu"),
        ("llama-3.1-8b", 8, "Q6_K", "gpu"),
        ("llama-3.1-8b", 7, "Q5_K_M", "gpu"),
        ("llama-3.1-8b", 6.5, "Q4_K_M", "gpu"),
        ("llama-3.1-8b", 5, "Q4_K_M", "partial"),
        ("llama-3.1-8b", 1, "Q4_K_M", "cpu"),
        ("qwen3-0.6b", 8, "Q8_0", "gpu"),
        ("gpt-oss-20b", 16, "MXFP4", "gpu"),
    ],
)
def test_on_a_gpu_the_largest_that_fits_there(
    model_id: str, free_gib: float, name: str, verdict: str
) -> None:
    chosen = offer(model_id, machine(32 * GIB, gpu(int(free_gib * GIB))))
    assert (chosen.quantization.name, chosen.fit.verdict) == (name, verdict)


@pytest.mark.parametrize(
    ("model_id", "name"),
    [
        ("llama-3.1-8b", "Q4_K_M"),
        ("gpt-oss-20b", "MXFP4"),
        ("smollm2-135m", "Q8_0"),
        ("qwen3.6-35b-a3b", "Q4_K_M"),
    ],
)
def test_in_ram_four_bits(model_id: str, name: str) -> None:
    assert offer(model_id, LAPTOP).quantization.name == name


def test_the_context_is_lowered_before_the_bits() -> None:
    two = only("llama-3.1-8b", "Q3_K_M", "Q4_K_M")
    chosen = choose(two, machine(int(5.6 * GIB)), CONTEXT)
    assert chosen.quantization.name == "Q4_K_M"
    assert 4096 <= chosen.fit.context < CONTEXT
    assert chosen.fit.fits
    assert chosen.fit.context == chosen.fit.max_context
    assert "context of" in chosen.reason


def test_three_bits_before_nothing_and_never_two() -> None:
    small = only("llama-3.1-8b", "Q2_K", "Q3_K_M", "Q4_K_M")
    assert choose(small, machine(5 * GIB), CONTEXT).quantization.name == "Q3_K_M"
    refused = choose(small, machine(4 * GIB), CONTEXT)
    assert refused.fit.verdict == "no"
    assert refused.quantization.name == "Q3_K_M"
    assert refused.fit.context == 4096
    assert refused.fit.sentence in refused.reason


def test_two_bits_where_there_is_nothing_else() -> None:
    two_bits = only("llama-3.1-8b", "Q2_K")
    assert choose(two_bits, machine(16 * GIB), CONTEXT).fit.verdict == "cpu"
    assert choose(two_bits, machine(GIB), CONTEXT).fit.verdict == "no"


def test_the_context_is_never_longer_than_the_model_knows() -> None:
    assert offer("smollm2-135m", LAPTOP, 131072).fit.context == 8192


def test_what_no_laptop_can_run_says_what_it_lacks() -> None:
    chosen = offer("kimi-k2.5", LAPTOP)
    assert not chosen.fit.fits
    assert chosen.fit.sentence.startswith("Needs 4")
    assert chosen.fit.sentence.endswith(" GB more")


def test_reasons() -> None:
    assert offer("llama-3.3-70b", machine(64 * GIB, bandwidth=40e9)).reason == (
        "Fits, but is slow here: about 0.4-1.1 tokens/s."
    )
    assert offer("llama-3.2-1b", LAPTOP).reason.startswith("Runs from RAM at about")
    assert "not known" in offer("llama-3.2-1b", machine(16 * GIB)).reason
    assert "Q6_K" in offer("llama-3.1-8b", machine(16 * GIB, gpu(16 * GIB))).reason
    partial = offer("qwen3-30b-a3b", machine(22 * GIB, gpu(8 * GIB), bandwidth=38e9))
    assert partial.reason.startswith("Runs partly on the GPU")


def test_first_rows_of_a_laptop_are_what_an_engineer_would_pick() -> None:
    rows = rank(choose(each, LAPTOP, CONTEXT) for each in CATALOG.models)
    for row in rows[:10]:
        assert row.fit.verdict == "cpu"
        assert row.model.parameters > 7e9
        assert row.fit.forecast.generation is not None
        assert row.fit.forecast.generation.expected >= 5
    assert any(row.model.active_parameters for row in rows[:3])
    places = {row.model.id: place for place, row in enumerate(rows)}
    assert places["qwen3.5-9b"] < 12
    assert places["qwen3.8-27b"] > places["qwen3-0.6b"]
    assert places["kimi-k3"] == len(rows) - 1


def test_newer_and_larger_have_more_merit() -> None:
    assert merit(model("qwen3.6-27b")) > merit(model("qwen3-14b"))
    assert merit(model("qwen3-30b-a3b-instruct-2507")) > merit(model("qwen3-30b-a3b"))
    assert merit(model("qwen3-32b")) > merit(model("qwen3-30b-a3b")) > merit(model("qwen3-8b"))
    undated = replace(model("qwen3-8b"), released=None)
    assert merit(undated) < merit(model("qwen3-8b"))


gibibytes = st.integers(0, 128).map(lambda size: size * GIB)
kinds: st.SearchStrategy[GpuKind] = st.sampled_from(["discrete", "integrated"])
gpus: st.SearchStrategy[Gpu] = st.builds(gpu, gibibytes, kinds)
bandwidths = st.none() | st.floats(5e9, 400e9)
hosts = st.builds(
    lambda available, found, bandwidth: machine(available, *found, bandwidth=bandwidth),
    gibibytes,
    st.lists(gpus, max_size=2),
    bandwidths,
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
        assert row.fit.context <= min(context, row.model.context)
        assert row.fit.fits == (row.fit.context <= row.fit.max_context)


@settings(max_examples=30, deadline=None)
@given(host=hosts)
def test_usable_speed_stands_before_slow(host: Machine) -> None:
    rows = rank(choose(each, host, CONTEXT) for each in CATALOG.models)
    speeds = [row.fit.forecast.generation for row in rows if row.fit.fits]
    slow = [speed is not None and speed.expected < 5 for speed in speeds]
    assert slow == sorted(slow)

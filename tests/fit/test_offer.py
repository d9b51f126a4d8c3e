from __future__ import annotations

from dataclasses import replace

import pytest

from alcove.catalog.load import load_catalog
from alcove.catalog.model import Model, Quantization
from alcove.fit.forecast import speed
from alcove.fit.offer import Offer, bits, choose
from alcove.hardware.machine import Machine
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
    assert "a context of" in chosen.reason


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


def test_more_than_four_bits_only_where_it_stays_quick() -> None:
    slow, quick = (gpu(12 * GIB, bandwidth=bandwidth) for bandwidth in (100e9, 500e9))
    assert offer("qwen3-8b", machine(16 * GIB, slow, bandwidth=50e9)).quantization.name == "Q4_K_M"
    assert offer("qwen3-8b", machine(16 * GIB, quick, bandwidth=50e9)).quantization.name == "Q6_K"


@pytest.mark.parametrize(
    ("model_id", "on", "expected"),
    [
        (
            "llama-3.3-70b",
            machine(64 * GIB, bandwidth=40e9),
            "Stands behind what is usable: slow here, {speed}.",
        ),
        (
            "llama-3.2-1b",
            machine(16 * GIB),
            "Stands behind what is usable: how fast it is in RAM is not known yet.",
        ),
        (
            "llama-3.2-1b",
            LAPTOP,
            "Quality guessed from size and age, as no figures are published; "
            "runs in RAM at {speed}.",
        ),
        (
            "qwen3-8b",
            machine(16 * GIB, gpu(16 * GIB)),
            "Quality from 6 published figures, above what size and age suggest; runs on the GPU.",
        ),
        (
            "qwen3.8-27b",
            machine(32 * GIB, gpu(32 * GIB)),
            "Quality guessed from size and age, as no other model publishes its figures; "
            "runs on the GPU.",
        ),
        (
            "gemma-4-12b",
            machine(64 * GIB, bandwidth=60e9),
            "Quality from 4 published figures, about what size and age suggest; "
            "marked down for its speed, {speed}.",
        ),
        (
            "qwen3-30b-a3b",
            machine(22 * GIB, gpu(8 * GIB, bandwidth=272e9), bandwidth=66e9),
            "Quality from 6 published figures, above what size and age suggest; "
            "runs partly on the GPU at {speed}.",
        ),
        (
            "yi-1.5-9b-chat",
            machine(22 * GIB, bandwidth=66e9),
            "Stands behind what is usable: a context of 4k at most.",
        ),
    ],
)
def test_reasons(model_id: str, on: Machine, expected: str) -> None:
    chosen = offer(model_id, on)
    generation = chosen.fit.forecast.generation
    assert chosen.reason == expected.format(speed=speed(generation) if generation else "")

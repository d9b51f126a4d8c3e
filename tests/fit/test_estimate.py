from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alcove.fit.estimate import compute_bytes, estimate
from alcove.fit.placement import GPU_MARGIN, HOST_RESERVE, PROCESS_OVERHEAD
from alcove.fit.result import Fit, Verdict
from alcove.hardware.machine import Gpu
from fit.examples import GIB, MIB, gpu, machine, shape

CONTEXT = 8192
NEED = 9 * GIB + 124 * MIB
"""What the example model takes at 8k."""

ON_HOST = NEED + HOST_RESERVE + PROCESS_OVERHEAD
WORSE_TO_BETTER: list[Verdict] = ["no", "cpu", "partial", "gpu"]


def fit_on(available: int, *gpus: Gpu) -> Fit:
    return estimate(shape(), machine(available, *gpus), CONTEXT)


@pytest.mark.parametrize(
    ("available", "gpus", "verdict"),
    [
        (ON_HOST, (), "cpu"),
        (ON_HOST - 1, (), "no"),
        (16 * GIB, (gpu(NEED + GPU_MARGIN),), "gpu"),
        (16 * GIB, (gpu(NEED + GPU_MARGIN - 1),), "partial"),
        (16 * GIB, (gpu(GPU_MARGIN),), "cpu"),
        (1 * GIB, (gpu(NEED + GPU_MARGIN),), "gpu"),
        (1 * GIB, (gpu(8 * GIB),), "no"),
        (6 * GIB, (gpu(8 * GIB),), "partial"),
        (4 * GIB, (gpu(5 * GIB), gpu(5 * GIB)), "partial"),
        (4 * GIB, (gpu(7 * GIB), gpu(7 * GIB)), "gpu"),
        (16 * GIB, (gpu(64 * GIB, backend=None),), "cpu"),
        (16 * GIB, (gpu(12 * GIB, "integrated"),), "gpu"),
        (9 * GIB, (gpu(12 * GIB, "integrated"),), "no"),
        (ON_HOST, (gpu(8 * GIB, "integrated"),), "cpu"),
        (ON_HOST + 124 * MIB, (gpu(8 * GIB, "integrated"),), "partial"),
    ],
)
def test_verdicts(available: int, gpus: tuple[Gpu, ...], verdict: Verdict) -> None:
    assert fit_on(available, *gpus).verdict == verdict


def test_a_discrete_gpu_is_preferred_to_an_integrated_one() -> None:
    fit = fit_on(16 * GIB, gpu(14 * GIB, "integrated"), gpu(16 * GIB))
    assert [device.total_bytes for device in fit.devices] == [16 * GIB, 16 * GIB]
    assert fit.devices[0].weights_bytes == 8 * GIB


@pytest.mark.parametrize("gpu_layers", [None, 0, 1, 7, 32, 99])
@pytest.mark.parametrize("gpus", [(), (gpu(5 * GIB),), (gpu(4 * GIB), gpu(6 * GIB))])
def test_the_devices_share_exactly_the_whole(gpus: tuple[Gpu, ...], gpu_layers: int | None) -> None:
    fit = estimate(shape(layers=30), machine(64 * GIB, *gpus), CONTEXT, gpu_layers=gpu_layers)
    assert fit.weights_bytes == 8 * GIB
    assert fit.context_bytes == 1 * GIB
    if gpus and gpu_layers is not None:
        assert fit.gpu_layers == min(gpu_layers, 31)


def test_forced_layers_that_the_gpu_cannot_hold_do_not_fit() -> None:
    host = machine(64 * GIB, gpu(5 * GIB))
    assert estimate(shape(), host, CONTEXT, gpu_layers=32).verdict == "no"
    assert estimate(shape(), host, CONTEXT, gpu_layers=5).verdict == "partial"
    assert estimate(shape(), host, CONTEXT, gpu_layers=0).verdict == "cpu"
    assert estimate(shape(), machine(64 * GIB), CONTEXT, gpu_layers=32).verdict == "cpu"


def test_sentences() -> None:
    assert fit_on(16 * GIB).sentence == "Fits in memory: 9.8 of 17.2 GB free"
    assert fit_on(1, gpu(32 * GIB)).sentence == "Needs 694 MB more"
    assert fit_on(GIB, gpu(12 * GIB)).sentence == "Fits on the GPU: 9.8 of 12.9 GB free"
    two = fit_on(GIB, gpu(7 * GIB), gpu(7 * GIB))
    assert two.sentence == "Fits on 2 GPUs: 9.9 of 15.0 GB free"
    assert fit_on(16 * GIB, gpu(9 * GIB)).sentence == "Fits with 4 of 32 layers in RAM"
    assert fit_on(9 * GIB + 512 * MIB).sentence == "Needs 287 MB more; fits with 5.7k context"
    assert fit_on(4 * GIB).sentence == "Needs 6.2 GB more"


def test_the_longest_context_is_the_longest() -> None:
    host = machine(10 * GIB + 512 * MIB)
    longest = estimate(shape(), host, CONTEXT).max_context
    assert longest % 256 == 0
    assert estimate(shape(), host, longest).fits
    assert not estimate(shape(), host, longest + 1).fits
    # 8-bit KV nearly doubles it.
    assert 1.7 < estimate(shape(), host, CONTEXT, "q8_0").max_context / longest < 1.9


def test_the_longest_context_stays_within_the_models_limit() -> None:
    assert estimate(shape(), machine(640 * GIB), CONTEXT).max_context == 32768
    odd = replace(shape(), context_limit=5000)
    assert estimate(odd, machine(640 * GIB), CONTEXT).max_context == 5000
    assert estimate(shape(), machine(4 * GIB), CONTEXT).max_context == 0


@pytest.mark.parametrize(
    ("width", "context", "measured"),
    [
        (576, 4096, 18_362_400),
        (576, 8192, 22_556_704),
        (576, 32768, 47_722_528),
        (4096, 8192, 124 * MIB),
        (4096, 32768, 148 * MIB),
        (8192, 8192, 200 * MIB),
    ],
)
def test_compute_buffers_are_not_underestimated_and_close(
    width: int, context: int, measured: int
) -> None:
    estimated = compute_bytes(replace(shape(), width=width), context)
    assert measured <= estimated <= measured + 41 * MIB


def test_speed_is_bound_by_what_is_read_from_ram() -> None:
    quick = replace(shape(), active_parameters=800_000_000)
    on_cpu = estimate(shape(), machine(16 * GIB, bandwidth=40e9), CONTEXT).forecast.generation
    sparse = estimate(quick, machine(16 * GIB, bandwidth=40e9), CONTEXT).forecast.generation
    half = estimate(
        shape(), machine(16 * GIB, gpu(16 * GIB), bandwidth=40e9), CONTEXT, gpu_layers=16
    ).forecast.generation
    assert on_cpu is not None
    assert sparse is not None
    assert half is not None
    assert on_cpu.expected == pytest.approx(0.8 * 40e9 / (8 * GIB + 128 * MIB))
    assert on_cpu.low < on_cpu.expected < on_cpu.high
    assert 8 < sparse.expected / on_cpu.expected < 10
    assert half.expected == pytest.approx(2 * on_cpu.expected)


def test_no_speed_is_told_where_none_is_known() -> None:
    assert fit_on(16 * GIB).forecast.generation is None
    with_gpu = machine(16 * GIB, gpu(16 * GIB), bandwidth=40e9)
    assert estimate(shape(), with_gpu, CONTEXT).forecast.generation is None
    assert estimate(shape(), machine(GIB, bandwidth=40e9), CONTEXT).forecast.generation is None


sizes = st.integers(0, 40 * 1024).map(lambda mib: mib * MIB)
contexts = st.integers(1, 128).map(lambda steps: steps * 256)


@settings(deadline=None)
@given(
    available=sizes,
    free=st.lists(sizes, max_size=3),
    more=sizes,
    kind=st.sampled_from(["discrete", "integrated"]),
    context=contexts,
    layers=st.integers(1, 80),
)
def test_more_free_memory_never_makes_a_verdict_worse(
    available: int, free: list[int], more: int, kind: str, context: int, layers: int
) -> None:
    model = shape(layers=layers)

    def verdict(ram: int, vram: list[int]) -> int:
        gpus = [gpu(size, "discrete" if kind == "discrete" else "integrated") for size in vram]
        return WORSE_TO_BETTER.index(estimate(model, machine(ram, *gpus), context).verdict)

    before = verdict(available, free)
    assert verdict(available + more, free) >= before
    assert verdict(available, [size + more for size in free]) >= before


@settings(deadline=None)
@given(available=sizes, free=st.lists(sizes, max_size=2), context=contexts)
def test_a_context_fits_exactly_if_it_is_not_longer_than_the_longest(
    available: int, free: list[int], context: int
) -> None:
    fit = estimate(shape(), machine(available, *map(gpu, free)), context)
    assert fit.fits == (context <= fit.max_context)

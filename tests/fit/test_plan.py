from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alcove.fit.configuration import Configuration
from alcove.fit.estimate import estimate
from alcove.fit.formula import Formula, compute_bytes
from alcove.fit.kv import KvCache
from alcove.fit.plan import Planner, Unpriced, Wish
from alcove.fit.price import CannotSay, Price, Refusal, Remembered
from alcove.fit.result import Fit, Forecast, Verdict
from alcove.fit.verdict import judge
from alcove.hardware.machine import Gpu, Machine
from fit.examples import GIB, MIB, gpu, machine, mixture, shape
from fit.planned import COMPUTE, CONTEXT, F16, NEED, ON_GPU, ON_HOST, fit_on

WORSE_TO_BETTER: list[Verdict] = ["no", "cpu", "partial", "gpu"]


@pytest.mark.parametrize(
    ("available", "gpus", "verdict"),
    [
        (ON_HOST, (), "cpu"),
        (ON_HOST - COMPUTE, (), "no"),
        (16 * GIB, (gpu(ON_GPU),), "gpu"),
        (16 * GIB, (gpu(ON_GPU - COMPUTE),), "partial"),
        (16 * GIB, (gpu(GIB),), "cpu"),
        (1 * GIB, (gpu(ON_GPU),), "gpu"),
        (1 * GIB, (gpu(8 * GIB),), "no"),
        (6 * GIB, (gpu(8 * GIB),), "partial"),
        (4 * GIB, (gpu(5 * GIB), gpu(5 * GIB)), "partial"),
        (4 * GIB, (gpu(7 * GIB), gpu(7 * GIB)), "gpu"),
        (16 * GIB, (gpu(64 * GIB, backend=None),), "cpu"),
        (16 * GIB, (gpu(12 * GIB, "integrated"),), "gpu"),
        (9 * GIB, (gpu(12 * GIB, "integrated"),), "no"),
        (ON_HOST, (gpu(8 * GIB, "integrated"),), "cpu"),
        (ON_HOST + COMPUTE, (gpu(8 * GIB, "integrated"),), "partial"),
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
    wish = Wish(CONTEXT, kv_type="f16", gpu_layers=gpu_layers)
    fit = estimate(shape(layers=30), machine(64 * GIB, *gpus), wish)
    assert fit.weights_bytes == 8 * GIB
    assert fit.context_bytes == 1 * GIB
    assert fit.gpu_layers <= fit.layers == 31
    if gpus and gpu_layers is not None:
        assert fit.gpu_layers == min(gpu_layers, 31)


def test_forced_layers_that_the_gpu_cannot_hold_do_not_fit() -> None:
    def forced(layers: int, *gpus: Gpu) -> Verdict:
        wish = Wish(CONTEXT, kv_type="f16", gpu_layers=layers)
        return estimate(shape(), machine(64 * GIB, *gpus), wish).verdict

    assert forced(32, gpu(5 * GIB)) == "no"
    assert forced(5, gpu(5 * GIB)) == "partial"
    assert forced(0, gpu(5 * GIB)) == "cpu"
    assert forced(32) == "cpu"


def test_as_many_layers_go_to_the_gpu_as_fit() -> None:
    host = machine(64 * GIB, gpu(5 * GIB))
    most = estimate(shape(), host, F16).gpu_layers
    assert 0 < most < 32
    assert estimate(shape(), host, replace(F16, gpu_layers=most)).fits
    # One layer more could fit with a smaller batch.
    assert not estimate(shape(), host, replace(F16, gpu_layers=most + 2)).fits


def test_experts_leave_the_gpu_before_layers_do() -> None:
    host = machine(64 * GIB, gpu(6 * GIB))
    fit = estimate(mixture(), host, F16)
    held = fit.configuration.cpu_moe_layers
    assert fit.verdict == "partial"
    assert fit.gpu_layers == fit.layers
    assert fit.sentence == f"Fits with the experts of {held} of 31 layers in RAM"
    fewer = estimate(mixture(), host, replace(F16, cpu_moe_layers=held - 1))
    assert fewer.gpu_layers < fewer.layers  # then layers have to leave
    assert fit.weights_bytes == 8 * GIB
    small = estimate(mixture(), machine(64 * GIB, gpu(3 * GIB)), F16)
    assert small.configuration.cpu_moe_layers == 31
    assert 0 < small.gpu_layers < 32


def test_several_gpus_are_filled_by_bytes_though_experts_leave() -> None:
    host = machine(12 * GIB, gpu(4 * GIB), gpu(4 * GIB))
    fit = estimate(mixture(), host, F16)
    first, second, _host = fit.devices
    assert fit.gpu_layers == fit.layers
    assert fit.configuration.cpu_moe_layers < 25  # far from all experts have to leave
    assert abs(first.needed_bytes - second.needed_bytes) < GIB


def test_all_layers_are_loaded_though_some_only_draft() -> None:
    drafting = replace(shape(), drafts=1)
    fit = estimate(drafting, machine(GIB, gpu(ON_GPU)), F16)
    assert (fit.verdict, fit.gpu_layers, fit.layers) == ("gpu", 33, 33)
    some = estimate(drafting, machine(64 * GIB, gpu(ON_GPU)), replace(F16, gpu_layers=2))
    assert some.devices[0].context_bytes == 0  # the output and the drafting layer alone


def test_memory_that_a_gpu_shares_is_missing_once() -> None:
    wish = replace(F16, gpu_layers=32)
    shared = fit_on(4 * GIB, gpu(4 * GIB, "integrated"), wish=wish)
    assert shared.missing_bytes < NEED - 2 * GIB


def test_a_smaller_batch_only_where_it_is_enough() -> None:
    fit = fit_on(ON_HOST - COMPUTE // 2)
    assert fit.configuration.batch == 256
    assert fit.compute_bytes == COMPUTE // 2
    assert fit.remarks == ("It reads prompts in steps of 256 tokens to make it fit.",)
    assert fit_on(ON_HOST).configuration.batch == 512


def test_an_eight_bit_cache_only_where_it_makes_the_model_fit() -> None:
    free = Wish(CONTEXT)
    assert fit_on(ON_HOST, wish=free).kv_type == "f16"
    tight = fit_on(ON_HOST - 400 * MIB, wish=free)
    assert (tight.verdict, tight.kv_type) == ("cpu", "q8_0")
    assert tight.remarks == ("Its KV cache is kept in q8_0, half as large, to make it fit.",)
    on_gpu = fit_on(64 * GIB, gpu(ON_GPU - 400 * MIB), wish=free)
    assert (on_gpu.verdict, on_gpu.kv_type) == ("gpu", "q8_0")
    assert fit_on(ON_HOST - 400 * MIB).verdict == "no"  # asked for f16


def test_an_eight_bit_cache_before_a_place_on_the_gpu() -> None:
    """f16 is given up where that keeps at least one more layer on the GPU, or its experts."""
    for model, free in ((shape(), 6 * GIB), (mixture(), 5 * GIB)):
        host = machine(64 * GIB, gpu(free))
        plain, small, chosen = (
            estimate(model, host, Wish(CONTEXT, kv_type=kv)) for kv in ("f16", "q8_0", None)
        )
        assert off_gpus(small) < off_gpus(plain)
        assert chosen.configuration == small.configuration
        assert chosen.remarks == (
            "Its KV cache is kept in q8_0, half as large: more of it fits on the GPU.",
        )


def off_gpus(fit: Fit) -> tuple[int, int]:
    return fit.layers - fit.gpu_layers, fit.configuration.cpu_moe_layers


def test_an_eight_bit_cache_that_spares_no_layer_is_not_chosen() -> None:
    little = replace(shape(), kv=KvCache(bytes_per_token=4096))
    host = machine(64 * GIB, gpu(6 * GIB))
    plain, small, chosen = (
        estimate(little, host, Wish(CONTEXT, kv_type=kv)) for kv in ("f16", "q8_0", None)
    )
    assert off_gpus(small) == off_gpus(plain) > (0, 0)
    assert chosen.configuration == plain.configuration
    assert chosen.remarks == ()


def test_the_context_is_lowered_last_and_only_if_it_may_be() -> None:
    tight = ON_HOST - 600 * MIB
    assert fit_on(tight, wish=Wish(CONTEXT)).verdict == "no"
    shorter = fit_on(tight, wish=Wish(CONTEXT, least_context=4096))
    assert shorter.verdict == "cpu"
    assert 4096 <= shorter.context < CONTEXT
    assert shorter.context == shorter.max_context
    assert any("instead of 8k" in remark for remark in shorter.remarks)
    assert fit_on(ON_HOST - 900 * MIB, wish=Wish(CONTEXT, least_context=8000)).verdict == "no"


def test_what_else_must_have_room_counts() -> None:
    projector = Wish(CONTEXT, kv_type="f16", beside_bytes=GIB)
    assert fit_on(ON_HOST + GIB, wish=projector).verdict == "cpu"
    assert fit_on(ON_HOST + GIB - COMPUTE, wish=projector).verdict == "no"
    assert fit_on(64 * GIB, gpu(ON_GPU), wish=projector).verdict == "partial"
    assert fit_on(64 * GIB, gpu(ON_GPU + GIB), wish=projector).verdict == "gpu"


def test_the_longest_context_is_the_longest() -> None:
    host = machine(10 * GIB + 512 * MIB)
    longest = estimate(shape(), host, F16).max_context
    assert longest % 256 == 0
    assert estimate(shape(), host, replace(F16, context=longest)).fits
    assert not estimate(shape(), host, replace(F16, context=longest + 1)).fits
    # 8-bit KV nearly doubles it.
    eight = estimate(shape(), host, Wish(CONTEXT, kv_type="q8_0")).max_context
    assert 1.7 < eight / longest < 1.9
    assert estimate(shape(), host, Wish(CONTEXT)).max_context == eight


def test_the_longest_context_stays_within_the_models_limit() -> None:
    assert fit_on(640 * GIB).max_context == 32768
    odd = replace(shape(), context_limit=5000)
    assert estimate(odd, machine(640 * GIB), F16).max_context == 5000
    assert fit_on(4 * GIB).max_context == 0


def test_a_cache_that_cannot_be_quantized_stays_as_it_is() -> None:
    def judged(host: Machine) -> Fit:
        formula = Formula(shape(), host)

        def price(asked: Sequence[Configuration]) -> Sequence[Price]:
            refused = Refusal("the width of a head is not a multiple of 32")
            return [refused if one.kv_type != "f16" else formula([one])[0] for one in asked]

        planner = Planner(shape(), host, price)
        return judge(planner, Wish(CONTEXT), lambda _: Forecast(None, None, ""), "dry-run")

    assert judged(machine(ON_HOST)).kv_type == "f16"
    assert judged(machine(ON_HOST)).max_context == fit_on(ON_HOST).max_context
    assert judged(machine(ON_HOST - 400 * MIB)).verdict == "no"


def test_a_file_that_llama_cpp_refuses_has_no_price() -> None:
    planner = Planner(shape(), machine(ON_HOST), lambda asked: [Refusal("unknown")] * len(asked))
    with pytest.raises(Unpriced) as refused:
        planner.best(Wish(CONTEXT))
    assert refused.value.price == Refusal("unknown")


def test_a_price_is_asked_for_once() -> None:
    seen: list[Configuration] = []
    host = machine(64 * GIB, gpu(5 * GIB))
    formula = Formula(shape(layers=80), host)

    def price(asked: Sequence[Configuration]) -> Sequence[Price]:
        seen.extend(asked)
        return formula(asked)

    planner = Planner(shape(layers=80), host, Remembered(price))
    planner.best(F16)
    assert len(set(seen)) == len(seen) <= 8
    planner.longest(F16)
    assert len(set(seen)) == len(seen)


def test_that_a_price_cannot_be_had_is_not_remembered() -> None:
    answers = iter([CannotSay("it hangs"), Refusal("unknown")])
    price = Remembered(lambda asked: [next(answers) for _ in asked])
    assert price([Configuration(256)]) == (CannotSay("it hangs"),)
    assert price([Configuration(256)]) == (Refusal("unknown"),)
    assert price([Configuration(256)]) == (Refusal("unknown"),)


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
    estimated = compute_bytes(replace(shape(), width=width), Configuration(context))
    assert measured <= estimated <= measured + 41 * MIB


sizes = st.integers(0, 40 * 1024).map(lambda mib: mib * MIB)
contexts = st.integers(1, 128).map(lambda steps: steps * 256)
kv_types = st.sampled_from([None, "f16", "q8_0"])


@settings(deadline=None)
@given(
    available=sizes,
    free=st.lists(sizes, max_size=1),
    more=sizes,
    integrated=st.booleans(),
    context=contexts,
    layers=st.integers(1, 80),
    kv_type=kv_types,
)
def test_more_free_memory_never_makes_a_verdict_worse(
    available: int,
    free: list[int],
    more: int,
    integrated: bool,
    context: int,
    layers: int,
    kv_type: str | None,
) -> None:
    model = shape(layers=layers)

    def verdict(ram: int, vram: list[int]) -> int:
        gpus = [gpu(size, "integrated" if integrated else "discrete") for size in vram]
        fit = estimate(model, machine(ram, *gpus), Wish(context, kv_type=kv_type))
        return WORSE_TO_BETTER.index(fit.verdict)

    before = verdict(available, free)
    assert verdict(available + more, free) >= before
    assert verdict(available, [size + more for size in free]) >= before


@settings(deadline=None)
@given(
    available=sizes,
    free=st.lists(sizes, max_size=2),
    context=contexts,
    kv_type=kv_types,
    experts=st.booleans(),
)
def test_a_context_fits_exactly_if_it_is_not_longer_than_the_longest(
    available: int, free: list[int], context: int, kv_type: str | None, experts: bool
) -> None:
    model = mixture() if experts else shape()
    wish = Wish(context, kv_type=kv_type)
    fit = estimate(model, machine(available, *map(gpu, free)), wish)
    assert fit.fits == (context <= fit.max_context)
    assert fit.context == context
    assert fit.fits == (fit.missing_bytes == 0)

"""What is said of a plan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from alcove.fit.configuration import Configuration
from alcove.fit.estimate import estimate
from alcove.fit.formula import Formula
from alcove.fit.plan import Planner, Wish
from alcove.fit.price import CannotSay, Price
from alcove.fit.result import Forecast
from alcove.fit.shape import Part
from alcove.fit.verdict import judge
from fit.examples import GIB, MIB, gpu, machine, mixture, shape
from fit.planned import CONTEXT, F16, NEED, ON_HOST, OVERHEAD, fit_on


def test_what_else_must_have_room_is_said() -> None:
    projector = Wish(CONTEXT, kv_type="f16", beside_bytes=GIB)
    for host, place in ((machine(64 * GIB), 0), (machine(64 * GIB, gpu(16 * GIB)), 0)):
        plain, fit = estimate(shape(), host, F16), estimate(shape(), host, projector)
        assert fit.total_bytes == plain.total_bytes + GIB
        assert fit.devices[place].beside_bytes == fit.beside_bytes == GIB
        assert fit.devices[place].needed_bytes == plain.devices[place].needed_bytes + GIB
        needed = float(fit.sentence.split(": ")[1].split(" of")[0])
        assert needed == pytest.approx(float(plain.sentence.split(": ")[1].split(" of")[0]) + 1.1)


def test_sentences() -> None:
    overhead = OVERHEAD / 1e9
    needed = f"{NEED / 1e9 + overhead:.1f}"
    assert fit_on(16 * GIB).sentence == f"Fits in memory: {needed} of 17.2 GB free"
    assert fit_on(GIB, gpu(12 * GIB)).sentence == "Fits on the GPU: 9.8 of 12.9 GB free"
    two = fit_on(GIB, gpu(7 * GIB), gpu(7 * GIB))
    assert two.sentence == "Fits on 2 GPUs: 9.9 of 15.0 GB free"
    assert fit_on(16 * GIB, gpu(9 * GIB)).sentence == "Fits with 4 of 32 layers in RAM"
    lacking = fit_on(ON_HOST - 300 * MIB)
    assert lacking.sentence == "Needs 315 MB more; fits with 6k context"
    assert fit_on(ON_HOST - 4 * GIB).sentence == "Needs 4.3 GB more"


def test_memory_that_others_hold_is_named() -> None:
    host = machine(ON_HOST - GIB)
    held = replace(host, memory=replace(host.memory, total_bytes=16 * GIB))
    fit = estimate(shape(), held, F16)
    assert fit.remarks == ("It would fit if other programs gave back 1.1 GB.",)
    assert estimate(shape(), host, F16).remarks == ()


@pytest.mark.parametrize("layers", [None, 0, 10, 32])
def test_memory_that_others_hold_is_named_where_a_gpu_uses_it_too(layers: int | None) -> None:
    """The GPU has no more free than the RAM, so that both lack when other programs hold RAM."""
    mac = machine(6 * GIB, replace(gpu(6 * GIB, "integrated"), total_bytes=24 * GIB))
    held = replace(mac, memory=replace(mac.memory, total_bytes=32 * GIB))
    wish = replace(F16, gpu_layers=layers)
    fit = estimate(shape(), held, wish)
    assert fit.verdict == "no"
    (remark,) = fit.remarks
    assert remark.startswith("It would fit if other programs gave back")
    missing = float(remark.split("gave back ")[1].split(" GB")[0])
    back = 6 * GIB + int((missing + 0.1) * 1e9)  # what is said is rounded
    memory = replace(held.memory, available_bytes=back)
    freed = replace(held, memory=memory, gpus=(replace(held.gpus[0], free_bytes=back),))
    assert estimate(shape(), freed, wish).fits


def test_memory_that_a_gpu_does_not_have_is_held_by_nobody() -> None:
    small = machine(6 * GIB, replace(gpu(6 * GIB, "integrated"), total_bytes=7 * GIB))
    held = replace(small, memory=replace(small.memory, total_bytes=32 * GIB))
    assert estimate(shape(), held, replace(F16, gpu_layers=32)).remarks == ()


def test_layers_without_experts_are_not_counted_among_those_with_some() -> None:
    """As in DeepSeek's models: one layer leads without experts, one more only drafts."""
    model = mixture()
    dense = Part({"Q4_K": model.blocks[0].size_bytes})
    led = replace(model, blocks=(dense, *model.blocks[1:]), drafts=1)
    fit = estimate(led, machine(64 * GIB, gpu(6 * GIB)), F16)
    held = fit.configuration.cpu_moe_layers
    assert held > 2
    assert fit.sentence == f"Fits with the experts of {held - 1} of 30 layers in RAM"


def test_a_context_beyond_all_memory_is_not_dry_run() -> None:
    host = machine(16 * GIB)
    formula, seen = Formula(shape(), host), list[int]()

    def price(asked: Sequence[Configuration]) -> Sequence[Price]:
        seen.extend(each.context for each in asked)
        return [
            formula.price(each) if each.context < 10**6 else CannotSay("it took too much memory")
            for each in asked
        ]

    planner = Planner(shape(), host, price)
    fit = judge(planner, Wish(2**31 - 1), lambda _: Forecast(None, None, ""), "dry-run")
    assert (fit.verdict, fit.basis) == ("no", "header")
    assert fit.sentence.endswith("TB more; fits with 32k context")
    assert fit.remarks == ()
    assert max(seen) <= shape().context_limit
    short = judge(planner, Wish(CONTEXT), lambda _: Forecast(None, None, ""), "dry-run")
    assert short.basis == "dry-run"


def test_another_computers_programs_are_not_spoken_of() -> None:
    host = machine(ON_HOST - GIB)
    held = replace(host, memory=replace(host.memory, total_bytes=16 * GIB))
    assert estimate(shape(), replace(held, elsewhere=True), F16).remarks == ()


def test_what_lacks_is_said_of_the_shortest_context_that_would_do() -> None:
    """As in a list, which asks for no more."""
    host = machine(2 * GIB)
    free, short = (
        estimate(shape(), host, wish)
        for wish in (Wish(8192, least_context=4096), Wish(4096, least_context=4096))
    )
    assert free.verdict == "no"
    assert free.sentence == short.sentence
    assert free.remarks == ()


def test_experts_that_are_not_there_stay_nowhere() -> None:
    host, asked = machine(GIB, gpu(16 * GIB)), replace(F16, cpu_moe_layers=5)
    remark = "The model has no experts that could stay in RAM."
    assert remark in estimate(shape(), host, asked).remarks
    assert remark not in estimate(mixture(), machine(64 * GIB, gpu(16 * GIB)), asked).remarks


def test_ram_that_a_gpu_uses_too_is_not_filled_to_the_brim() -> None:
    mac = machine(128 * GIB, gpu(128 * GIB, "integrated"))
    large = shape(weights=124 * GIB - 512 * MIB)
    assert not estimate(large, mac, replace(F16, gpu_layers=8)).fits
    assert estimate(large, machine(128 * GIB), F16).fits

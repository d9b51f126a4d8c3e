from __future__ import annotations

import time
from pathlib import Path

import pytest

from alcove.fit.calibration import calibrate
from alcove.fit.kernels import Place, device_speeds, steps
from alcove.fit.timing.process import take_timings
from fit.examples import GIB, machine

PLACE = Place(0, (), 32 * 2**20)


class Enough(Exception):
    pass


def test_what_is_measured_follows_from_the_seconds() -> None:
    """Seconds made from known speeds lead back to them."""
    layer, token, routing, rate, expert_rate = 1e-4, 2e-4, 3e-4, 10e9, 4e9
    known = {}
    for step in steps(PLACE, 2, 2):
        kind, _name = step.what
        models = step.job.models
        if kind == "overhead":
            few, many, _routed = (model.header.number("block_count") or 0 for model in models)
            routed = token + many * (layer + routing)
            seconds = token + few * layer, token + many * layer, routed
            known[step.what] = step, (seconds, seconds)
        elif kind in ("dense", "experts"):
            (model,) = models
            layers = model.header.number("block_count") or 0
            tensors = [each for each in model.header.tensors if each.name.startswith("blk.")]
            plain = sum(each.size_bytes for each in tensors if "_exps" not in each.name)
            active = sum(each.size_bytes for each in tensors if "_exps" in each.name) / 8
            seconds = token + layers * layer + plain / rate
            if kind == "experts":
                seconds += layers * routing + active / expert_rate
            known[step.what] = step, ((seconds,), ((plain + active) / rate / 100,))
        elif kind == "attention":
            costs = [16 * 4 * 4096 * (1e-8 + 2 * size * 1e-10) for size in (64, 128)]
            start = (1.0, 1.0)
            deep = tuple(1.0 + cost for cost in costs)
            known[step.what] = step, (start, deep, start, deep)
        elif kind == "sampling":
            known[step.what] = step, ((65536e-9,),)
    found, sampling = device_speeds(known)
    assert found.layer == pytest.approx(layer)
    assert found.token == pytest.approx(token)
    assert found.routing == pytest.approx(routing)
    assert found.dense.generation["Q6_K"] == pytest.approx(rate)
    assert found.experts.generation["MXFP4"] == pytest.approx(expert_rate)
    assert found.dense.prompt["Q4_K"] == pytest.approx(100 * rate)
    assert found.attention["q8_0"].head == pytest.approx(1e-8, rel=1e-3)
    assert found.attention["f16"].element == pytest.approx(1e-10, rel=1e-3)
    assert sampling == pytest.approx(1e-9)


def test_what_was_not_reached_is_missing(tmp_path: Path) -> None:
    todo = steps(PLACE, 1, 1)[:2]
    timings = take_timings([step.job for step in todo], lambda _part: None, tmp_path / "log", 60)
    found, sampling = device_speeds(
        {step.what: (step, timing) for step, timing in zip(todo, timings, strict=True)}
    )
    assert set(found.dense.generation) == {"Q4_K"}
    assert found.dense.generation["Q4_K"] > 1e8
    assert found.dense.prompt["Q4_K"] > found.dense.generation["Q4_K"]
    assert not found.experts.generation
    assert sampling == 0.0


def test_it_can_be_cancelled_at_once(tmp_path: Path) -> None:
    one = machine(8 * GIB)
    said = []

    def report(fraction: float, words: str) -> None:
        said.append((fraction, words))
        if len(said) > 10:
            raise Enough

    start = time.monotonic()
    with pytest.raises(Enough):
        calibrate(one, report, tmp_path / "log")
    assert time.monotonic() - start < 10
    assert all(0 <= fraction <= 1 and words for fraction, words in said)

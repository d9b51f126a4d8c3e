from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import psutil
import pytest

from alcove.errors import EngineStopped
from alcove.fit import calibration
from alcove.fit.calibration import calibrate
from alcove.fit.configuration import ALL_LAYERS
from alcove.fit.kernels import ESSENTIAL, KINDS, Place, device_speeds, steps
from alcove.fit.speeds import KernelSpeeds, Speeds
from alcove.fit.summary import left_out, paces
from alcove.fit.timing.job import Job, Timing
from alcove.fit.timing.process import take_timings
from fit import measured
from fit.examples import GIB, gpu, machine

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


def test_without_its_first_steps_a_measurement_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where time runs out after the first of them, nothing could be forecast from the rest."""
    assert [step.what[0] for step in steps(PLACE, 1, 1)[:ESSENTIAL]] == ["overhead", "dense"]
    one = machine(8 * GIB)
    single = replace(one, cpu=replace(one.cpu, physical_cores=1, logical_cores=1))
    monkeypatch.setattr(calibration, "_CPU_SECONDS", 0.01)
    with pytest.raises(EngineStopped, match="took too long"):
        calibrate(single, lambda _fraction, _words: None, tmp_path / "log")


SLOWNESS = {(): 10.0, (1.0, 0.0): 1.0, (0.0, 1.0): 2.0}
"""How slow the processor and two cards are, by the split with which models go there."""


class Cards:
    """Takes timings as a processor and two cards would."""

    def __init__(self) -> None:
        self.jobs: list[Job] = []

    def take(
        self,
        jobs: Sequence[Job],
        report: Callable[[float], None],
        _log: Path,
        _seconds: float,
        least: int = 1,
    ) -> list[Timing]:
        self.jobs += jobs
        for number in range(len(jobs) + 1):
            report(number / len(jobs))
        done = [self._timing(job) for job in jobs]
        return done[:3] if least > 1 else done

    def _timing(self, job: Job) -> Timing:
        seconds = 1e-3 * SLOWNESS[job.configuration.tensor_split]
        return tuple((seconds,) * len(job.models) for _measure in job.measures)


def test_each_gpu_is_measured_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cards, said = Cards(), list[tuple[float, str]]()
    monkeypatch.setattr(calibration, "take_timings", cards.take)
    gpus = [replace(gpu(GIB), name=name) for name in ("one", "two")]
    built_in = replace(gpu(GIB, "integrated"), name="built in")
    found = calibrate(
        machine(8 * GIB, built_in, *gpus), lambda *words: said.append(words), tmp_path / "log"
    )
    one, two = (each.dense.generation["Q4_K"] for each in found.gpus)
    assert one == pytest.approx(2 * two)
    assert two > found.cpu.dense.generation["Q4_K"]
    on_gpus = [job for job in cards.jobs if job.configuration.tensor_split]
    assert all(job.configuration.gpu_layers == ALL_LAYERS for job in on_gpus)
    assert on_gpus[1].models[0].file_size < 0.3 * GIB  # a quarter of what is free
    fractions = [fraction for fraction, _words in said]
    assert all(later > earlier - 1e-9 for earlier, later in pairwise(fractions))
    assert said[-1] == (1.0, "Measuring two")
    assert {words for _fraction, words in said} == {
        "Comparing threads",
        "Measuring the processor",
        "Measuring one",
        "Measuring two",
    }
    assert Speeds.from_json(found.to_json()) == found


def test_it_can_be_cancelled_at_once(tmp_path: Path) -> None:
    one = machine(8 * GIB)
    said = []

    def report(fraction: float, words: str) -> None:
        said.append((fraction, words))
        if len(said) > 10:
            raise Enough

    with pytest.raises(Enough):
        calibrate(one, report, tmp_path / "log")
    assert len(said) == 11
    assert not any("alcove.fit.timing" in each.cmdline() for each in psutil.Process().children())
    assert all(0 <= fraction <= 1 and words for fraction, words in said)


def test_what_could_not_be_measured_in_time_is_said() -> None:
    kinds = [f"K{number}" for number in range(KINDS)]
    rates = dict.fromkeys(kinds[3:], 1e9)
    device = replace(
        measured.device(),
        dense=KernelSpeeds(rates),
        experts=KernelSpeeds(dict.fromkeys(kinds[:3], 1e9)),
    )
    whole = replace(measured.speeds(), cpu=device, gpus=(device,))
    assert left_out(whole) is None
    partial = replace(whole, gpus=(replace(device, experts=KernelSpeeds()),))
    said = left_out(partial)
    assert said is not None
    assert f"{KINDS - 3} of {KINDS} kinds of weights were measured" in said
    assert "Measure again" in said


def test_a_measurement_with_time_leaves_nothing_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calibration, "take_timings", Cards().take)
    found = calibrate(machine(8 * GIB), lambda _fraction, _words: None, tmp_path / "log")
    assert left_out(found) is not None  # these cards take no more than three steps
    assert len(paces(found.cpu)) < KINDS

"""Slices of models that lie on GPUs, timed by a computer that is only imagined."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from alcove.errors import ModelMemoryError
from alcove.fit import slices
from alcove.fit.configuration import ALL_LAYERS, Configuration
from alcove.fit.costs import Costs, Way
from alcove.fit.estimate import estimate
from alcove.fit.pattern import pattern_of
from alcove.fit.plan import Wish
from alcove.fit.result import Forecast
from alcove.fit.shape import shape_from_skeleton
from alcove.fit.slices import measure_slices
from alcove.fit.timing.job import Job, Measure, Timing
from alcove.gguf.skeleton import Skeleton
from alcove.hardware.machine import Machine
from fit.examples import GIB, MIB, gpu, machine
from fit.measured import speeds
from fit.synthetic_models import llama, skeleton
from fit.synthetic_shapes import deepseek, gpt_oss_20b

LITE = {"inner": 10944, "expert": 1408, "count": 64, "used": 6, "shared": 2, "lead": 1}
FACTORS: dict[Way, float] = {"cpu": 1.5, "gpu": 0.8, "mixed": 1.2}
"""How many times longer layers really take than a calibration says."""

CHOICE = 1e-3


class Computer:
    """Takes timings as if every layer took its factor times what is expected of it."""

    def __init__(self, model: Skeleton, asked: Configuration, host: Machine) -> None:
        self.model, self.host, self.asked = model, host, asked
        shape = shape_from_skeleton(model)
        attention = pattern_of(model.header, shape).attention
        self.costs = Costs(shape, attention, asked, host, speeds(len(host.gpus)))
        self.jobs: Sequence[Job] = ()

    def measure(self, monkeypatch: pytest.MonkeyPatch) -> Forecast:
        monkeypatch.setattr(slices, "take_timings", self._take)
        known = self.costs.speeds
        return measure_slices(
            self.model, self.asked, self.host, known, lambda *_said: None, Path("log")
        )

    def token(self, depth: int) -> float:
        """What a token really takes."""
        layers = range(len(self.costs.shape.blocks))
        lying = [(layer, self.costs.way(layer)) for layer in layers]
        ends = FACTORS[self.costs.output_way] * self.costs.ends(self.costs.output_way)
        return ends + sum(
            FACTORS[way] * self.costs.token(layer, way, depth) for layer, way in lying
        )

    @property
    def ways(self) -> list[Way]:
        return [_way(job) for job in self.jobs]

    @property
    def counts(self) -> list[int]:
        return [model.header.number("block_count") or 0 for model in self.jobs[0].models]

    def _take(
        self,
        jobs: Sequence[Job],
        _report: Callable[[float], None],
        _log: Path,
        _seconds: float,
        *,
        least: int,
    ) -> list[Timing]:
        assert least == len(jobs)
        self.jobs = jobs
        return [tuple(self._figures(job, measure) for measure in job.measures) for job in jobs]

    def _figures(self, job: Job, measure: Measure) -> tuple[float, ...]:
        way = _way(job)
        counts = (model.header.number("block_count") or 0 for model in job.models)
        return tuple(self._seconds(measure, way, count) for count in counts)

    def _seconds(self, measure: Measure, way: Way, count: int) -> float:
        costs, layers = self.costs, range(count)
        if measure.kind == "sampling":
            return CHOICE
        if measure.kind == "prompt":
            return FACTORS[way] * sum(costs.prompt(layer, way) for layer in layers)
        tokens = sum(costs.token(layer, way, measure.depth) for layer in layers)
        return FACTORS[way] * (costs.ends(way) + tokens)


def _way(job: Job) -> Way:
    if job.configuration.gpu_layers == 0:
        return "cpu"
    assert job.configuration.gpu_layers == ALL_LAYERS
    return "mixed" if job.configuration.cpu_moe_layers else "gpu"


@pytest.mark.parametrize(
    ("asked", "ways"),
    [
        (Configuration(4096), ["gpu"]),
        (Configuration(4096, cpu_moe_layers=10), ["gpu", "mixed"]),
        (Configuration(4096, cpu_moe_layers=24), ["mixed"]),
        (Configuration(4096, gpu_layers=12), ["gpu", "cpu"]),
        (Configuration(4096, gpu_layers=1), ["gpu", "cpu"]),
        (Configuration(4096, gpu_layers=12, cpu_moe_layers=20), ["gpu", "cpu", "mixed"]),
        (Configuration(4096, gpu_layers=0), ["cpu"]),
    ],
)
def test_every_way_is_measured_and_adds_up(
    asked: Configuration, ways: list[Way], monkeypatch: pytest.MonkeyPatch
) -> None:
    computer = Computer(skeleton(gpt_oss_20b()), asked, machine(64 * GIB, gpu(24 * GIB)))
    said = computer.measure(monkeypatch)
    assert computer.ways == ways
    assert said.generation is not None
    assert said.deep is not None
    depth = computer.jobs[0].measures[1].depth
    assert said.generation.expected == pytest.approx(1 / (computer.token(0) + CHOICE), rel=1e-6)
    assert said.deep.expected == pytest.approx(1 / (computer.token(depth) + CHOICE), rel=1e-6)
    assert said.generation.low < said.generation.expected < said.generation.high


def test_layers_that_only_draft_lie_behind_the_others() -> None:
    """They count among the layers on GPUs, as the output layer does."""
    shape = replace(shape_from_skeleton(skeleton(gpt_oss_20b())), drafts=2)
    host, asked = machine(64 * GIB, gpu(24 * GIB)), Configuration(4096, gpu_layers=5)
    attention = pattern_of(skeleton(gpt_oss_20b()).header, shape).attention
    costs = Costs(shape, attention, asked, host, None)
    on_gpus = [costs.way(layer) for layer in range(len(shape.blocks))].count("gpu")
    assert on_gpus == 5 - 1 - 2


@pytest.mark.parametrize(
    ("cards", "counts"), [([4000], [2, 6]), ([3200], [2, 4]), ([2600], [1, 2])]
)
def test_slices_are_chosen_by_the_room_on_gpus(
    cards: list[int], counts: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    computer = partly(cards)
    computer.measure(monkeypatch)
    assert computer.ways == ["gpu", "cpu"]
    assert computer.counts == counts


@pytest.mark.parametrize("cards", [[2200], [1800, 1800]])
def test_gpus_without_room_for_slices_are_told_so(
    cards: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The ends of the model lie there once for each slice, where they do once in the plan."""
    with pytest.raises(ModelMemoryError, match="on the GPU"):
        partly(cards).measure(monkeypatch)


def partly(cards: list[int]) -> Computer:
    """A model of 8B that lies partly on cards with so many MiB."""
    gpus = [
        replace(gpu(size * MIB), identity=f"0000:0{number}:00.0")
        for number, size in enumerate(cards)
    ]
    model, host = skeleton(llama("8B", 32, 4096, 14336, 32, tied=False)), machine(64 * GIB, *gpus)
    plan = estimate(shape_from_skeleton(model), host, Wish(4096)).configuration
    assert 0 < plan.gpu_layers < 33
    return Computer(model, plan, host)


def test_experts_in_ram_need_no_room_on_the_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    model = skeleton(deepseek("lite", 27, 2048, 16, 0, 102400, **LITE))
    asked = Configuration(4096, cpu_moe_layers=27)
    computer = Computer(model, asked, machine(64 * GIB, gpu(3 * GIB)))
    computer.measure(monkeypatch)
    assert computer.ways == ["mixed"]


def test_memory_that_a_gpu_shares_must_hold_both(monkeypatch: pytest.MonkeyPatch) -> None:
    model = skeleton(gpt_oss_20b())
    host = machine(3 * GIB, gpu(3 * GIB, "integrated"))
    with pytest.raises(ModelMemoryError):
        Computer(model, Configuration(4096), host).measure(monkeypatch)

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from alcove.errors import EngineStopped, ModelMemoryError
from alcove.fit import slices, slicing
from alcove.fit.configuration import Configuration
from alcove.fit.pattern import pattern_of
from alcove.fit.probes import probe
from alcove.fit.shape import shape_from_skeleton
from alcove.fit.slices import measure_slices
from alcove.fit.timing.job import Job, Measure, Timing
from alcove.gguf.skeleton import Skeleton
from alcove.gguf.slice import first_layers
from fit.examples import GIB, machine
from fit.measured import speeds
from fit.synthetic import Synthetic
from fit.synthetic_models import skeleton
from fit.synthetic_shapes import (
    deepseek,
    falcon_h1_1_5b,
    gemma3_4b,
    gpt_oss_20b,
    lfm2_1_2b,
    nemotron_nano_9b,
    qwen3_next,
)

RAM = Configuration(2048, gpu_layers=0)
LITE = {"inner": 10944, "expert": 1408, "count": 64, "used": 6, "shared": 2, "lead": 1}


class EvenLayers:
    """Takes timings as a machine would where every layer takes as long as the others."""

    def __init__(self) -> None:
        self.layers: list[int] = []

    def take(
        self, jobs: Sequence[Job], report: Callable[[float], None], *_rest: object, least: int
    ) -> list[Timing]:
        report(1.0)
        assert least == len(jobs)
        return [tuple(self._figures(job, measure) for measure in job.measures) for job in jobs]

    def _figures(self, job: Job, measure: Measure) -> tuple[float, ...]:
        counts = [model.header.number("block_count") or 0 for model in job.models]
        self.layers += counts
        if measure.kind == "sampling":
            return (1e-4,) * len(counts)
        each = {"token": 1e-3 * (1 + measure.depth / 4096), "prompt": 1e-4}[measure.kind]
        return tuple(count * each for count in counts)


def measured(model: Skeleton, log: Path) -> float:
    said = measure_slices(
        model, RAM, machine(8 * GIB), speeds(), lambda _fraction, _words: None, log
    )
    assert said.generation is not None
    assert said.deep is not None
    assert said.prompt is not None
    # Other programs may be busy.
    assert said.generation.low <= 0.8001 * said.generation.expected
    assert said.generation.high >= 1.2 * said.generation.expected
    assert said.prompt.expected > said.generation.expected
    assert "measured" in said.basis
    return said.generation.expected


def test_slices_say_what_the_whole_model_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What they say on this machine, ``benchmarks/fit_timing.py`` prints."""
    even, model = EvenLayers(), probe("Q8_0", 24, width=1024, inner=4096)
    monkeypatch.setattr(slices, "take_timings", even.take)
    whole = measured(model, tmp_path / "log")
    assert set(even.layers) == {24}
    even.layers.clear()
    monkeypatch.setattr(slicing, "_WHOLE_BYTES", 0)
    sliced = measured(model, tmp_path / "log")
    assert max(even.layers) <= 8
    assert sliced == pytest.approx(whole, rel=0.15)


def test_a_plan_with_small_batches_is_measured(tmp_path: Path) -> None:
    """Its prompts are longer than a batch where the computer is fast."""
    fast = probe("Q8_0", 1, width=256)
    said = measure_slices(
        fast,
        replace(RAM, batch=64),
        machine(8 * GIB),
        speeds(),
        lambda *_said: None,
        tmp_path / "l",
    )
    assert said.prompt is not None


def test_what_takes_too_long_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slices, "_SECONDS", -1.0)
    with pytest.raises(EngineStopped, match="took too long"):
        measured(probe("Q8_0", 2), tmp_path / "log")


def test_a_machine_without_room_is_told_so(tmp_path: Path) -> None:
    small = machine(GIB // 2)
    with pytest.raises(ModelMemoryError, match="RAM than is free"):
        measure_slices(
            skeleton(gpt_oss_20b()), RAM, small, None, lambda _part, _words: None, tmp_path / "log"
        )


@pytest.mark.parametrize(
    ("model", "lead", "period"),
    [
        (gemma3_4b(), 0, 6),
        (gpt_oss_20b(), 0, 2),
        (qwen3_next(8), 0, 4),
        (deepseek("lite", 27, 2048, 16, 0, 102400, **LITE), 1, 1),
        (lfm2_1_2b(), 0, 0),
        (nemotron_nano_9b(), 0, 0),
        (falcon_h1_1_5b(), 0, 1),
    ],
)
def test_the_pattern_of_layers_is_found(model: Synthetic, lead: int, period: int) -> None:
    whole = skeleton(model)
    found = pattern_of(whole.header, shape_from_skeleton(whole))
    assert (found.lead, found.period) == (lead, period)


def test_a_slice_has_the_first_layers_and_the_ends() -> None:
    whole = skeleton(nemotron_nano_9b())
    part = first_layers(whole, 10)
    assert part.header.number("block_count") == 10
    assert len(shape_from_skeleton(part).blocks) == 10
    assert shape_from_skeleton(part).blocks == shape_from_skeleton(whole).blocks[:10]
    assert shape_from_skeleton(part).output == shape_from_skeleton(whole).output
    kv = part.header.metadata["nemotron_h.attention.head_count_kv"]
    assert list(kv) == [0] * 10  # type: ignore[arg-type]


def test_a_slice_of_all_layers_is_the_model() -> None:
    whole = skeleton(gemma3_4b())
    assert first_layers(whole, 34).header.tensors == whole.header.tensors

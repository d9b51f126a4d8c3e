"""Measure a model on this machine before it is there: a few of its layers, then all by proportion.

Two slices of the model, as large as the real ones but without contents, run in turns. What the
longer one takes more is the time of its additional layers, from which that of all others follows:
in proportion to what a forecast says of them, as layers need not be alike. Small models are run
whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from alcove.errors import ModelMemoryError, Remedy
from alcove.fit.configuration import ALL_LAYERS, Configuration
from alcove.fit.costs import Costs, Way
from alcove.fit.formula import targets
from alcove.fit.pattern import Pattern, pattern_of
from alcove.fit.result import DEPTH, Forecast, Range
from alcove.fit.shape import Shape, shape_from_skeleton
from alcove.fit.speeds import Speeds
from alcove.fit.timing.job import Job, Measure, Timing
from alcove.fit.timing.process import take_timings
from alcove.gguf.skeleton import Skeleton
from alcove.gguf.slice import first_layers
from alcove.hardware.machine import Machine
from alcove.i18n import _
from alcove.words import gigabytes

Report = Callable[[float, str], None]

_SECONDS = 60.0
_SLICED, _WHOLE = (0.75, 1.3), (0.85, 1.15)
"""What the speed measured is multiplied by for the bounds."""

_WHOLE_BYTES = 900 * 10**6
_MOST_BYTES = 4 * 10**9
"""Weights of both slices together: loading them takes most of the time."""

_TRUST, _TRUST_IN_GUESSES, _FARTHEST = 0.5, 0.8, 2.0
"""How much the difference of two slices counts beside their sum, and how far it may be off that."""

_BESIDE_BYTES = 400 * 10**6
_ROOM_TOKENS = 768
_TOKENS = 24
_PROMPT_SECONDS = 1.5
_LEAST_PROMPT, _MOST_PROMPT = 64, 512


@dataclass(frozen=True)
class _Plan:
    """What is run: the numbers of layers, and at which depth and how long a prompt."""

    counts: tuple[int, ...]
    depth: int
    prompt: int


def measure_slices(
    skeleton: Skeleton,
    configuration: Configuration,
    machine: Machine,
    speeds: Speeds | None,
    report: Report,
    log: Path,
) -> Forecast:
    """Measure how fast a model will run on this machine; takes 2 to 14 seconds.

    ``machine`` must say what memory is free now. ``report`` gets a fraction of 1 and what is being
    done, in words; whatever it raises ends the measurement and is passed on. Raises LoadError if
    llama.cpp does not run a part of this model, ModelMemoryError, and EngineError.
    """
    shape = shape_from_skeleton(skeleton)
    if not targets(machine):
        configuration = replace(configuration, gpu_layers=0, cpu_moe_layers=0)
    pattern = pattern_of(skeleton.header, shape)
    costs = Costs(shape, pattern.attention, configuration, machine, speeds)
    plan = _plan(pattern, configuration, costs)
    jobs = [_job(skeleton, way, plan, costs) for way in _ways(plan, costs)]
    words = _("Measuring this model")
    timings = take_timings(jobs, lambda part: report(part, words), log, _SECONDS)
    if len(plan.counts) == 1:
        (timing,) = timings
        return _forecast(_Seconds(*(figures[0] for figures in timing)), _WHOLE)
    found = dict(zip(costs.ways, timings, strict=True))
    return _forecast(_extrapolated(costs, plan, found), _SLICED)


@dataclass(frozen=True)
class _Seconds:
    """What a token costs: at the start, when it is deep in a chat, in a prompt; and its choice."""

    start: float
    deep: float
    prompt: float
    choice: float


def _forecast(seconds: _Seconds, bounds: tuple[float, float]) -> Forecast:
    return Forecast(
        generation=_range(seconds.start + seconds.choice, bounds),
        prompt=_range(seconds.prompt, bounds),
        basis=_("measured on this computer"),
        deep=_range(seconds.deep + seconds.choice, bounds),
    )


def _range(seconds: float, bounds: tuple[float, float]) -> Range:
    low, high = bounds
    return Range(low / seconds, 1 / seconds, high / seconds)


def _ways(plan: _Plan, costs: Costs) -> tuple[Way, ...]:
    """Return what each job is for; a whole model runs as it is configured, whatever that is."""
    return costs.ways[:1] if len(plan.counts) == 1 else costs.ways


def _plan(pattern: Pattern, configuration: Configuration, costs: Costs) -> _Plan:
    """Choose what to run; raises ModelMemoryError."""
    shape = costs.shape
    depth = max(min(DEPTH, configuration.context - _ROOM_TOKENS), 0)
    free = costs.machine.memory.available_bytes - _BESIDE_BYTES
    whole = _bytes(shape, depth, (len(shape.blocks),))
    if shape.weights_bytes <= _WHOLE_BYTES and whole <= free:
        return _Plan((len(shape.blocks),), depth, _prompt(costs, len(shape.blocks)))
    pairs = [pair for pair in _pairs(pattern, len(shape.blocks)) if pair[1] < len(shape.blocks)]
    fitting = [pair for pair in pairs if _bytes(shape, depth, pair) <= free]
    if not fitting:
        least = min((_bytes(shape, depth, pair) for pair in pairs), default=whole)
        raise ModelMemoryError(
            _("Measuring this model takes {needed} of RAM, and {free} are free.").format(
                needed=gigabytes(least + _BESIDE_BYTES), free=gigabytes(max(free, 0))
            ),
            _("Close other programs, or go by the estimate."),
            Remedy.SMALLER_MODEL,
        )
    quick = [pair for pair in fitting if _bytes(shape, depth, pair) <= _MOST_BYTES]
    counts = quick[0] if quick else min(fitting, key=sum)
    return _Plan(counts, depth, _prompt(costs, sum(counts)))


def _pairs(pattern: Pattern, layers: int) -> Iterator[tuple[int, int]]:
    """Yield pairs of numbers of layers, the most telling first."""
    lead, period = pattern.lead, pattern.period
    if period == 0:
        yield max(layers // 6, 1), max(layers // 2, 2)
        return
    if period <= 2:
        yield lead + 2, lead + 6
        yield lead + 2, lead + 4
    yield lead + period, lead + 2 * period
    yield lead + 1, lead + 1 + period


def _bytes(shape: Shape, depth: int, counts: Sequence[int]) -> int:
    """Return the memory that models of the first so many layers take together."""
    ends = shape.embedding.size_bytes + shape.output.size_bytes
    ends += shape.embedding.size_bytes if shape.tied else 0
    cache = shape.kv.size(depth + _ROOM_TOKENS) // len(shape.blocks)
    return sum(
        ends + sum(block.size_bytes + cache for block in shape.blocks[:count]) for count in counts
    )


def _prompt(costs: Costs, layers: int) -> int:
    """Choose how long a prompt is read, so that it does not take too long."""
    way = costs.ways[0]
    known = costs.speeds is not None
    each = sum(costs.prompt(layer, way) for layer in range(min(layers, len(costs.shape.blocks))))
    tokens = int(_PROMPT_SECONDS / each) if known and each else _LEAST_PROMPT
    least = 2 * _LEAST_PROMPT if costs.shape.moe_layers else _LEAST_PROMPT
    return min(max(tokens // 32 * 32, least), _MOST_PROMPT)


def _job(skeleton: Skeleton, way: Way, plan: _Plan, costs: Costs) -> Job:
    layers = len(costs.shape.blocks)
    whole = plan.counts == (layers,)
    models = tuple(
        skeleton if count == layers else first_layers(skeleton, count) for count in plan.counts
    )
    asked = replace(costs.configuration, context=plan.depth + _ROOM_TOKENS)
    if not whole:
        asked = replace(
            asked,
            gpu_layers=0 if way == "cpu" else ALL_LAYERS,
            cpu_moe_layers=layers if way == "mixed" else 0,
        )
    cores = costs.machine.cpu.physical_cores
    threads = costs.speeds.threads if costs.speeds else cores
    batch_threads = costs.speeds.batch_threads if costs.speeds else cores
    measures = (
        Measure("token", threads, 0, _TOKENS),
        Measure("token", threads, plan.depth, _TOKENS),
        Measure("prompt", batch_threads, 0, plan.prompt),
        Measure("sampling", threads, 0, 12),
    )
    return Job(models, asked, measures)


def _extrapolated(costs: Costs, plan: _Plan, found: Mapping[Way, Timing]) -> _Seconds:
    """Take what the two slices took to the whole model."""
    layers = range(len(costs.shape.blocks))
    first, longest = costs.output_way, plan.counts[1]

    def total(
        measure: int, cost: Callable[[int, Way], float], ends: Callable[[Way], float]
    ) -> float:
        def expected(way: Way, count: int) -> float:
            return ends(way) + sum(cost(layer, way) for layer in range(count))

        factors = {
            way: _factor(timing[measure], [expected(way, n) for n in plan.counts], costs)
            for way, timing in found.items()
        }
        several = factors[first] * (expected(first, longest) - ends(first))
        return max(found[first][measure][1] - several, 0.0) + sum(
            factors[costs.way(layer)] * cost(layer, costs.way(layer)) for layer in layers
        )

    return _Seconds(
        start=total(0, lambda layer, way: costs.token(layer, way, 0), costs.ends),
        deep=total(1, lambda layer, way: costs.token(layer, way, plan.depth), costs.ends),
        prompt=total(2, costs.prompt, lambda _way: 0.0),
        choice=found[costs.output_way][3][0],
    )


def _factor(taken: Sequence[float], expected: Sequence[float], costs: Costs) -> float:
    """Return how many times longer layers take than expected.

    The difference of two slices shows it of layers alone, but a disturbance weighs much there;
    their sum is steady, but shows it of the output too. So the truth is sought between the two.
    """
    both = sum(taken) / sum(expected)
    apart = (taken[1] - taken[0]) / (expected[1] - expected[0])
    trust = _TRUST if costs.speeds else _TRUST_IN_GUESSES
    apart = min(max(apart, both / _FARTHEST), both * _FARTHEST)
    return float(apart**trust * both ** (1 - trust))

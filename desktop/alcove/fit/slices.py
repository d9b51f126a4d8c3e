"""Measure a model on this machine before it is there: a few of its layers, then all by proportion.

Two slices of the model, as large as the real ones but without contents, run in turns. What the
longer one takes more is the time of its additional layers, from which that of all others follows:
in proportion to what a forecast says of them, as layers need not be alike. Small models are run
whole.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from alcove.fit.configuration import Configuration
from alcove.fit.costs import Costs, Way
from alcove.fit.formula import targets
from alcove.fit.pattern import pattern_of
from alcove.fit.result import Forecast, Range
from alcove.fit.shape import shape_from_skeleton
from alcove.fit.slicing import Slicing, jobs, slicing_of
from alcove.fit.speeds import Speeds
from alcove.fit.timing.job import Timing
from alcove.fit.timing.process import take_timings
from alcove.gguf.skeleton import Skeleton
from alcove.hardware.machine import Machine
from alcove.i18n import _

Report = Callable[[float, str], None]

_SECONDS = 60.0
"""After which nothing more is begun; two to twenty are usual."""

_SLICED, _WHOLE = (0.75, 1.3), (0.8, 1.25)
"""What the speed measured is multiplied by for the bounds."""

_TRUST, _TRUST_IN_GUESSES, _FARTHEST = 0.5, 0.8, 2.0
"""How much the difference of two slices counts beside their sum, and how far it may be off that."""


def measure_slices(
    skeleton: Skeleton,
    configuration: Configuration,
    machine: Machine,
    speeds: Speeds | None,
    report: Report,
    log: Path,
) -> Forecast:
    """Measure how fast a model will run on this machine; takes 2 to 20 seconds.

    ``machine`` must say what memory is free now. ``report`` gets a fraction of 1 and what is being
    done, in words; whatever it raises ends the measurement and is passed on. Raises LoadError if
    llama.cpp does not run a part of this model, ModelMemoryError, and EngineError, also if it would
    take minutes.
    """
    shape = shape_from_skeleton(skeleton)
    if not targets(machine):
        configuration = replace(configuration, gpu_layers=0, cpu_moe_layers=0)
    pattern = pattern_of(skeleton.header, shape)
    costs = Costs(shape, pattern.attention, configuration, machine, speeds)
    slicing = slicing_of(pattern, costs)
    todo, words = jobs(skeleton, slicing, costs), _("Measuring this model")
    timings = take_timings(todo, lambda part: report(part, words), log, _SECONDS, least=len(todo))
    if slicing.is_whole:
        (timing,) = timings
        return _forecast(_Seconds(*(figures[0] for figures in timing)), _WHOLE)
    found = dict(zip(slicing.ways, timings, strict=True))
    return _forecast(_extrapolated(costs, slicing, found), _SLICED)


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


def _extrapolated(costs: Costs, slicing: Slicing, found: Mapping[Way, Timing]) -> _Seconds:
    """Take what the two slices took to the whole model."""
    layers = range(len(costs.shape.blocks))
    first, longest = costs.output_way, slicing.counts[1]

    def total(
        measure: int, cost: Callable[[int, Way], float], ends: Callable[[Way], float]
    ) -> float:
        def expected(way: Way, count: int) -> float:
            return ends(way) + sum(cost(layer, way) for layer in range(count))

        factors = {
            way: _factor(timing[measure], [expected(way, n) for n in slicing.counts], costs)
            for way, timing in found.items()
        }
        several = factors[first] * (expected(first, longest) - ends(first))
        return max(found[first][measure][1] - several, 0.0) + sum(
            factors[costs.way(layer)] * cost(layer, costs.way(layer)) for layer in layers
        )

    return _Seconds(
        start=total(0, lambda layer, way: costs.token(layer, way, 0), costs.ends),
        deep=total(1, lambda layer, way: costs.token(layer, way, slicing.depth), costs.ends),
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

"""How good a model probably is: what its published figures say, beside its size and its age.

Publishers state different benchmarks, and many models have none, so that no figure can be compared
by itself. What every model has is a size and a date; ``guess`` makes a quality of them. Each
benchmark that at least LEAST models publish then tells how well models do in it that are of such a
guess: a straight line through the log-odds of their scores. What a model scores above or below that
line, in standard deviations of all who publish it, raises or lowers its guess. The mean over its
benchmarks counts by half for two figures, by three quarters for six, and never wholly: publishers
choose what they publish.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from math import log, log2
from statistics import StatisticsError, linear_regression, mean, pstdev

from alcove.catalog.model import Benchmark, Model, Quality

YEAR, THINKING = 2.0, 1.5
"""Doublings of the parameters that a year of progress is worth, and thinking before an answer.

The figures of the catalog say 2.1 and 3.1, as ``tests/benchmarks/quality.py`` prints; thinking
counts by half, as what publishers measure is what gains most by it.
"""

LEAST = 8
"""Models that must publish a benchmark before any of them is compared by it."""

_DEVIATION = 1.5
"""Doublings that a standard deviation counts as: what it is in the middle one of the benchmarks."""

_FARTHEST = 2.0
"""Standard deviations beyond which a score is taken for another way of measuring."""

_SHRINKAGE = 2
"""Figures to which the guess is equal in weight."""

_EPOCH = date(2024, 1, 1)
_SURE = 0.5
"""Percent points by which a score is kept from 0 and 100, where log-odds are endless."""

_METHOD = re.compile(r"\s+pass@1$")


@dataclass(frozen=True)
class _Line:
    """What models of a guess score in one benchmark, in log-odds."""

    slope: float
    intercept: float
    spread: float

    def deviation(self, guessed: float, score: float) -> float:
        """Return how far a score is above what was to be expected, in standard deviations."""
        far = (_log_odds(score) - self.slope * guessed - self.intercept) / self.spread
        return min(max(far, -_FARTHEST), _FARTHEST)


def guess(model: Model) -> float:
    """Guess a quality from size and age, in doublings of the parameters of a model of early 2024.

    A mixture of experts counts as a dense model of the geometric mean of its total and active
    parameters. A year of progress and the ability to think before answering count as YEAR and
    THINKING. Unknown dates count as the earliest.
    """
    active = model.active_parameters or model.parameters
    size = log2(model.parameters) / 2 + log2(active) / 2
    released = date.fromisoformat(f"{model.released}-01"[:10]) if model.released else _EPOCH
    years = max((released - _EPOCH).days, 0) / 365.25
    return size + years * YEAR + (THINKING if model.reasoning else 0.0)


def quality(model: Model) -> Quality:
    """Return the quality that the catalog found, or a guess where it found none."""
    return model.quality or Quality(guess(model), 0, len(model.benchmarks))


def with_quality(models: Sequence[Model]) -> list[Model]:
    """Return the models with what their figures say, compared with those of all of them."""
    lines = _lines(models)
    return [replace(model, quality=_quality(model, lines)) for model in models]


def benchmark_name(benchmark: Benchmark) -> str:
    """Return what a figure is compared by: one name for what publishers write in two ways."""
    name = _METHOD.sub("", benchmark.name)
    diamond = name == "GPQA" and "diamond" in (benchmark.method or "").casefold()
    return "GPQA Diamond" if diamond else name


def scores(model: Model) -> dict[str, float]:
    """Return the mean of a model's scores in each benchmark that is stated in percent."""
    found = defaultdict(list)
    for benchmark in model.benchmarks:
        if 0 <= benchmark.score <= 100:
            found[benchmark_name(benchmark)].append(benchmark.score)
    return {name: mean(each) for name, each in found.items()}


def _quality(model: Model, lines: Mapping[str, _Line]) -> Quality:
    guessed, found = guess(model), scores(model)
    deviations = [
        lines[name].deviation(guessed, score) for name, score in found.items() if name in lines
    ]
    count = len(deviations)
    better = _DEVIATION * sum(deviations) / (count + _SHRINKAGE)
    return Quality(guessed + better, count, len(found) - count, better)


def _lines(models: Iterable[Model]) -> dict[str, _Line]:
    points: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for model in models:
        for name, score in scores(model).items():
            points[name].append((guess(model), _log_odds(score)))
    made = {name: _line(each) for name, each in points.items() if len(each) >= LEAST}
    return {name: line for name, line in made.items() if line is not None}


def _line(points: Sequence[tuple[float, float]]) -> _Line | None:
    """Fit a line; None where all are of one guess, or of one score."""
    guesses, odds = zip(*points, strict=True)
    try:
        slope, intercept = linear_regression(guesses, odds)
    except StatisticsError:
        return None
    spread = pstdev(y - slope * x - intercept for x, y in points)
    return _Line(slope, intercept, spread) if spread else None


def _log_odds(score: float) -> float:
    bounded = min(max(score, _SURE), 100 - _SURE)
    return log(bounded / (100 - bounded))

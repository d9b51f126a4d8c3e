"""What measured speeds say about the next ones: the statistics."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import exp, isfinite, log, sqrt
from statistics import median
from typing import TypeAlias

from alcove.fit.records import Conditions

PRIOR = 2.0
"""The weight of the estimate, in answers of today."""

BAND = 1.64
"""Standard deviations on each side that hold 90 % of what will be measured."""

_HALF_LIFE_DAYS = 30.0
_NOISE = 0.05
"""How much two runs of one model differ in any case, as a standard deviation of the logarithm."""

_FIRST_SPREAD = 0.13
"""The same, taken to be so before many runs have shown it."""

_MOST = log(4)
"""The estimate of a file that never ran is corrected by a factor of four at most."""

_FADING = 4.0
"""How much less counts what was measured in another way: half at a sixth more or less speed."""


@dataclass(frozen=True)
class Sample:
    """One measured speed and what was estimated for it, in tokens per second.

    ``depth`` is in tokens; ``estimate`` is None where there was none. ``shift`` is the logarithm of
    what the speed was multiplied by because the file was loaded in another way. ``share`` is how
    much it counts beside others of its day.
    """

    when: datetime
    depth: float
    speed: float
    estimate: float | None
    shift: float = 0.0
    share: float = 1.0


@dataclass(frozen=True)
class Point:
    """A speed that was measured, in tokens per second, at a depth in tokens; see ``Sample``."""

    depth: float
    speed: float
    weight: float
    shift: float = 0.0


@dataclass(frozen=True)
class Own:
    """What the same file reached, loaded in a comparable way: it replaces the estimate.

    The weights of the points add up to 1.
    """

    points: tuple[Point, ...]


@dataclass(frozen=True)
class Learned:
    """What files of the same kind reached.

    ``ratio`` is the logarithm of measured through estimated speed, drawn towards 0 by the weight
    of the estimate; ``spread`` is the standard deviation around it. ``weight`` is in answers of
    today.
    """

    weight: float
    ratio: float
    spread: float


Lesson: TypeAlias = Own | Learned | None


def lesson(own: Sequence[Sample], alike: Sequence[Sample], now: datetime) -> Lesson:
    """Sum up samples of the file itself, or else of files like it."""
    if own:
        return _own(own, now)
    known = [
        (log(sample.speed / sample.estimate), _weight(sample, now))
        for sample in alike
        if sample.estimate is not None
    ]
    return _learned(known) if known else None


def is_same_file(one: Conditions, other: Conditions) -> bool:
    """Whether speeds are those of one file on the same devices, however much of it lies on each."""
    return one.file_key == other.file_key != "" and _same_place(one, other)


def is_alike(one: Conditions, other: Conditions) -> bool:
    """Whether what was learned of one file says something about the other."""
    kinds = [(c.main_type, c.mixture, c.estimator) for c in (one, other)]
    return kinds[0] == kinds[1] and _same_place(one, other)


def _same_place(one: Conditions, other: Conditions) -> bool:
    places = [(c.machine, c.build, c.devices, c.threads) for c in (one, other)]
    return places[0] == places[1]


def is_speed(value: float) -> bool:
    """Whether a number can be a speed."""
    return isfinite(value) and value > 0


def tamed(ratios: Sequence[float]) -> list[float]:
    """Bring those that are far from all others near, as when the computer slept or was busy."""
    middle = median(ratios)
    usual = max(1.5 * median(abs(ratio - middle) for ratio in ratios), _FIRST_SPREAD)
    low, high = middle - 3 * usual, middle + 3 * usual
    return [min(max(ratio, low), high) for ratio in ratios]


def spread(ratios: Sequence[float], weights: Sequence[float], centre: float) -> float:
    """Return the standard deviation of what is measured next; few runs are not trusted alone."""
    squares = sum(w * (r - centre) ** 2 for w, r in zip(weights, ratios, strict=True))
    variance = (squares + PRIOR * _FIRST_SPREAD**2) / (sum(weights) + PRIOR)
    return max(sqrt(variance), _NOISE)


def _weight(sample: Sample, now: datetime) -> float:
    days = max((now - sample.when).total_seconds(), 0.0) / 86400
    return float(sample.share * 0.5 ** (days / _HALF_LIFE_DAYS))


def _own(samples: Sequence[Sample], now: datetime) -> Own:
    weights = [_weight(sample, now) * exp(-_FADING * abs(sample.shift)) for sample in samples]
    total = sum(weights)
    shares = [w / total for w in weights] if total > 0 else [1 / len(weights)] * len(weights)
    return Own(
        tuple(
            Point(sample.depth, sample.speed, share, sample.shift)
            for sample, share in zip(samples, shares, strict=True)
        )
    )


def _learned(alike: Sequence[tuple[float, float]]) -> Learned:
    ratios = tamed([min(max(ratio, -_MOST), _MOST) for ratio, _weight in alike])
    weights = [weight for _ratio, weight in alike]
    weight = sum(weights)
    ratio = sum(w * r for w, r in zip(weights, ratios, strict=True)) / (weight + PRIOR)
    return Learned(weight, ratio, spread(ratios, weights, ratio))

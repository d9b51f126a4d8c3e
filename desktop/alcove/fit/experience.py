"""The forecast of speed, corrected by what earlier answers measured."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from itertools import islice
from math import exp, hypot, log, sqrt

from alcove.fit.configuration import Configuration
from alcove.fit.depth import at_depth, deep_depth
from alcove.fit.lessons import (
    BAND,
    PRIOR,
    Learned,
    Lesson,
    Own,
    Sample,
    is_alike,
    is_same_file,
    is_speed,
    lesson,
    spread,
    tamed,
)
from alcove.fit.records import Conditions, Entry
from alcove.fit.result import Forecast, Range
from alcove.fit.ways import DOUBT, ratio
from alcove.i18n import _

_LEAST_PROMPT, _WHOLE_PROMPT = 128, 512
"""Tokens read at once from which a prompt says something about ``Forecast.prompt``, and from which
it counts as much as any: how fast short ones are read is mostly what starting costs.
"""

_DEEPEST_START = 2048
"""Tokens that may stand before those, so that looking back at them does not count for much."""

_NEWEST = 100
"""Answers that count: more would hardly say more, and every model in a list is asked for."""

_SLOPE_DOUBT = 0.25
"""By what share the estimate of how much depth slows a model down may be wrong."""

_FOLLOWING = ("context", "tensor_split", "slots")
"""What of a configuration changes no speed, beside what the forecast says of depth."""

Estimate = Callable[[Configuration], Forecast]

_NOTHING = Forecast(None, None, "")


@dataclass(frozen=True)
class Experience:
    """What is known of generation and of reading prompts; ``context`` is the one to be loaded."""

    generation: Lesson
    prompt: Lesson
    context: int


def experience(
    answers: Iterable[Entry],
    wanted: Conditions,
    now: datetime,
    estimate: Estimate = lambda _configuration: _NOTHING,
) -> Experience:
    """Gather from answers, newest first, what they say about a file under given conditions.

    An answer of today weighs 1, half as much after each 30 days. What the file reached in another
    way on the same devices counts by what ``estimate`` says of both ways, the less the further they
    are apart. Other files count if machine, build, devices, threads, type of the weights and
    estimator are the same, and both or neither have experts.
    """
    entries = list(answers)
    own = _newest(entry for entry in entries if is_same_file(entry.load.conditions, wanted))
    alike = _newest(entry for entry in entries if is_alike(entry.load.conditions, wanted))
    way = _Way(wanted.configuration, cache(estimate))
    return Experience(
        generation=lesson(_some(map(way.generation, own)), _some(map(_generation, alike)), now),
        prompt=lesson(_some(map(way.prompt, own)), _some(map(_prompt, alike)), now),
        context=wanted.configuration.context,
    )


def corrected(forecast: Forecast, experience: Experience) -> Forecast:
    """Correct an estimate by what was learned.

    What the file itself reached replaces the estimate, of which only remains how depth slows the
    model down. What other files reached moves the estimate, and narrows or widens its range.
    """
    own = isinstance(experience.generation, Own)
    prompt = Forecast(forecast.prompt, None, forecast.basis)
    return Forecast(
        generation=_corrected(forecast, experience.generation, 0, experience.context),
        prompt=_corrected(prompt, experience.prompt, 0, experience.context),
        basis=_("measured on this computer") if own else forecast.basis,
        deep=_deep(forecast, experience),
    )


def _newest(entries: Iterable[Entry]) -> list[Entry]:
    return list(islice(entries, _NEWEST))


def _some(samples: Iterable[Sample | None]) -> list[Sample]:
    return [sample for sample in samples if sample is not None]


@dataclass(frozen=True)
class _Way:
    """The way in which a file is to be loaded, and what is estimated of it and of others."""

    wanted: Configuration
    estimate: Estimate

    def generation(self, entry: Entry) -> Sample | None:
        """Return what an answer of the same file says about generation."""
        depth = entry.answer.middle_depth
        return self._carried(
            _generation(entry), entry, lambda said, context: at_depth(said, depth, context)
        )

    def prompt(self, entry: Entry) -> Sample | None:
        """Return what it says about reading prompts."""
        return self._carried(_prompt(entry), entry, lambda said, _context: said.prompt)

    def _carried(
        self, sample: Sample | None, entry: Entry, speed: Callable[[Forecast, int], Range | None]
    ) -> Sample | None:
        theirs, wanted = entry.load.conditions.configuration, self.wanted
        follows = {name: getattr(wanted, name) for name in _FOLLOWING}
        if sample is None or replace(theirs, **follows) == wanted:
            return sample
        times = ratio(
            speed(self.estimate(theirs), theirs.context),
            speed(self.estimate(wanted), wanted.context),
        )
        if times is None:
            return None
        return replace(sample, speed=sample.speed * times, shift=log(times))


def _generation(entry: Entry) -> Sample | None:
    load, answer = entry.load, entry.answer
    if not answer.is_long_enough or not is_speed(answer.generation):
        return None
    context = load.conditions.configuration.context
    estimate = _known(at_depth(load.estimated, answer.middle_depth, context))
    return Sample(answer.when, answer.middle_depth, answer.generation, estimate)


def _prompt(entry: Entry) -> Sample | None:
    load, answer = entry.load, entry.answer
    new = answer.prompt_tokens - answer.cached_tokens
    if new < _LEAST_PROMPT or answer.cached_tokens > _DEEPEST_START or not is_speed(answer.prompt):
        return None
    share = min(new / _WHOLE_PROMPT, 1.0)
    return Sample(answer.when, 0.0, answer.prompt, _known(load.estimated.prompt), share=share)


def _known(estimate: Range | None) -> float | None:
    return estimate.expected if estimate and is_speed(estimate.expected) else None


def _deep(forecast: Forecast, experience: Experience) -> Range | None:
    if forecast.generation is None or forecast.deep is None:
        return forecast.deep
    context = experience.context
    return _corrected(forecast, experience.generation, deep_depth(context), context)


def _corrected(forecast: Forecast, lesson: Lesson, depth: int, context: int) -> Range | None:
    """Correct what a forecast says of generation at a depth in tokens."""
    estimate = at_depth(forecast, depth, context)
    if isinstance(lesson, Own):
        return _replaced(forecast, lesson, depth, context)
    if lesson is None or estimate is None or not is_speed(estimate.expected):
        return estimate
    return _moved(estimate, lesson)


def _moved(estimate: Range, lesson: Learned) -> Range:
    expected = estimate.expected * exp(lesson.ratio)

    def width(estimated: float) -> float:
        learned = lesson.weight * (BAND * lesson.spread) ** 2
        return sqrt((learned + PRIOR * estimated**2) / (lesson.weight + PRIOR))

    below = log(estimate.expected / max(estimate.low, estimate.expected / 1000))
    above = log(max(estimate.high, estimate.expected) / estimate.expected)
    return Range(expected * exp(-width(below)), expected, expected * exp(width(above)))


def _replaced(forecast: Forecast, own: Own, depth: int, context: int) -> Range:
    """Lay the forecast's line of speed over depth through what the file reached.

    The further from the depths where it was measured, and from the way in which it was loaded then,
    the wider the range.
    """
    here = _known(at_depth(forecast, depth, context)) or 1.0
    weights = [point.weight for point in own.points]
    theirs = [_known(at_depth(forecast, point.depth, context)) or 1.0 for point in own.points]
    pairs = zip(own.points, theirs, strict=True)
    ratios = tamed([log(point.speed / estimate) for point, estimate in pairs])
    ratio = sum(w * r for w, r in zip(weights, ratios, strict=True))
    slowing = sum(w * log(here / estimate) for w, estimate in zip(weights, theirs, strict=True))
    deviation = spread(ratios, [w * len(weights) for w in weights], ratio)
    shifting = sum(w * abs(point.shift) for w, point in zip(weights, own.points, strict=True))
    width = hypot(BAND * deviation, _SLOPE_DOUBT * slowing, DOUBT * shifting)
    expected = here * exp(ratio)
    return Range(expected * exp(-width), expected, expected * exp(width))

"""The forecast of speed, corrected by what earlier answers measured."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from math import exp, hypot, log, sqrt

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
from alcove.fit.records import Answer, Conditions, Entry, Load
from alcove.fit.result import Forecast, Range
from alcove.i18n import _

_LEAST_TOKENS = 32
"""Tokens that an answer must have: shorter ones are mostly noise."""

_LEAST_PROMPT, _DEEPEST_PROMPT = 128, 2048
"""Tokens of the prompts that say something about ``Forecast.prompt``."""

_NEWEST = 100
"""Answers that count: more would hardly say more, and every model in a list is asked for."""

_SLOPE_DOUBT = 0.25
"""By what share the estimate of how much depth slows a model down may be wrong."""


@dataclass(frozen=True)
class Experience:
    """What is known of generation and of reading prompts; ``context`` is the one to be loaded."""

    generation: Lesson
    prompt: Lesson
    context: int


def experience(answers: Iterable[Entry], wanted: Conditions, now: datetime) -> Experience:
    """Gather from answers, newest first, what they say about a file under given conditions.

    An answer of today weighs 1, half as much after each 30 days. Other files count if machine,
    build, devices, threads, type of the weights and estimator are the same, and both or neither
    have experts.
    """
    entries = list(answers)
    own = _newest(entry for entry in entries if is_same_file(entry.load.conditions, wanted))
    alike = _newest(entry for entry in entries if is_alike(entry.load.conditions, wanted))
    return Experience(
        generation=lesson(_generations(own), _generations(alike), now),
        prompt=lesson(_prompts(own), _prompts(alike), now),
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


def _generations(entries: Sequence[Entry]) -> list[Sample]:
    return [
        Sample(answer.when, answer.middle_depth, answer.generation, _estimate(load, answer))
        for load, answer in ((entry.load, entry.answer) for entry in entries)
        if answer.completion_tokens >= _LEAST_TOKENS and is_speed(answer.generation)
    ]


def _estimate(load: Load, answer: Answer) -> float | None:
    context = load.conditions.configuration.context
    return _known(at_depth(load.estimated, answer.middle_depth, context))


def _prompts(entries: Sequence[Entry]) -> list[Sample]:
    return [
        Sample(answer.when, 0.0, answer.prompt, _known(load.estimated.prompt))
        for load, answer in ((entry.load, entry.answer) for entry in entries)
        if answer.prompt_tokens - answer.cached_tokens >= _LEAST_PROMPT
        and answer.prompt_tokens <= _DEEPEST_PROMPT
        and is_speed(answer.prompt)
    ]


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

    The further from the depths where it was measured, the wider the range.
    """
    here = _known(at_depth(forecast, depth, context)) or 1.0
    weights = [point.weight for point in own.points]
    theirs = [_known(at_depth(forecast, point.depth, context)) or 1.0 for point in own.points]
    pairs = zip(own.points, theirs, strict=True)
    ratios = tamed([log(point.speed / estimate) for point, estimate in pairs])
    ratio = sum(w * r for w, r in zip(weights, ratios, strict=True))
    slowing = sum(w * log(here / estimate) for w, estimate in zip(weights, theirs, strict=True))
    deviation = spread(ratios, [w * len(weights) for w in weights], ratio)
    width = hypot(BAND * deviation, _SLOPE_DOUBT * slowing)
    expected = here * exp(ratio)
    return Range(expected * exp(-width), expected, expected * exp(width))

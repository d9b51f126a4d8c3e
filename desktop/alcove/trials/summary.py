"""What a run says of each model, in figures that tell how many answers they are of."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from statistics import median

from alcove.engine.answer import Readout
from alcove.trials.run import Contestant, Reply, Run

_FEWEST_TOKENS = 8
"""An answer of fewer tokens than this says little about the speed of generation."""


@dataclass(frozen=True)
class Figure:
    """A median with the least and the most, of ``count`` answers; all None where there is none."""

    median: float | None
    low: float | None
    high: float | None
    count: int


@dataclass(frozen=True)
class Summary:
    """One model in a run. Speeds are in tokens per second, of what was generated and read anew.

    ``passed`` of ``checked`` answers passed their checks, ``unchecked`` could not be checked.
    ``failed`` prompts have no whole answer.
    """

    contestant: Contestant
    answered: int
    failed: int
    passed: int
    checked: int
    unchecked: int
    votes: int
    generation: Figure
    prompt: Figure
    first_token: Figure
    peak_memory_bytes: int | None


def summaries(run: Run, prompt: str | None = None) -> tuple[Summary, ...]:
    """Sum up each model of a run, or what it answered to one prompt alone."""
    return tuple(_summary(run, one, prompt) for one in run.contestants)


def blind_order(run: Run, prompt: str) -> tuple[Contestant, ...]:
    """Return the models in an order that is another for each prompt, and always the same."""
    order = list(run.contestants)
    if run.blind:
        random.Random(f"{run.id} {prompt}").shuffle(order)
    return tuple(order)


def is_hidden(run: Run, prompt: str) -> bool:
    """Whether nobody is to see yet whose the answers to a prompt are."""
    return run.blind and prompt not in run.votes


def _summary(run: Run, contestant: Contestant, prompt: str | None) -> Summary:
    replies = [
        reply
        for reply in run.replies
        if reply.contestant == contestant.id and prompt in (None, reply.prompt)
    ]
    readouts = [reply.readout for reply in replies if reply.readout]
    checks = {one.name: one.checks for one in run.trial.prompts}
    judged = [reply for reply in replies if checks[reply.prompt]]
    peaks = [one.peak_memory_bytes for one in readouts if one.peak_memory_bytes]
    return Summary(
        contestant=contestant,
        answered=len(readouts),
        failed=sum(bool(reply.failure) for reply in replies),
        passed=sum(reply.passed is True for reply in judged),
        checked=sum(reply.passed is not None or bool(reply.failure) for reply in judged),
        unchecked=sum(_is_unchecked(reply) for reply in judged),
        votes=sum(
            vote == contestant.id for name, vote in run.votes.items() if prompt in (None, name)
        ),
        generation=_figure(readouts, _generation),
        prompt=_figure(readouts, lambda one: one.prompt_tokens_per_second or None),
        first_token=_figure(readouts, lambda one: one.time_to_first_token_s),
        peak_memory_bytes=max(peaks, default=None),
    )


def _is_unchecked(reply: Reply) -> bool:
    return reply.passed is None and not reply.failure


def _generation(readout: Readout) -> float | None:
    if readout.completion_tokens < _FEWEST_TOKENS:
        return None
    return readout.generation_tokens_per_second or None


def _figure(readouts: Iterable[Readout], value: Callable[[Readout], float | None]) -> Figure:
    values = [known for one in readouts if (known := value(one)) is not None]
    if not values:
        return Figure(None, None, None, 0)
    return Figure(median(values), min(values), max(values), len(values))

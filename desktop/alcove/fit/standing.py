"""What decides the place of an offer in the list: its quality, and what is held against it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from math import log2
from typing import Literal, get_args

from alcove.catalog.model import Model, Quality
from alcove.catalog.quality import quality
from alcove.fit.forecast import is_slow
from alcove.fit.result import Fit

LEAST_CONTEXT = 8192
"""Tokens that a chat needs to go on for a while."""

COMFORT = 20.0
"""Tokens per second beyond which faster is hardly better."""

_CRAWL = 2.0
_THINKING_COMFORT = 40.0
"""The same for what always thinks first, which is waited for longer."""

_ROOMY = 0.8
_PLENTY = 32768
_LOSS = {3: 0.5, 2: 1.5, 1: 3.0}
"""What coarse quantizations cost, in doublings of the parameters."""

Burden = Literal["coarse", "slow", "crowded", "short"]
"""What may be held against an offer: few bits, waiting, a full memory, little room for context."""


class Step(IntEnum):
    """How far an offer can be used; every better step stands before every worse one."""

    USABLE = 0
    UNKNOWN = 1
    """Nobody knows how fast it is, and some of it lies in RAM."""
    SHORT = 2
    """Less context fits than LEAST_CONTEXT."""
    SLOW = 3
    CRAWLING = 4
    UNFIT = 5


@dataclass(frozen=True)
class Standing:
    """The place of an offer: by step, and within that by ``worth``.

    Each burden is in doublings of the parameters, as is the quality of the model.
    """

    step: Step
    quality: Quality
    coarse: float
    slow: float
    crowded: float
    short: float

    @property
    def quantized(self) -> float:
        """The quality of the file: that of the model, less what its few bits cost."""
        return self.quality.value - self.coarse

    @property
    def worth(self) -> float:
        """What the file is worth here, all burdens counted."""
        return self.quantized - self.slow - self.crowded - self.short

    @property
    def heaviest(self) -> Burden | None:
        """What is held most against it; None where nothing much is."""
        weights: dict[Burden, float] = {name: getattr(self, name) for name in get_args(Burden)}
        name = max(weights, key=lambda each: weights[each])
        return name if weights[name] >= 0.5 else None


def standing(model: Model, bits: int, fit: Fit) -> Standing:
    """Judge a model in a quantization of so many bits, as it fits a machine.

    Held against it are: coarse quantizations; half a doubling for each halving of the speed below
    20 tokens/s, or 40 where it always thinks first; a doubling for each tenth of the free RAM that
    is taken beyond eight, as other programs want to go on; and half a doubling for each halving of
    the longest context below 32k.
    """
    return Standing(
        step=_step(fit),
        quality=quality(model),
        coarse=_LOSS.get(bits, 0.0),
        slow=_impatience(model, fit),
        crowded=_crowding(fit),
        short=_shortness(fit),
    )


def _step(fit: Fit) -> Step:
    generation = fit.forecast.generation
    if not fit.fits:
        return Step.UNFIT
    if generation is not None and is_slow(generation):
        return Step.SLOW if generation.expected >= _CRAWL else Step.CRAWLING
    if fit.max_context < LEAST_CONTEXT:
        return Step.SHORT
    return Step.UNKNOWN if generation is None and fit.verdict != "gpu" else Step.USABLE


def _impatience(model: Model, fit: Fit) -> float:
    generation = fit.forecast.generation
    if generation is None:
        return 0.0
    comfort = _THINKING_COMFORT if model.reasoning == "always" else COMFORT
    return max(log2(comfort / generation.expected), 0.0) / 2


def _crowding(fit: Fit) -> float:
    host = fit.devices[-1]
    return max(host.needed_bytes / max(host.free_bytes, 1) - _ROOMY, 0.0) * 10


def _shortness(fit: Fit) -> float:
    return max(log2(_PLENTY / max(fit.max_context, 1)), 0.0) / 2 if fit.fits else 0.0

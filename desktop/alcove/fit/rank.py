"""The order in which offers are shown."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Literal, get_args

from alcove.fit.offer import Offer
from alcove.fit.standing import Step

Order = Literal["best", "quality", "speed", "size", "date"]
"""What a list is sorted by."""

ORDERS: tuple[Order, ...] = get_args(Order)

_STEP, _LAST = 1e4, 1e15
"""More than any worth, and more than any size: keys are single numbers, which sort fastest."""


def rank(offers: Iterable[Offer]) -> list[Offer]:
    """Sort offers, best for the machine first; offers that tie keep their order.

    1. What fits stands before what does not; that is sorted by what it needs, least first.
    2. What is usable stands before what is not: at least 8k of context fit, and 5 tokens/s are
       forecast, or it runs on GPUs alone and its speed is unknown. Then comes an unknown speed
       elsewhere, then a shorter context, then what is slow, and last what is below 2 tokens/s.
    3. Within that it goes by quality (``catalog.quality``), less what ``standing`` holds against
       the offer: few bits, a low speed, a full memory, little room for context.

    What the user asked for, such as a licence or an ability, is a condition and moves nothing: it
    leaves out what does not meet it. Every offer is of a GGUF that exists.
    """
    return sorted(offers, key=_best)


def ordered(offers: Iterable[Offer], order: Order) -> list[Offer]:
    """Sort offers that ``rank`` sorted by another order; those that tie keep their rank.

    What fits stands first. Quality and speed go from the highest on, sizes of files from the
    smallest, dates from the latest; what is unknown comes last.
    """
    return list(offers) if order == "best" else sorted(offers, key=_KEYS[order])


def _best(offer: Offer) -> float:
    standing = offer.standing
    if standing.step == Step.UNFIT:
        return _LAST + offer.fit.total_bytes
    return standing.step * _STEP - standing.worth


def _quality(offer: Offer) -> float:
    return _behind(offer) - offer.standing.quantized


def _speed(offer: Offer) -> float:
    generation = offer.fit.forecast.generation
    return _behind(offer) - (generation.expected if generation else 0.0)


def _size(offer: Offer) -> float:
    return _behind(offer) + offer.quantization.size_bytes


def _date(offer: Offer) -> float:
    released = offer.model.released
    return _behind(offer) - (int(f"{released}-01"[:10].replace("-", "")) if released else 0)


def _behind(offer: Offer) -> float:
    return 0.0 if offer.fit.fits else _LAST


_KEYS: dict[Order, Callable[[Offer], float]] = {
    "quality": _quality,
    "speed": _speed,
    "size": _size,
    "date": _date,
}

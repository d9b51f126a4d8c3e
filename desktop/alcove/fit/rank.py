"""The order in which offers are shown."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from math import log2

from alcove.catalog.model import Model
from alcove.fit.forecast import is_slow
from alcove.fit.offer import Offer, bits
from alcove.fit.result import Fit, Range

_EPOCH = date(2024, 1, 1)
_DOUBLINGS_PER_YEAR = 1.0
_CRAWL = 2.0
_COMFORT = 20.0
_ROOMY = 0.8
_LOSS = {3: 0.5, 2: 1.5, 1: 3.0}
"""What coarse quantizations cost, in doublings of the parameters."""


def rank(offers: Iterable[Offer]) -> list[Offer]:
    """Sort offers, best first; a pure function of them, and offers that tie keep their order.

    1. What fits stands before what does not; that is sorted by what it needs, least first.
    2. Usable speed (5 tokens/s and more, or unknown) before slow, slow before below 2 tokens/s.
    3. Then by merit, less what a coarse quantization costs, less half a doubling for each halving
       of the speed below 20 tokens/s, and less a doubling for each tenth of the free RAM that is
       taken beyond eight: other programs want to go on.
    """
    return sorted(offers, key=_key)


def merit(model: Model) -> float:
    """Guess a model's quality, in doublings of the parameters of a dense model of early 2024.

    A mixture of experts counts as a dense model of the geometric mean of its total and active
    parameters. A year of progress counts as one doubling. Unknown dates count as the earliest.
    """
    active = model.active_parameters or model.parameters
    size = log2(model.parameters) / 2 + log2(active) / 2
    released = date.fromisoformat(f"{model.released}-01"[:10]) if model.released else _EPOCH
    years = max((released - _EPOCH).days, 0) / 365.25
    return size + years * _DOUBLINGS_PER_YEAR


def _key(offer: Offer) -> tuple[bool, float, float]:
    if not offer.fit.fits:
        return True, offer.fit.total_bytes, 0.0
    generation = offer.fit.forecast.generation
    coarseness = _LOSS.get(bits(offer.quantization), 0.0)
    loss = coarseness + _impatience(generation) + _crowding(offer.fit)
    return False, _pace(generation), loss - merit(offer.model)


def _pace(generation: Range | None) -> int:
    """Return 0 for usable or unknown speed, 1 for slow, 2 for hardly bearable."""
    if generation is None or not is_slow(generation):
        return 0
    return 1 if generation.expected >= _CRAWL else 2


def _impatience(generation: Range | None) -> float:
    """Return what waiting costs, in doublings of the parameters."""
    if generation is None:
        return 0.0
    return max(log2(_COMFORT / generation.expected), 0.0) / 2


def _crowding(fit: Fit) -> float:
    """Return what filling the RAM costs, in doublings of the parameters."""
    host = fit.devices[-1]
    return max(host.needed_bytes / max(host.free_bytes, 1) - _ROOMY, 0.0) * 10

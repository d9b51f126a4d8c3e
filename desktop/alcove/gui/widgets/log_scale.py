"""A logarithmic axis: where values lie on it, and what is written beside it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil, floor, log10, sqrt

_ROOM = 1.15
"""How far the axis goes beyond the outermost values, as a factor."""

_LEAST = 4.0
"""From end to end, as a factor, at least."""

_MOST_TICKS = 7


@dataclass(frozen=True)
class LogScale:
    """An axis from ``low`` to ``high``, both positive."""

    low: float
    high: float

    @classmethod
    def over(cls, values: Iterable[float]) -> LogScale:
        """Make an axis on which all positive values have room."""
        positive = [value for value in values if value > 0] or [1.0]
        low, high = min(positive) / _ROOM, max(positive) * _ROOM
        widen = max(sqrt(_LEAST * low / high), 1.0)
        return cls(low / widen, high * widen)

    def share(self, value: float) -> float:
        """Return where a value lies: 0 at the low end, 1 at the high end."""
        return log10(max(value, self.low / 1e3) / self.low) / log10(self.high / self.low)

    def ticks(self) -> tuple[float, ...]:
        """Return round values along the axis: powers of ten, and 2 and 5 where there is room."""
        decades = range(floor(log10(self.low)), ceil(log10(self.high)) + 1)
        for digits in ((1, 2, 5), (1, 3), (1,)):
            values = [digit * 10.0**decade for decade in decades for digit in digits]
            found = tuple(value for value in values if self.low <= value <= self.high)
            if len(found) <= _MOST_TICKS:
                break
        return found

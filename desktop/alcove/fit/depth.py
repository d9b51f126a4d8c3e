"""How a forecast of speed changes as a conversation grows."""

from __future__ import annotations

from alcove.fit.result import DEPTH, Forecast, Range


def at_depth(forecast: Forecast, depth: float, context: int = DEPTH) -> Range | None:
    """Forecast generation with ``depth`` tokens in a context of ``context`` tokens.

    Attention looks at every token before, so seconds per token grow linearly with the depth; the
    line goes through the forecasts at the start and ``deep``. None where there is no forecast.
    """
    start, deep = forecast.generation, forecast.deep
    if start is None or deep is None:
        return start
    share = max(depth, 0.0) / deep_depth(context)
    expected = _between(start.expected, deep.expected, share)
    return Range(
        low=min(_between(start.low, deep.low, share), expected),
        expected=expected,
        high=max(_between(start.high, deep.high, share), expected),
    )


def deep_depth(context: int) -> int:
    """Return the depth in tokens at which ``Forecast.deep`` is."""
    return max(min(DEPTH, context), 1)


def _between(start: float, deep: float, share: float) -> float:
    """Go ``share`` of the way from one speed to a lower one, linearly in seconds per token."""
    if start <= 0 or deep <= 0:
        return 0.0
    return 1 / (1 / start + share * max(1 / deep - 1 / start, 0.0))

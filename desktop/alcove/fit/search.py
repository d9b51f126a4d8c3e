"""Searches over functions that cost a probe each."""

from __future__ import annotations

from collections.abc import Callable

CELLS = 256
"""llama.cpp rounds the cells of a KV cache, in tokens, up to a multiple of this."""


def longest(room: Callable[[int], int], limit: int) -> int:
    """Return the longest context at which ``room``, which falls with it, is not negative.

    That is ``limit``, or a multiple of CELLS below it; 0 if there is none.
    """
    if room(limit) >= 0:
        return limit
    over = -(-limit // CELLS)
    return CELLS * _last(lambda cells: room(cells * CELLS), over)


def least(room: Callable[[int], int], most: int, guess: int = 0) -> int:
    """Return the least number at which ``room``, which grows with it, is not negative.

    ``most`` where there is none below. A ``guess`` that is near saves probes.
    """
    if 0 < guess < most and room(guess - 1) < 0:
        if room(guess) >= 0:
            return guess
        if room(guess + 1) >= 0:
            return guess + 1
    if room(0) >= 0:
        return 0
    return most - _last(lambda spared: room(most - spared), most)


def _last(room: Callable[[int], int], over: int) -> int:
    """Return the last number from 1 to below ``over`` at which ``room`` is not negative; else 0.

    ``room`` falls, and is negative at ``over``. It is nearly linear, so that a straight line
    through two probes finds most of the answer; halving in turn keeps bends from mattering.
    """
    low, high = 1, over
    if high <= 1 or (low_room := room(low)) < 0:
        return 0
    high_room = room(high)
    halve = False
    while high - low > 1:
        if halve or low_room <= high_room:
            middle = (low + high) // 2
        else:
            middle = low + int((high - low) * (low_room / (low_room - high_room)))
            middle = min(max(middle, low + 1), high - 1)
        middle_room = room(middle)
        if middle_room >= 0:
            low, low_room = middle, middle_room
        else:
            high, high_room = middle, middle_room
        halve = not halve
    return low

"""A limit of the speed of transfers."""

from __future__ import annotations

import time
from collections.abc import Callable

_BURST_S = 0.5


class Limiter:
    """Lets through ``bytes_per_second`` on the average, 0 for as many as there are.

    Time in which nothing came is made up for, half a second of it at most.
    """

    def __init__(
        self,
        bytes_per_second: int,
        sleep: Callable[[float], object] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._rate = bytes_per_second
        self._clock = clock
        self._sleep = sleep
        self._due = clock()

    def let_through(self, size: int) -> None:
        """Wait as long as ``size`` bytes have to take."""
        if not self._rate:
            return
        now = self._clock()
        self._due = max(self._due, now - _BURST_S) + size / self._rate
        if self._due > now:
            self._sleep(self._due - now)

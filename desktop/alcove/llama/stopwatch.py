"""A clock that stands still while other programs have the cores."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

_TASKS = Path("/proc/self/task")


class Stopwatch:
    """Measures seconds, less those that a thread of this process waited for a core.

    Threads of llama.cpp wait for one another, so that what counts is the one that waited longest.
    Only Linux tells; elsewhere these are the seconds of the clock.
    """

    def __init__(self) -> None:
        self._waited = _waited()
        self._start = time.perf_counter()

    def seconds(self) -> float:
        """Return the seconds since this was made."""
        passed = time.perf_counter() - self._start
        longest = max(
            (waited - self._waited.get(task, 0) for task, waited in _waited().items()), default=0
        )
        return max(passed - longest / 1e9, passed / 10)


def _waited() -> Mapping[str, int]:
    """Return the nanoseconds that each thread of this process was ready to run, but did not."""
    found = {}
    with suppress(OSError):
        for task in _TASKS.iterdir():
            with suppress(OSError, IndexError, ValueError):
                found[task.name] = int((task / "schedstat").read_text().split()[1])
    return found

"""Bytes on their way to the disk, so that the last of a large file need not wait for all others."""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

_STEP_BYTES = 64 * 1024**2


class Flusher:
    """Puts the file ``path`` on the disk, while it grows, on a thread of its own.

    Otherwise the system would keep gigabytes of it in RAM, which a power failure would cost. What
    fails here fails again when the file is complete, and is said then.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._there = self._flushed = path.stat().st_size
        self._is_over = False
        self._news = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="flusher", daemon=True)

    def advance(self, size: int) -> None:
        """Say that the file has ``size`` bytes now."""
        self._there = size
        if self._is_due():
            with self._news:
                self._news.notify()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._news:
            self._is_over = True
            self._news.notify()
        self._thread.join()

    def _is_due(self) -> bool:
        return self._there - self._flushed >= _STEP_BYTES

    def _run(self) -> None:
        with suppress(OSError), self._path.open("r+b", buffering=0) as file:
            while self._wait():
                self._flushed = self._there
                os.fsync(file.fileno())

    def _wait(self) -> bool:
        """Wait until there is enough to be flushed; return whether the file grows still."""
        with self._news:
            self._news.wait_for(lambda: self._is_due() or self._is_over)
            return not self._is_over

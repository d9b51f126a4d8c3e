"""The SHA-256 of a file that grows: what is there is hashed while the rest still comes."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from alcove.errors import AlcoveError

_BLOCK_BYTES = 1024**2


class RunningDigest:
    """Follows the file ``path`` on a thread of its own, from its beginning.

    After a pause it reads once what was received before, while the transfer goes on already.
    ``report`` is called with how many bytes are hashed, on that thread; what it raises ends that.
    """

    def __init__(self, path: Path, report: Callable[[int], None]) -> None:
        self._path = path
        self._report = report
        self._digest = hashlib.sha256()
        self._there = 0
        self._is_complete = False
        self._error: AlcoveError | OSError | None = None
        self._news = threading.Condition()
        self._thread = threading.Thread(target=self._follow, name="digest", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end(0)

    def advance(self, size: int) -> None:
        """Say that the file has ``size`` bytes now."""
        with self._news:
            self._there = size
            self._news.notify()

    def finish(self, size: int) -> str:
        """Return the hash in hexadecimal, once all ``size`` bytes are read.

        Raises OSError, and what ``report`` raised.
        """
        self._end(size)
        if self._error:
            raise self._error
        return self._digest.hexdigest()

    def _end(self, size: int) -> None:
        with self._news:
            self._there, self._is_complete = size, True
            self._news.notify()
        self._thread.join()

    def _follow(self) -> None:
        try:
            self._hash()
        except (AlcoveError, OSError) as error:
            self._error = error

    def _hash(self) -> None:
        done, block = 0, memoryview(bytearray(_BLOCK_BYTES))
        with self._path.open("rb", buffering=0) as source:
            while (there := self._wait(done)) > done:
                size = source.readinto(block[: min(_BLOCK_BYTES, there - done)])
                if not size:
                    return  # somebody cut the file short: the hash will tell
                self._digest.update(block[:size])
                done += size
                self._report(done)

    def _wait(self, done: int) -> int:
        """Wait for more than ``done`` bytes, or the end; return how many are there."""
        with self._news:
            self._news.wait_for(lambda: self._there > done or self._is_complete)
            return self._there

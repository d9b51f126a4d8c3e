"""Whether anybody wrote to the queue."""

from __future__ import annotations

import time
from pathlib import Path

from alcove.database import beside

_LOOK_AGAIN_S = 2.0
"""How long after the last look the file counts as changed in any case."""


class FileWatch:
    """Tells, without opening it, whether anybody wrote to a SQLite file."""

    def __init__(self, database: Path) -> None:
        self._files = (database, beside(database, "-wal"))
        self._seen: object = None
        self._next = 0.0

    def has_changed(self) -> bool:
        """Whether it changed since the last call, or has not been looked at for a while."""
        seen = tuple(map(_stamp, self._files))
        if seen == self._seen and time.monotonic() < self._next:
            return False
        self._seen, self._next = seen, time.monotonic() + _LOOK_AGAIN_S
        return True

    def look(self) -> None:
        """Say at the next call that it changed."""
        self._next = 0.0


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size

"""What conversations left on disk so that they go on at once: it holds their words."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

_PATTERNS = ("*.kv", "*.json", "*.part")


def forget_sessions(folder: Path) -> None:
    """Delete all sessions that model processes saved in ``folder``, as far as that is possible.

    They are only a cache. A process that runs may save again what it still holds.
    """
    for pattern in _PATTERNS:
        for path in folder.glob(pattern):
            with suppress(OSError):
                path.unlink()

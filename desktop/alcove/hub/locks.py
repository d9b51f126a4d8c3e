"""The locks that huggingface_hub holds while it writes content into its cache."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, SoftFileLock

_MODE = 0o664
"""As huggingface_hub has it, so that users who share a cache can wait for each other."""


@contextmanager
def held(lock: Path, wait_s: float = 0.0) -> Iterator[None]:
    """Hold ``lock``, for which ``wait_s`` seconds are waited, or one attempt is made.

    Raises TimeoutError if another program holds it, OSError where it cannot be had.
    """
    lock.parent.mkdir(parents=True, exist_ok=True)
    try:
        acquired = FileLock(lock, mode=_MODE).acquire(timeout=wait_s)
    except NotImplementedError:  # no locks in this file system
        acquired = SoftFileLock(lock, mode=_MODE).acquire(timeout=wait_s)
    with acquired:
        yield

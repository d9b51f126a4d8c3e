"""Who has a model loaded: known to every Alcove on this machine, for as long as it is loaded."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

if sys.platform != "win32":  # which itself lets nobody delete a file that is mapped into memory
    import fcntl


@contextmanager
def in_use(files: Iterable[Path]) -> Iterator[None]:
    """Mark ``files`` as loaded within the block: a lock that ends with the process at the latest.

    Where the file system knows no locks, there is no mark.
    """
    with ExitStack() as stack:
        for file in files:
            with suppress(OSError):
                stack.enter_context(_locked(file, exclusive=False))
        yield


def is_in_use(files: Iterable[Path]) -> bool:
    """Whether one of ``files`` is loaded by an Alcove, this one or another."""
    for file in files:
        try:
            with _locked(file, exclusive=True):
                continue
        except BlockingIOError:
            return True
        except OSError:
            continue
    return False


@contextmanager
def _locked(file: Path, *, exclusive: bool) -> Iterator[None]:
    if sys.platform == "win32":
        yield
        return
    descriptor = os.open(file, os.O_RDONLY)
    try:
        how = fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH
        fcntl.flock(descriptor, how | fcntl.LOCK_NB)
        yield
    finally:
        os.close(descriptor)

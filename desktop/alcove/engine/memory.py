"""How much memory a model process takes, with the process that renders its templates."""

from __future__ import annotations

import re
import sys
from contextlib import suppress
from pathlib import Path

import psutil

_STATUS = Path("/proc/self/status")
_PEAK = re.compile(r"^VmHWM:\s*(\d+) kB$", re.MULTILINE)


def memory_bytes(pid: int | None = None) -> int:
    """Return the resident size of a process now, and what its children add to it, in bytes.

    It is this process if no ``pid`` is given.
    """
    process = psutil.Process(pid)
    return int(process.memory_info().rss) + _added_bytes(process)


def peak_memory_bytes() -> int:
    """Return the largest resident size of this process so far, and what its children add now."""
    return _peak_bytes() + _added_bytes(psutil.Process())


def _added_bytes(process: psutil.Process) -> int:
    """Count what is the children's own: most of the interpreter they share with their parent."""
    added = 0
    for child in process.children(recursive=True):
        with suppress(psutil.Error):  # it may have ended
            added += int(child.memory_full_info().uss)
    return added


def _peak_bytes() -> int:
    if sys.platform == "win32":
        return int(psutil.Process().memory_info().peak_wset)
    # getrusage would count, on Linux, what the process that started this one took.
    if _STATUS.exists() and (found := _PEAK.search(_STATUS.read_text())):
        return int(found[1]) * 1024
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024

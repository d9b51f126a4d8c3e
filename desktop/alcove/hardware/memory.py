"""How much RAM there is, and how much of it this process could still take."""

from __future__ import annotations

from pathlib import Path

import psutil

from alcove.hardware import cgroup
from alcove.hardware.machine import Memory


def read_memory(root: Path = Path("/")) -> Memory:
    """Read RAM in bytes, bounded by the control groups of this process; takes about 1 ms."""
    host = psutil.virtual_memory()
    total, available = host.total, host.available
    for folder in cgroup.levels("memory", root):
        limit = _first(folder, "memory.max", "memory.limit_in_bytes")
        used = _first(folder, "memory.current", "memory.usage_in_bytes")
        if limit is None or used is None:
            continue
        # Version 1 writes "no limit" as a number near 2**63, which no minimum ever chooses.
        total = min(total, limit)
        available = min(available, max(0, limit - used + _reclaimable(folder)))
    return Memory(total_bytes=total, available_bytes=available)


def _first(folder: Path, *names: str) -> int | None:
    numbers = (cgroup.read_number(folder / name) for name in names)
    return next((number for number in numbers if number is not None), None)


def _reclaimable(folder: Path) -> int:
    """Return the bytes of page cache that the kernel gives up before the limit is felt."""
    try:
        lines = (folder / "memory.stat").read_text().splitlines()
    except OSError:
        return 0
    fields = dict(line.split(" ", 1) for line in lines)
    # In version 1 "inactive_file" leaves out the groups below, "total_inactive_file" has them.
    return int(fields.get("total_inactive_file", fields.get("inactive_file", "0")))

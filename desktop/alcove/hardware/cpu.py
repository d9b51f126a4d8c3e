"""The processor, as far as this process may use it."""

from __future__ import annotations

import platform
from pathlib import Path

import psutil

from alcove.hardware import cgroup
from alcove.hardware.machine import Cpu


def read_cpu(root: Path = Path("/")) -> Cpu:
    """Count the cores that affinity and the control groups' quota leave to this process."""
    allowed = _allowed()
    quota = _quota(root)
    logical = min(len(allowed), quota) if quota else len(allowed)
    return Cpu(
        name=_name(root),
        physical_cores=min(_physical(allowed, root), logical),
        logical_cores=logical,
    )


def _allowed() -> list[int]:
    """Return the logical processors that this process may run on; macOS knows no affinity."""
    process = psutil.Process()
    if hasattr(process, "cpu_affinity"):
        return list(process.cpu_affinity())
    return list(range(psutil.cpu_count() or 1))


def _physical(allowed: list[int], root: Path) -> int:
    cpus = root / "sys/devices/system/cpu"
    try:
        siblings = {
            (cpus / f"cpu{number}/topology/thread_siblings_list").read_text() for number in allowed
        }
    except OSError:
        return psutil.cpu_count(logical=False) or len(allowed)
    return len(siblings)


def _quota(root: Path) -> int | None:
    """Return the whole processors that the tightest control group allows, or None."""
    shares = [share for folder in cgroup.levels("cpu", root) if (share := _share(folder))]
    # Rounded down: llama.cpp's threads wait for each other, so one throttled thread stalls all.
    return max(1, int(min(shares))) if shares else None


def _share(folder: Path) -> float | None:
    try:
        quota, period = (folder / "cpu.max").read_text().split()
        return None if quota == "max" else int(quota) / int(period)
    except (OSError, ValueError):
        first = cgroup.read_number(folder / "cpu.cfs_quota_us")
        second = cgroup.read_number(folder / "cpu.cfs_period_us")
        return first / second if first and second and first > 0 else None


def _name(root: Path) -> str:
    try:
        for line in (root / "proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()

"""The GPU of Apple silicon, through sysctl; written from Apple's documentation, untried."""

from __future__ import annotations

import subprocess
from collections.abc import Callable

from alcove.hardware.adapter import Adapter

_MIB = 1024 * 1024


def sysctl(name: str) -> str | None:
    """Return a kernel setting as text, or None if this Mac does not have it."""
    result = subprocess.run(
        ["/usr/sbin/sysctl", "-n", name], capture_output=True, text=True, timeout=5, check=False
    )
    return result.stdout.strip() if result.returncode == 0 else None


def adapters(read: Callable[[str], str | None] = sysctl) -> tuple[Adapter, ...]:
    """List the chip's GPU. Macs with Intel processors have none that llama.cpp runs well on.

    The kernel's bound on GPU memory counts if it was set; 0 means its default, which is not told.
    """
    if read("hw.optional.arm64") != "1":
        return ()
    limit = int(read("iogpu.wired_limit_mb") or 0) * _MIB
    return (
        Adapter(
            name=read("machdep.cpu.brand_string") or "Apple GPU",
            vendor="apple",
            kind="integrated",
            total_bytes=limit or None,
            free_bytes=limit or None,
            address=None,
        ),
    )

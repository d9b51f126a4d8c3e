"""How fast this machine reads its RAM: what bounds a model's speed on the processor."""

from __future__ import annotations

import ctypes
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

_MIB = 1024 * 1024
_SMALLEST = 256 * _MIB
_CACHES = 4
"""How many times what the caches hold a buffer must have, so that it is RAM that is measured."""
_ROOM = 4
"""How many times the buffer must be free."""
_UNKNOWN_CACHE = 128 * _MIB
"""The largest cache of common processors, assumed where the system does not tell."""


def buffer_size(available_bytes: int, root: Path = Path("/")) -> int | None:
    """Choose a buffer that the third level caches do not hold; None where free RAM is too little.

    What would be measured in a smaller one is the speed of the caches.
    """
    least = _CACHES * cache_bytes(root)
    size = min(max(_SMALLEST, least), available_bytes // _ROOM)
    return size if size >= least else None


def read_bandwidth(threads: int, size_bytes: int, seconds: float = 0.3) -> float:
    """Measure bytes per second: ``threads`` scan a buffer together, and the best round counts."""
    buffer = ctypes.create_string_buffer(size_bytes)
    share = size_bytes // threads
    parts = [ctypes.addressof(buffer) + index * share for index in range(threads)]
    scan = _memchr()
    best = float("inf")
    with ThreadPoolExecutor(threads) as pool:
        # Memory that was never written is one shared page of zeros, read from the cache.
        list(pool.map(lambda part: ctypes.memset(part, 1, share), parts))
        end = time.perf_counter() + seconds
        while (start := time.perf_counter()) < end:
            list(pool.map(lambda part: scan(part, 0, share), parts))
            best = min(best, time.perf_counter() - start)
    return threads * share / best


def _memchr() -> Callable[[int, int, int], object]:
    library = ctypes.CDLL("vcruntime140" if sys.platform == "win32" else None)
    prototype = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int, ctypes.c_size_t)
    return prototype(("memchr", library))


def cache_bytes(root: Path = Path("/")) -> int:
    """Add up the distinct third level caches that Linux lists; elsewhere, assume large ones."""
    caches: dict[str, int] = {}
    for index in (root / "sys/devices/system/cpu").glob("cpu[0-9]*/cache/index*"):
        try:
            if (index / "level").read_text().strip() == "3":
                size = (index / "size").read_text().strip()
                caches[(index / "shared_cpu_list").read_text()] = int(size.removesuffix("K")) * 1024
        except (OSError, ValueError):
            continue
    return sum(caches.values()) or _UNKNOWN_CACHE

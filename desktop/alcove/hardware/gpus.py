"""From what the sources saw to the GPUs of a machine."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from alcove.hardware.adapter import Adapter, Vendor, merge
from alcove.hardware.machine import Gpu, Memory

Remedy = Callable[[Vendor], str | None]
"""Gives the command that installs a llama.cpp for GPUs of a vendor, None if that is no help."""


def merge_backends(reported: Iterable[Adapter]) -> tuple[Adapter, ...]:
    """List every GPU once that llama.cpp reports, under the first backend that drives it."""
    by_backend: dict[str | None, list[Adapter]] = {}
    for adapter in reported:
        by_backend.setdefault(adapter.backend, []).append(adapter)
    known: tuple[Adapter, ...] = ()
    for adapters in by_backend.values():
        known = merge(known, adapters)
    return known


def to_gpu(adapter: Adapter, memory: Memory, remedy: Remedy) -> Gpu:
    """Turn a sighting into a GPU of a machine with ``memory``.

    An integrated GPU never has more free than the host, whose RAM it uses.
    """
    total = memory.total_bytes if adapter.total_bytes is None else adapter.total_bytes
    free = memory.available_bytes if adapter.free_bytes is None else adapter.free_bytes
    if adapter.kind == "integrated":
        free = min(free, memory.available_bytes)
    usable = adapter.backend is not None
    return Gpu(
        name=adapter.name,
        kind=adapter.kind,
        total_bytes=total,
        free_bytes=free,
        backend=adapter.backend,
        identity=adapter.address or adapter.name,
        remedy=None if usable or adapter.vendor is None else remedy(adapter.vendor),
    )

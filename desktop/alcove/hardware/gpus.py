"""From what the sources saw to the GPUs of a machine."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from alcove.hardware.adapter import Adapter, Vendor, merge
from alcove.hardware.machine import Gpu, Memory

Remedy = Callable[[Vendor], str | None]
"""Gives the command that installs a llama.cpp for GPUs of a vendor, None if that is no help."""

Hiding = Callable[[Vendor], str | None]
"""Gives the environment variable that may hide GPUs of a vendor, None if none is set."""


def merge_backends(reported: Iterable[Adapter]) -> tuple[Adapter, ...]:
    """List every GPU once that llama.cpp reports, under the first backend that drives it."""
    by_backend: dict[str | None, list[Adapter]] = {}
    for adapter in reported:
        by_backend.setdefault(adapter.backend, []).append(adapter)
    known: tuple[Adapter, ...] = ()
    for adapters in by_backend.values():
        known = merge(known, adapters)
    return known


def identities(gpus: Iterable[tuple[str | None, str]]) -> tuple[str, ...]:
    """Tell GPUs apart, each given by its PCI address, if it is known, and its name.

    The address does, else the name, numbered from the second of that name on: sources list those
    that have no address in the same order.
    """
    seen: Counter[str] = Counter()
    found = []
    for address, name in gpus:
        known = address or name
        seen[known] += 1
        found.append(known if seen[known] == 1 else f"{known} #{seen[known]}")
    return tuple(found)


def to_gpus(
    adapters: Sequence[Adapter],
    memory: Memory,
    remedy: Remedy,
    hiding: Hiding = lambda _vendor: None,
) -> tuple[Gpu, ...]:
    """Turn sightings into the GPUs of a machine with ``memory``.

    An integrated GPU never has more free than the host, whose RAM it uses.
    """
    names = identities((adapter.address, adapter.name) for adapter in adapters)
    return tuple(
        _to_gpu(adapter, name, memory, remedy, hiding)
        for adapter, name in zip(adapters, names, strict=True)
    )


def _to_gpu(adapter: Adapter, identity: str, memory: Memory, remedy: Remedy, hiding: Hiding) -> Gpu:
    total = memory.total_bytes if adapter.total_bytes is None else adapter.total_bytes
    free = memory.available_bytes if adapter.free_bytes is None else adapter.free_bytes
    if adapter.kind == "integrated":
        free = min(free, memory.available_bytes)
    idle = adapter.vendor if adapter.backend is None else None
    command = idle and remedy(idle)
    return Gpu(
        name=adapter.name,
        kind=adapter.kind,
        total_bytes=total,
        free_bytes=free,
        backend=adapter.backend,
        identity=identity,
        remedy=command,
        hidden_by=hiding(idle) if idle and command is None else None,
    )

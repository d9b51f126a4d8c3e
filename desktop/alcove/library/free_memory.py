"""What is free on a machine now, counting what comes back when the loaded model goes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from alcove.engine.load import ProcessMemory
from alcove.fit.dryrun.process import DeviceMemory
from alcove.hardware.gpus import identities
from alcove.hardware.machine import Gpu, Machine, Memory


def with_free(
    machine: Machine,
    memory: Memory,
    devices: Iterable[DeviceMemory],
    held: ProcessMemory | None = None,
) -> Machine:
    """Return a machine with the RAM of ``memory`` and what ``devices`` say of its GPUs.

    GPUs of which they say nothing stay as they are. ``held`` comes back before the next model is
    loaded: on each GPU what was taken of it, and in RAM too where a GPU shares that.
    """
    seen = _seen(machine.gpus, devices)
    taken = {each.name: max(each.taken_bytes, 0) for each in held.devices} if held else {}
    returned = [taken.get(device.name, 0) if device else 0 for device in seen]
    pairs = list(zip(machine.gpus, returned, strict=True))
    shared = sum(size for gpu, size in pairs if gpu.kind == "integrated")
    available = memory.available_bytes + shared + (held.process_bytes if held else 0)
    memory = replace(memory, available_bytes=min(available, memory.total_bytes))
    gpus = [
        _with_free(gpu, device.free_bytes + size, memory) if device else gpu
        for (gpu, size), device in zip(pairs, seen, strict=True)
    ]
    return replace(machine, memory=memory, gpus=tuple(gpus))


def _seen(gpus: Sequence[Gpu], devices: Iterable[DeviceMemory]) -> list[DeviceMemory | None]:
    """Find the device of each GPU that llama.cpp can use."""
    there = [device for device in devices if device.kind == "gpu"]
    names = identities((device.identity, device.description) for device in there)
    found = {name.casefold(): device for name, device in zip(names, there, strict=True)}
    return [found.get(gpu.identity.casefold()) if gpu.backend else None for gpu in gpus]


def _with_free(gpu: Gpu, free: int, memory: Memory) -> Gpu:
    """Say what is free on a GPU; one that shares the RAM never has more than is free there."""
    if gpu.kind == "integrated":
        free = min(free, memory.available_bytes)
    return replace(gpu, free_bytes=min(free, gpu.total_bytes))

"""Where the layers of a model go: on the GPUs as far as they fit, the rest into RAM."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from alcove.fit.result import DeviceShare, Verdict
from alcove.hardware.machine import Gpu, Machine

_MIB = 1024**2

GPU_MARGIN = 1024 * _MIB
"""Left free on a discrete GPU: its driver's context, and the desktop."""

HOST_RESERVE = 512 * _MIB
"""RAM left for everything else that runs on the machine."""

PROCESS_OVERHEAD = 150 * _MIB
"""RAM that the model process takes besides llama.cpp's buffers: Python and the vocabulary."""


@dataclass(frozen=True)
class Load:
    """What must be placed, in bytes; ``layers`` counts the output layer, as llama.cpp does.

    Weights and context are spread evenly over the layers; each device that takes part needs
    compute buffers of its own.
    """

    weights_bytes: int
    context_bytes: int
    compute_bytes: int
    layers: int

    def layers_within(self, budget: int) -> int:
        """Return how many layers fit on a device that has ``budget`` bytes for them."""
        room = max(budget - self.compute_bytes, 0)
        return min(self.layers, room * self.layers // (self.weights_bytes + self.context_bytes))


@dataclass(frozen=True)
class Placement:
    """A distribution. ``missing_bytes`` is what the devices lack for it, 0 where it fits."""

    devices: tuple[DeviceShare, ...]
    gpu_layers: int
    layers: int
    missing_bytes: int

    @property
    def verdict(self) -> Verdict:
        """In which way it fits."""
        if self.missing_bytes:
            return "no"
        if self.gpu_layers == self.layers:
            return "gpu"
        return "partial" if self.gpu_layers else "cpu"


def place(load: Load, machine: Machine, gpu_layers: int | None = None) -> Placement:
    """Put as many layers on GPUs as fit there, or exactly ``gpu_layers`` (without GPUs, none)."""
    gpus = _targets(machine)
    budgets = [_budget(gpu, machine) for gpu in gpus]
    room = [load.layers_within(budget) for budget in budgets]
    if gpu_layers is not None:
        return _distribute(load, machine, gpus, room, max(min(gpu_layers, load.layers), 0))
    most = _distribute(load, machine, gpus, room, min(sum(room), load.layers))
    if most.missing_bytes == 0 or most.gpu_layers == 0:
        return most
    # Compute buffers on a GPU that shares the RAM can be what makes it too much.
    none = _distribute(load, machine, gpus, room, 0)
    return min(most, none, key=lambda placement: placement.missing_bytes)


def _targets(machine: Machine) -> tuple[Gpu, ...]:
    """Return the GPUs that llama.cpp would use: the discrete ones, else one integrated."""
    discrete = tuple(gpu for gpu in machine.usable_gpus if gpu.kind == "discrete")
    return discrete or machine.usable_gpus[:1]


def _budget(gpu: Gpu, machine: Machine) -> int:
    """Bytes that a model may take on a GPU."""
    if gpu.kind == "discrete":
        return gpu.free_bytes - GPU_MARGIN
    return min(gpu.free_bytes * 9 // 10, _host_budget(machine))


def _host_budget(machine: Machine) -> int:
    return machine.memory.available_bytes - HOST_RESERVE - PROCESS_OVERHEAD


def _distribute(
    load: Load, machine: Machine, gpus: tuple[Gpu, ...], room: list[int], gpu_layers: int
) -> Placement:
    """Fill the GPUs in order; layers beyond their room go on the last one and count as missing."""
    ends = [0]
    for available in room:
        ends.append(min(ends[-1] + available, gpu_layers))
    excess = gpu_layers - ends[-1] if gpus else 0
    ends[-1] += excess
    on_gpus = ends[-1]
    shares = tuple(
        _gpu_share(load, gpu, start, end)
        for gpu, (start, end) in zip(gpus, pairwise(ends), strict=True)
    )
    host = _host_share(load, machine, on_gpus)
    shared = sum(
        share.needed_bytes
        for gpu, share in zip(gpus, shares, strict=True)
        if gpu.kind == "integrated"
    )
    lacking_gpu = excess * (load.weights_bytes + load.context_bytes) // load.layers
    lacking_host = max(host.needed_bytes + shared - _host_budget(machine), 0)
    return Placement((*shares, host), on_gpus, load.layers, max(lacking_gpu, 0) + lacking_host)


def _part(total: int, start: int, end: int, layers: int) -> int:
    """Bytes of the layers from ``start`` to ``end``; the parts of a whole add up exactly."""
    return total * end // layers - total * start // layers


def _gpu_share(load: Load, gpu: Gpu, start: int, end: int) -> DeviceShare:
    return DeviceShare(
        name=gpu.name,
        kind="gpu",
        free_bytes=gpu.free_bytes,
        total_bytes=gpu.total_bytes,
        weights_bytes=_part(load.weights_bytes, start, end, load.layers),
        context_bytes=_part(load.context_bytes, start, end, load.layers),
        compute_bytes=load.compute_bytes if end > start else 0,
    )


def _host_share(load: Load, machine: Machine, on_gpus: int) -> DeviceShare:
    return DeviceShare(
        name=machine.cpu.name,
        kind="cpu",
        free_bytes=machine.memory.available_bytes,
        total_bytes=machine.memory.total_bytes,
        weights_bytes=_part(load.weights_bytes, on_gpus, load.layers, load.layers),
        context_bytes=_part(load.context_bytes, on_gpus, load.layers, load.layers),
        compute_bytes=load.compute_bytes if on_gpus < load.layers else 0,
    )

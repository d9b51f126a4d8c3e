"""One way to load a model, held against the memory that is free."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

from alcove.fit.configuration import ALL_LAYERS, Configuration
from alcove.fit.formula import targets
from alcove.fit.margins import Margins
from alcove.fit.price import Buffers, DeviceBuffers
from alcove.fit.result import DeviceShare, Verdict
from alcove.hardware.machine import Gpu, Machine


@dataclass(frozen=True)
class Room:
    """What a machine has for a model, in bytes, after the margins."""

    machine: Machine
    margins: Margins

    @cached_property
    def gpus(self) -> tuple[Gpu, ...]:
        """The GPUs that llama.cpp would use."""
        return targets(self.machine)

    @property
    def host_bytes(self) -> int:
        """RAM."""
        return self.machine.memory.available_bytes - self.margins.host_bytes

    def budget(self, gpu: Gpu | None, *, in_use: bool = True) -> int:
        """Return what a GPU has for a model; a GPU that nobody knows of has nothing.

        Where it is not ``in_use``, llama.cpp's buffers there need not leave the margin.
        """
        if gpu is None:
            return 0
        if not in_use:
            return gpu.free_bytes
        if gpu.kind == "integrated":
            return min(gpu.free_bytes * 9 // 10, self.host_bytes)
        return gpu.free_bytes - self.margins.gpu_bytes

    def split(self) -> tuple[float, ...]:
        """Return in which proportion several GPUs should take the layers; empty for one."""
        budgets = [max(self.budget(gpu), 0) for gpu in self.gpus]
        total = sum(budgets)
        if len(budgets) < 2 or not total:
            return ()
        return tuple(round(budget / total, 3) for budget in budgets)

    def gpu_of(self, device: DeviceBuffers, index: int) -> Gpu | None:
        """Find the GPU on which buffers lie: by its address, else by its place in the order."""
        if device.identity:
            known = device.identity.casefold()
            return next((gpu for gpu in self.gpus if gpu.identity.casefold() == known), None)
        return self.gpus[index] if index < len(self.gpus) else None


@dataclass(frozen=True)
class Trial:
    """One configuration and what it leaves: bytes left over, negative where they lack.

    ``configuration`` has the number of layers that really go to GPUs. ``host_room_bytes`` is of
    RAM, ``gpu_room_bytes`` of the GPU that has least left.
    """

    configuration: Configuration
    buffers: Buffers
    devices: tuple[DeviceShare, ...]
    layers: int
    overhead_bytes: int
    gpu_room_bytes: int
    host_room_bytes: int
    shared: bool
    """Whether a GPU's memory is RAM."""

    @property
    def room_bytes(self) -> int:
        """What is left where least is."""
        return min(self.gpu_room_bytes, self.host_room_bytes)

    @property
    def missing_bytes(self) -> int:
        """What lacks, on GPUs and in RAM."""
        lacking = max(-self.gpu_room_bytes, 0), max(-self.host_room_bytes, 0)
        return max(lacking) if self.shared else sum(lacking)

    @property
    def fits(self) -> bool:
        """Whether nothing lacks."""
        return self.room_bytes >= 0

    @property
    def verdict(self) -> Verdict:
        """In which way it fits."""
        if not self.fits:
            return "no"
        if not self.configuration.gpu_layers:
            return "cpu"
        whole = self.configuration.gpu_layers == self.layers
        return "gpu" if whole and not self.configuration.cpu_moe_layers else "partial"


def try_out(
    configuration: Configuration,
    buffers: Buffers,
    layers: int,
    room: Room,
    overhead_bytes: int,
    beside_bytes: int = 0,
) -> Trial:
    """Hold what a configuration takes against the room that there is.

    ``layers`` is how many the model has. ``overhead_bytes`` is RAM that the process takes besides;
    ``beside_bytes`` go to the first GPU that has layers, else to RAM.
    """
    *devices, host = buffers.devices
    gpus = [(device, room.gpu_of(device, index)) for index, device in enumerate(devices)]
    wanted = configuration.gpu_layers
    on_gpus = (layers if wanted == ALL_LAYERS else min(wanted, layers)) if gpus else 0
    needs = [_needed(device) for device, _gpu in gpus]
    if on_gpus:
        needs[0] += beside_bytes
    lefts = [
        room.budget(gpu, in_use=on_gpus > 0) - need
        for (_device, gpu), need in zip(gpus, needs, strict=True)
        if need
    ]
    shared = sum(
        need
        for (_device, gpu), need in zip(gpus, needs, strict=True)
        if gpu is not None and gpu.kind == "integrated"
    )
    beside = 0 if on_gpus else beside_bytes
    host_room = room.host_bytes - _needed(host) - shared - overhead_bytes - beside
    return Trial(
        configuration=_effective(configuration, on_gpus),
        buffers=buffers,
        devices=(*(_gpu_share(*pair) for pair in gpus), _host_share(host, room.machine)),
        layers=layers,
        overhead_bytes=overhead_bytes,
        gpu_room_bytes=min(lefts, default=max(host_room, 0)),
        host_room_bytes=host_room,
        shared=shared > 0,
    )


def _effective(configuration: Configuration, on_gpus: int) -> Configuration:
    """Say of a configuration what it comes to with so many layers on GPUs."""
    if on_gpus:
        return replace(configuration, gpu_layers=on_gpus)
    return replace(configuration, gpu_layers=0, cpu_moe_layers=0, tensor_split=())


def _needed(device: DeviceBuffers) -> int:
    return device.weights_bytes + device.context_bytes + device.compute_bytes


def _gpu_share(device: DeviceBuffers, gpu: Gpu | None) -> DeviceShare:
    return DeviceShare(
        name=gpu.name if gpu else device.description,
        kind="gpu",
        identity=device.identity or device.name,
        free_bytes=gpu.free_bytes if gpu else 0,
        total_bytes=gpu.total_bytes if gpu else 0,
        weights_bytes=device.weights_bytes,
        context_bytes=device.context_bytes,
        compute_bytes=device.compute_bytes,
    )


def _host_share(host: DeviceBuffers, machine: Machine) -> DeviceShare:
    return DeviceShare(
        name=machine.cpu.name,
        kind="cpu",
        free_bytes=machine.memory.available_bytes,
        total_bytes=machine.memory.total_bytes,
        weights_bytes=host.weights_bytes,
        context_bytes=host.context_bytes,
        compute_bytes=host.compute_bytes,
    )

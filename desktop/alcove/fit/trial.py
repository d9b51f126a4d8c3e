"""One way to load a model, held against the memory that is free."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from alcove.fit.configuration import Configuration
from alcove.fit.formula import targets
from alcove.fit.margins import SHARED_MARGIN, Margins
from alcove.fit.price import Buffers, DeviceBuffers
from alcove.fit.result import DeviceShare, Verdict
from alcove.hardware.gpus import identities
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

    @cached_property
    def host_bytes(self) -> int:
        """RAM; where a GPU uses it too, nothing can be swapped out for it: more is left alone."""
        memory, margin = self.machine.memory, self.margins.host_bytes
        if any(gpu.kind == "integrated" for gpu in self.gpus):
            margin = max(margin, memory.total_bytes // SHARED_MARGIN)
        return memory.available_bytes - margin

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

    def gpus_of(self, devices: Sequence[DeviceBuffers]) -> list[Gpu | None]:
        """Find the GPU on which the buffers of each device lie; None if nobody knows of it."""
        names = identities((device.identity, device.description) for device in devices)
        return [self._by_identity.get(name.casefold()) for name in names]

    @cached_property
    def _by_identity(self) -> dict[str, Gpu]:
        names = identities((gpu.identity, gpu.name) for gpu in self.gpus)
        return {name.casefold(): gpu for name, gpu in zip(names, self.gpus, strict=True)}


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
    def missing_ram_bytes(self) -> int | None:
        """RAM that would have to come back for it to fit; None where that would not help."""
        lacking = max(-self.host_room_bytes, 0)
        if not self.shared:
            return lacking if self.gpu_room_bytes >= 0 else None
        gpu = max(self.devices[:-1], key=lambda share: share.needed_bytes)
        wanted = gpu.needed_bytes * 10 // 9 + 1  # what ``Room.budget`` leaves of it is enough
        return max(lacking, wanted - gpu.free_bytes) if wanted <= gpu.total_bytes else None

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
    ``beside_bytes`` go to the first GPU that has weights, else to RAM.
    """
    *devices, host = buffers.devices
    gpus = room.gpus_of(devices)
    on_gpus = configuration.on_gpus(layers) if gpus else 0
    besides = _besides(devices, beside_bytes) if on_gpus else [0] * len(devices)
    shares = [
        _gpu_share(device, gpu, beside)
        for device, gpu, beside in zip(devices, gpus, besides, strict=True)
    ]
    host_share = _host_share(host, room.machine, beside_bytes - sum(besides))
    needs = [(gpu, share.needed_bytes) for gpu, share in zip(gpus, shares, strict=True)]
    lefts = [room.budget(gpu, in_use=on_gpus > 0) - need for gpu, need in needs if need]
    shared = sum(need for gpu, need in needs if gpu is not None and gpu.kind == "integrated")
    host_room = room.host_bytes - host_share.needed_bytes - shared - overhead_bytes
    return Trial(
        configuration=_effective(configuration, on_gpus),
        buffers=buffers,
        devices=(*shares, host_share),
        layers=layers,
        overhead_bytes=overhead_bytes,
        gpu_room_bytes=min(lefts, default=max(host_room, 0)),
        host_room_bytes=host_room,
        shared=shared > 0,
    )


def _besides(devices: Sequence[DeviceBuffers], size: int) -> list[int]:
    """Put ``size`` bytes on the first device that has weights."""
    first = next((index for index, device in enumerate(devices) if device.weights_bytes), 0)
    return [size if index == first else 0 for index in range(len(devices))]


def _effective(configuration: Configuration, on_gpus: int) -> Configuration:
    """Say of a configuration what it comes to with so many layers on GPUs."""
    if on_gpus:
        return replace(configuration, gpu_layers=on_gpus)
    return replace(configuration, gpu_layers=0, cpu_moe_layers=0, tensor_split=())


def _gpu_share(device: DeviceBuffers, gpu: Gpu | None, beside_bytes: int) -> DeviceShare:
    return DeviceShare(
        name=gpu.name if gpu else device.description,
        kind="gpu",
        identity=device.identity or device.name,
        free_bytes=gpu.free_bytes if gpu else 0,
        total_bytes=gpu.total_bytes if gpu else 0,
        weights_bytes=device.weights_bytes,
        context_bytes=device.context_bytes,
        compute_bytes=device.compute_bytes,
        beside_bytes=beside_bytes,
    )


def _host_share(host: DeviceBuffers, machine: Machine, beside_bytes: int) -> DeviceShare:
    return DeviceShare(
        name=machine.cpu.name,
        kind="cpu",
        free_bytes=machine.memory.available_bytes,
        total_bytes=machine.memory.total_bytes,
        weights_bytes=host.weights_bytes,
        context_bytes=host.context_bytes,
        compute_bytes=host.compute_bytes,
        beside_bytes=beside_bytes,
    )

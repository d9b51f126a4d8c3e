"""What one computer has, as far as running models is concerned."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

GpuKind = Literal["discrete", "integrated"]


@dataclass(frozen=True)
class Memory:
    """RAM in bytes, bounded by the control group that the process runs in, if any."""

    total_bytes: int
    available_bytes: int


@dataclass(frozen=True)
class Cpu:
    """The processor; ``features`` are the instruction sets that llama.cpp uses on it."""

    name: str
    physical_cores: int
    logical_cores: int
    features: tuple[str, ...] = ()


@dataclass(frozen=True)
class Gpu:
    """One graphics processor.

    ``backend`` is llama.cpp's name for what drives it ("CUDA", "Vulkan", "Metal", ...), or None
    if the installed llama.cpp cannot use it; then ``remedy`` is the command that installs a build
    which can, or None where another build would not help, and ``hidden_by`` the environment
    variable that may keep it from llama.cpp, where one is set. ``identity`` tells it from all
    others: the PCI address where one is known, else the name, numbered where several have it.
    ``bandwidth`` is how many bytes per second its memory can be read, measured or from its maker's
    data sheet; None where neither is at hand.
    """

    name: str
    kind: GpuKind
    total_bytes: int
    free_bytes: int
    backend: str | None
    identity: str
    remedy: str | None = None
    bandwidth: float | None = None
    hidden_by: str | None = None


@dataclass(frozen=True)
class LlamaBuild:
    """The installed llama.cpp: the version of its Python package and its compiled-in backends."""

    version: str
    backends: tuple[str, ...]
    system_info: str = ""


@dataclass(frozen=True)
class Machine:
    """One computer. ``bandwidth`` is the measured memory read speed in bytes per second.

    ``warnings`` are sentences about what could not be found out. ``elsewhere`` says that it is only
    described, and not the computer that Alcove runs on.
    """

    system: str
    memory: Memory
    cpu: Cpu
    gpus: tuple[Gpu, ...]
    llama: LlamaBuild | None
    bandwidth: float | None = None
    warnings: tuple[str, ...] = ()
    elsewhere: bool = False

    @property
    def usable_gpus(self) -> tuple[Gpu, ...]:
        """The GPUs that the installed llama.cpp can use."""
        return tuple(gpu for gpu in self.gpus if gpu.backend is not None)

"""Which vendors' interfaces are asked on which system."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pynvml  # type: ignore[import-untyped]

from alcove.hardware.adapter import Adapter
from alcove.hardware.vendors import amd, apple, intel, nvidia, pci, windows


@dataclass(frozen=True)
class Source:
    """One interface; ``adapters`` may raise anything, or even crash the process."""

    name: str
    adapters: Callable[[], tuple[Adapter, ...]]


def sources(system: str, root: Path = Path("/")) -> tuple[Source, ...]:
    """Return the sources for what ``platform.system()`` says, the most exact ones first."""
    match system:
        case "Linux":
            return (
                Source("NVML", lambda: nvidia.adapters(pynvml, lambda: _on_bus(pci.NVIDIA, root))),
                Source("amdgpu", lambda: amd.adapters(root)),
                Source("Intel", lambda: intel.adapters(root)),
            )
        case "Windows":
            return (
                Source("NVML", lambda: nvidia.adapters(pynvml, lambda: False)),
                Source("DXGI", windows.adapters),
            )
        case "Darwin":
            return (Source("sysctl", apple.adapters),)
        case _other:
            return ()


def _on_bus(vendor: str, root: Path) -> bool:
    return any(pci.displays(vendor, root))

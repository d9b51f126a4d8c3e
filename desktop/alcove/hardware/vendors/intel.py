"""Intel GPUs on Linux, through sysfs; written from the drivers' sources, untried.

Neither driver tells how much is in use. i915 states the card's memory as ``lmem_total_bytes``,
xe one part per tile.
"""

from __future__ import annotations

from pathlib import Path

from alcove.hardware.adapter import Adapter
from alcove.hardware.vendors import pci


def adapters(root: Path = Path("/")) -> tuple[Adapter, ...]:
    """List the GPUs; one without memory of its own is integrated."""
    return tuple(_adapter(device, root) for device in pci.displays(pci.INTEL, root))


def _adapter(device: pci.PciDevice, root: Path) -> Adapter:
    total = device.number("drm/card*/lmem_total_bytes") or device.number(
        "tile*/physical_vram_size_bytes"
    )
    return Adapter(
        name=pci.product_name(device, root) or f"Intel GPU {device.device}",
        vendor="intel",
        kind="discrete" if total else "integrated",
        total_bytes=total,
        free_bytes=total,
        address=device.address,
    )

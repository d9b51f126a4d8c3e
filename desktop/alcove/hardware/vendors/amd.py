"""AMD GPUs on Linux, through the amdgpu driver's files in sysfs; written from its documentation."""

from __future__ import annotations

from pathlib import Path

from alcove.hardware.adapter import Adapter
from alcove.hardware.vendors import pci


def adapters(root: Path = Path("/")) -> tuple[Adapter, ...]:
    """List the GPUs whose driver tells their memory; others run no model anyway."""
    found = (_adapter(device, root) for device in pci.displays(pci.AMD, root))
    return tuple(adapter for adapter in found if adapter is not None)


def _adapter(device: pci.PciDevice, root: Path) -> Adapter | None:
    total = device.number("mem_info_vram_total")
    if total is None:
        return None
    used = device.number("mem_info_vram_used") or 0
    integrated = _shares_host_memory(device)
    if integrated:  # what the firmware set aside, and the RAM that the driver maps besides
        total += device.number("mem_info_gtt_total") or 0
        used += device.number("mem_info_gtt_used") or 0
    return Adapter(
        name=_name(device, root),
        vendor="amd",
        kind="integrated" if integrated else "discrete",
        total_bytes=total,
        free_bytes=max(0, total - used),
        address=device.address,
    )


def _shares_host_memory(device: pci.PciDevice) -> bool:
    """Tell an APU: its memory chips have no maker that the driver could read from the card."""
    try:
        return (device.folder / "mem_info_vram_vendor").read_text().strip() == "unknown"
    except OSError:
        return True


def _name(device: pci.PciDevice, root: Path) -> str:
    try:
        name = (device.folder / "product_name").read_text().strip()
    except OSError:
        name = ""
    return name or pci.product_name(device, root) or f"AMD GPU {device.device}"

"""Display devices on the PCI bus, as Linux lists them in sysfs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from alcove.hardware.cgroup import read_number

NVIDIA, AMD, INTEL = "10de", "1002", "8086"

_CLASSES = ("0x03", "0x1200")
"""Display controllers, and processing accelerators: what AMD's Instinct cards call themselves."""

_NAMES = ("usr/share/hwdata/pci.ids", "usr/share/misc/pci.ids")


@dataclass(frozen=True)
class PciDevice:
    """One device; ``folder`` is its folder in sysfs, named by its address."""

    folder: Path
    vendor: str
    device: str

    @property
    def address(self) -> str:
        """The PCI address, "0000:c1:00.0"."""
        return self.folder.name

    def number(self, pattern: str) -> int | None:
        """Add up the numbers in the files that match ``pattern``; None if there are none."""
        found = [number for file in self.folder.glob(pattern) if (number := read_number(file))]
        return sum(found) if found else None


def displays(vendor: str, root: Path) -> Iterator[PciDevice]:
    """Yield the display devices of a vendor, given by its PCI number in four hex digits."""
    for folder in sorted((root / "sys/bus/pci/devices").glob("*")):
        kind, found, device = (_read(folder / name) for name in ("class", "vendor", "device"))
        if kind.startswith(_CLASSES) and found == f"0x{vendor}":
            yield PciDevice(folder, vendor, device.removeprefix("0x"))


def product_name(device: PciDevice, root: Path) -> str | None:
    """Look a device up in the system's list of PCI numbers; the marketing name if it has one."""
    for path in _NAMES:
        try:
            lines = (root / path).read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            continue
        if name := _listed(lines, device):
            return name.partition("[")[2].rstrip("]") or name
    return None


def _listed(lines: list[str], device: PciDevice) -> str | None:
    """Find the name; a vendor's line starts at the margin, its devices behind one tab."""
    ours = False
    for line in lines:
        if line[:1].isalnum():
            ours = line.startswith(device.vendor)
        elif ours and line.startswith(f"\t{device.device} "):
            return line.split(maxsplit=1)[1].strip()
    return None


def _read(file: Path) -> str:
    try:
        return file.read_text().strip()
    except OSError:
        return ""

"""A GPU as one source sees it, and how the sightings of several sources become one list."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from alcove.errors import AlcoveError
from alcove.hardware.machine import GpuKind

Vendor = Literal["nvidia", "amd", "intel", "apple"]

_NOISE = re.compile(
    r"\([^)]*\)|\b(nvidia|geforce|amd|ati|intel|apple|corporation|graphics|gpu)\b", re.IGNORECASE
)


class SourceError(AlcoveError):
    """A source knows of GPUs but cannot tell about them."""


@dataclass(frozen=True)
class Adapter:
    """One GPU. ``address`` is its PCI address, "0000:c1:00.0", where the source tells it.

    ``total_bytes`` and ``free_bytes`` are None where it shares the host's RAM without a bound of
    its own. ``backend`` names what drives it in llama.cpp, None where llama.cpp did not report it.
    """

    name: str
    vendor: Vendor | None
    kind: GpuKind
    total_bytes: int | None
    free_bytes: int | None
    address: str | None
    backend: str | None = None


def pci_address(text: str) -> str:
    """Write a PCI address the way sysfs does; NVML has a domain of eight digits."""
    domain, bus, device = text.lower().split(":")
    return f"{int(domain, 16):04x}:{bus}:{device}"


def merge(known: tuple[Adapter, ...], found: Iterable[Adapter]) -> tuple[Adapter, ...]:
    """Add to ``known`` what one source ``found`` beyond it; each known one has one twin at most."""
    unmatched = list(known)
    added: list[Adapter] = []
    for adapter in found:
        twin = next((other for other in unmatched if _same(other, adapter)), None)
        if twin is None:
            added.append(adapter)
        else:
            unmatched.remove(twin)
    return (*known, *added)


def _same(one: Adapter, other: Adapter) -> bool:
    if one.address and other.address:
        return one.address == other.address
    return _plain(one.name) == _plain(other.name)


def _plain(name: str) -> str:
    return " ".join(_NOISE.sub(" ", name).casefold().split())

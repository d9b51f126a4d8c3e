"""What is asked of a dry run, and what it answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, TypeAlias

from alcove.fit.result import DeviceKind

FlashAttention = Literal["auto", "on", "off"]


@dataclass(frozen=True)
class Configuration:
    """How a file would be loaded: context in tokens, KV type, layers on GPUs (-1: all)."""

    context: int
    kv_type: str = "f16"
    gpu_layers: int = -1
    flash_attention: FlashAttention = "auto"


@dataclass(frozen=True)
class DeviceBuffers:
    """Bytes that a file would take on one device.

    ``name`` is ggml's ("CUDA0"), ``description`` what people call the device; ``identity`` is its
    PCI address, where the backend tells it. The CPU stands for host memory of all kinds.
    """

    name: str
    description: str
    kind: DeviceKind
    identity: str | None
    weights_bytes: int
    context_bytes: int
    compute_bytes: int


@dataclass(frozen=True)
class Buffers:
    """Bytes on each device, the CPU last. Not ``exact`` means: read from llama.cpp's log."""

    devices: tuple[DeviceBuffers, ...]
    exact: bool = True

    @property
    def weights_bytes(self) -> int:
        """Weights over all devices."""
        return sum(device.weights_bytes for device in self.devices)

    @property
    def context_bytes(self) -> int:
        """KV cache and recurrent state over all devices."""
        return sum(device.context_bytes for device in self.devices)

    @property
    def compute_bytes(self) -> int:
        """Compute buffers over all devices."""
        return sum(device.compute_bytes for device in self.devices)

    @property
    def total_bytes(self) -> int:
        """Everything over all devices."""
        return self.weights_bytes + self.context_bytes + self.compute_bytes


@dataclass(frozen=True)
class Refusal:
    """llama.cpp would not load the file this way; ``reason`` is its own, in English."""

    reason: str


@dataclass(frozen=True)
class CannotSay:
    """The dry run failed, which says nothing about the file; ``sentence`` is for people."""

    sentence: str


Price: TypeAlias = Buffers | Refusal | CannotSay


def price_to_json(price: Price) -> dict[str, Any]:
    """Return the JSON object that ``price_from_json`` reads."""
    return asdict(price)


def price_from_json(document: Mapping[str, Any]) -> Price:
    """Read what ``price_to_json`` wrote."""
    if "devices" in document:
        devices = tuple(DeviceBuffers(**device) for device in document["devices"])
        return Buffers(devices, document["exact"])
    if "reason" in document:
        return Refusal(document["reason"])
    return CannotSay(document["sentence"])

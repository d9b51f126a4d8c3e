"""What a fit says: the price of a model on a machine, in bytes, and how fast it will be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Verdict = Literal["gpu", "partial", "cpu", "no"]
Basis = Literal["dry-run", "header", "catalog"]
DeviceKind = Literal["cpu", "gpu"]

KV_BYTES_PER_ELEMENT: dict[str, float] = {"f16": 2.0, "q8_0": 34 / 32, "q4_0": 18 / 32}
"""KV cache types and what one element takes; the quantized ones store blocks of 32."""


@dataclass(frozen=True)
class DeviceShare:
    """What one device has and what the model would take of it, in bytes."""

    name: str
    kind: DeviceKind
    free_bytes: int
    total_bytes: int
    weights_bytes: int
    context_bytes: int
    compute_bytes: int

    @property
    def needed_bytes(self) -> int:
        """Weights, context and compute together."""
        return self.weights_bytes + self.context_bytes + self.compute_bytes


@dataclass(frozen=True)
class Range:
    """A forecast: the value expected, and the bounds it should lie in."""

    low: float
    expected: float
    high: float


@dataclass(frozen=True)
class Forecast:
    """Tokens per second; None where nothing honest can be said."""

    generation: Range | None
    prompt: Range | None
    basis: str
    """How it was come by, as a word for people: "estimated", "measured on this computer"."""


@dataclass(frozen=True)
class Fit:
    """The price of one file at one context and KV type on one machine.

    ``gpu_layers`` counts the layers on GPUs. ``max_context`` is the longest context, in tokens,
    that still fits; 0 if none does. ``sentence`` is the verdict in words.
    """

    context: int
    kv_type: str
    gpu_layers: int
    devices: tuple[DeviceShare, ...]
    verdict: Verdict
    max_context: int
    forecast: Forecast
    basis: Basis
    sentence: str

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
        return sum(device.needed_bytes for device in self.devices)

    @property
    def fits(self) -> bool:
        """Whether the model can run here at all."""
        return self.verdict != "no"

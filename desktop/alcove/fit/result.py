"""What a fit says: the price of a model on a machine, in bytes, and how fast it will be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from alcove.fit.configuration import Configuration

Verdict = Literal["gpu", "partial", "cpu", "no"]
Basis = Literal["dry-run", "header", "catalog"]
DeviceKind = Literal["cpu", "gpu"]


class Sized(Protocol):
    """Bytes on one device."""

    @property
    def weights_bytes(self) -> int:
        """Weights."""

    @property
    def context_bytes(self) -> int:
        """KV cache and recurrent state."""

    @property
    def compute_bytes(self) -> int:
        """Compute buffers."""


class Summed:
    """The sums over ``devices``."""

    devices: Sequence[Sized]
    """What lies on each device, the CPU last."""

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
class DeviceShare:
    """What one device has and what the model would take of it, in bytes.

    ``beside_bytes`` is what goes there beside the model, such as a projector for images or an
    adapter. ``identity`` is a GPU's PCI address, or ggml's name of it where the backend tells none.
    """

    name: str
    kind: DeviceKind
    free_bytes: int
    total_bytes: int
    weights_bytes: int
    context_bytes: int
    compute_bytes: int
    identity: str = ""
    beside_bytes: int = 0

    @property
    def needed_bytes(self) -> int:
        """Everything together."""
        return self.weights_bytes + self.context_bytes + self.compute_bytes + self.beside_bytes


@dataclass(frozen=True)
class Range:
    """A forecast: the value expected, and the bounds it should lie in."""

    low: float
    expected: float
    high: float


@dataclass(frozen=True)
class Forecast:
    """Tokens per second; None where nothing honest can be said.

    ``generation`` is at the start of a chat, ``deep`` the same after DEPTH tokens, or at the end
    of the context where that is shorter; ``prompt`` is for reading a prompt of some hundred
    tokens, or of as many as those had by which it was corrected.
    ``basis`` says how it was come by, in words for people: "estimated", "measured on this
    computer".
    """

    generation: Range | None
    prompt: Range | None
    basis: str
    deep: Range | None = None


DEPTH = 8192
"""Tokens of conversation at which ``Forecast.deep`` is."""


@dataclass(frozen=True)
class Fit(Summed):
    """The price of one file on one machine, loaded in the best way that was found.

    ``configuration`` is that way: what is loaded when the user says so. Its ``gpu_layers`` is the
    number of layers on GPUs, of ``layers`` that there are with the output layer; 0 without GPUs.
    ``overhead_bytes`` is RAM that the model process takes beside the buffers. ``max_context`` is
    the longest context, in tokens, that still fits; 0 if none does. ``missing_bytes`` is what the
    devices lack, 0 where it fits. ``sentence`` is the verdict in words; ``remarks`` are what the
    user should know besides, such as what was given up to make it fit. ``context_limit`` is what
    the model was trained for, in tokens; 0 where that is not known.
    """

    configuration: Configuration
    layers: int
    devices: tuple[DeviceShare, ...]
    overhead_bytes: int
    verdict: Verdict
    max_context: int
    missing_bytes: int
    forecast: Forecast
    basis: Basis
    sentence: str
    remarks: tuple[str, ...] = ()
    context_limit: int = 0

    @property
    def beside_bytes(self) -> int:
        """What goes to the devices beside the model."""
        return sum(device.beside_bytes for device in self.devices)

    @property
    def total_bytes(self) -> int:
        """Everything over all devices."""
        return super().total_bytes + self.beside_bytes

    @property
    def needed_bytes(self) -> int:
        """Everything over all devices, and what the process takes besides."""
        return self.total_bytes + self.overhead_bytes

    @property
    def context(self) -> int:
        """The context in tokens."""
        return self.configuration.context

    @property
    def kv_type(self) -> str:
        """The type of the KV cache."""
        return self.configuration.kv_type

    @property
    def gpu_layers(self) -> int:
        """The number of layers on GPUs."""
        return self.configuration.gpu_layers

    @property
    def fits(self) -> bool:
        """Whether the model can run here at all."""
        return self.verdict != "no"

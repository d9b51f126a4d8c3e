"""What a file takes on each device in one configuration: the answer of a dry run or a formula."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, TypeAlias

from alcove.fit.configuration import Configuration
from alcove.fit.result import DeviceKind, Summed


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
class Buffers(Summed):
    """Bytes on each device, the CPU last."""

    devices: tuple[DeviceBuffers, ...]


@dataclass(frozen=True)
class Refusal:
    """llama.cpp would not load the file this way; ``reason`` is its own, in English."""

    reason: str


@dataclass(frozen=True)
class CannotSay:
    """The dry run failed, which says nothing about the file; ``sentence`` is for people."""

    sentence: str


Price: TypeAlias = Buffers | Refusal | CannotSay


Pricer = Callable[[Sequence[Configuration]], Sequence[Price]]
"""Prices configurations of one file, in order."""


class Remembered:
    """A pricer that asks another one only for what it has not told before."""

    def __init__(self, price: Pricer) -> None:
        self._price = price
        self._prices: dict[Configuration, Price] = {}

    def __call__(self, configurations: Sequence[Configuration]) -> tuple[Price, ...]:
        """Price each configuration; that a price cannot be had is not remembered."""
        unknown = [each for each in configurations if each not in self._prices]
        answers = dict(zip(unknown, self._price(unknown) if unknown else (), strict=True))
        for configuration, price in answers.items():
            if not isinstance(price, CannotSay):
                self._prices[configuration] = price
        return tuple(answers.get(each) or self._prices[each] for each in configurations)


def price_to_json(price: Price) -> dict[str, Any]:
    """Return the JSON object that ``price_from_json`` reads."""
    return asdict(price)


def price_from_json(document: Mapping[str, Any]) -> Price:
    """Read what ``price_to_json`` wrote."""
    if "devices" in document:
        return Buffers(tuple(DeviceBuffers(**device) for device in document["devices"]))
    if "reason" in document:
        return Refusal(document["reason"])
    return CannotSay(document["sentence"])

"""How fast a model will be, from what it reads per token and how fast the devices read.

Layers run one after another, so that the seconds of all devices add up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from alcove.fit.configuration import Configuration
from alcove.fit.formula import targets
from alcove.fit.guess import guessed_cpu, guessed_gpu
from alcove.fit.kv import KvCache
from alcove.fit.rates import attention_seconds, prompt_seconds, token_seconds
from alcove.fit.result import DEPTH, Forecast, Range
from alcove.fit.shape import Shape
from alcove.fit.speeds import DeviceSpeeds, Speeds
from alcove.fit.workload import Workload, divided
from alcove.hardware.machine import Gpu, Machine
from alcove.i18n import _

USABLE_SPEED = 5.0
"""Tokens per second from which a chat is pleasant: about the pace of reading."""

_CALIBRATED, _GUESSED = (0.65, 1.34), (0.5, 1.35)
"""What the speed expected is multiplied by for the bounds."""

_CATALOG_WIDENING = 1.3
"""How much wider the bounds are where only the catalog describes the model."""

PROMPT_DEPTH = 256
"""The mean depth of the tokens in a prompt of 512."""

_HEAD_SIZE, _VOCABULARY = 128, 131072
"""What is usual, where a shape does not tell."""


@dataclass(frozen=True)
class _Share:
    """A device, its part of the weights in RAM or on GPUs, and its part of the attention."""

    device: DeviceSpeeds
    work: Workload
    part: float
    layers: float


def forecast(
    shape: Shape, configuration: Configuration, machine: Machine, speeds: Speeds | None
) -> Forecast:
    """Forecast the speed of a model with ``speeds``, or else from the bandwidth of memory.

    Takes about 0.1 ms, so that lists can be forecast. What cannot be known is None.
    """
    gpus = targets(machine)
    if not gpus:
        configuration = replace(configuration, gpu_layers=0)
    cpu, gpu = divided(shape, configuration)
    if speeds is not None and not gpu.is_empty and len(speeds.gpus) != len(gpus):
        speeds = None  # it was made when there were others
    basis = _basis(machine, speeds)
    shares = _shares(cpu, gpu, gpus, configuration, machine, speeds)
    if shares is None:
        return Forecast(generation=None, prompt=None, basis=basis)
    bounds = _bounds(shape, _CALIBRATED if speeds else _GUESSED)
    start = _start_seconds(shape, shares, speeds)
    deep = _deep_seconds(shape, configuration, shares)
    return Forecast(
        generation=_range(start, bounds),
        prompt=_range(_prompt_seconds(shape, configuration, shares), bounds),
        basis=basis,
        deep=None if deep is None else _range(start + deep, bounds),
    )


def _basis(machine: Machine, speeds: Speeds | None) -> str:
    if speeds is None:
        return _("estimated")
    if machine.elsewhere:
        return _("estimated from a calibration of that computer")
    return _("estimated from a calibration of this computer")


def is_slow(generation: Range | None) -> bool:
    """Whether a speed is too low for a chat; an unknown one is not."""
    return generation is not None and generation.expected < USABLE_SPEED


def speed(range_: Range) -> str:
    """Write a forecast: "about 8-12 tokens/s"."""
    return _("about {span} tokens/s").format(span=span(range_))


def span(range_: Range) -> str:
    """Write the bounds of a forecast: "8-12", or one figure where they are the same."""
    low, high = (f"{v:.0f}" if v >= 3 else f"{v:.1f}" for v in (range_.low, range_.high))
    return low if low == high else f"{low}-{high}"


def _shares(
    cpu: Workload,
    gpu: Workload,
    gpus: Sequence[Gpu],
    configuration: Configuration,
    machine: Machine,
    speeds: Speeds | None,
) -> list[_Share] | None:
    """Give each device its work; None where one of them is of unknown speed."""
    layers = cpu.layers + gpu.layers or 1
    shares = []
    if not cpu.is_empty:
        device = speeds.cpu if speeds else guessed_cpu(machine)
        if device is None:
            return None
        shares.append(_Share(device, cpu, 1.0, cpu.layers / layers))
    if not gpu.is_empty:
        for number, part in enumerate(_split(gpus, configuration)):
            there = speeds.gpus[number] if speeds else guessed_gpu(gpus[number])
            if there is None:
                return None
            shares.append(_Share(there, gpu, part, part * gpu.layers / layers))
    return shares


def _split(gpus: Sequence[Gpu], configuration: Configuration) -> list[float]:
    """Return which part of the layers on GPUs each of them has; llama.cpp goes by free memory."""
    asked = [*configuration.tensor_split, *(0.0 for _ in gpus)][: len(gpus)]
    weights = asked if sum(asked) else [float(max(gpu.free_bytes, 1)) for gpu in gpus]
    return [weight / sum(weights) for weight in weights]


def _start_seconds(shape: Shape, shares: Sequence[_Share], speeds: Speeds | None) -> float:
    """Return seconds per token at the start of a chat."""
    choice = speeds.sampling * (shape.vocabulary_size or _VOCABULARY) if speeds else 0.0
    # What a token costs in any model is paid once, wherever most of it is paid.
    once = max((share.device.token for share in shares), default=0.0)
    return choice + once + sum(token_seconds(each.work, each.device) * each.part for each in shares)


def _deep_seconds(
    shape: Shape, configuration: Configuration, shares: Sequence[_Share]
) -> float | None:
    """Return what a token costs more at DEPTH, or at the end of the context."""
    looks = _looks(shape, min(DEPTH, configuration.context))
    elements = shape.kv.head_elements or 2 * _HEAD_SIZE
    costs = [
        attention_seconds(share.device.attention, configuration.kv_type, elements)
        for share in shares
    ]
    known = [cost for cost in costs if cost is not None]
    if len(known) < len(costs):
        return None
    return looks * sum(c * share.layers for c, share in zip(known, shares, strict=True))


def _prompt_seconds(
    shape: Shape, configuration: Configuration, shares: Sequence[_Share]
) -> float | None:
    """Return seconds per token of a prompt of some hundred."""
    looks = _looks(shape, PROMPT_DEPTH)
    elements = shape.kv.head_elements or 2 * _HEAD_SIZE
    total = 0.0
    for share in shares:
        weights = prompt_seconds(share.work, share.device)
        if weights is None:
            return None
        look = attention_seconds(share.device.prompt_attention, configuration.kv_type, elements)
        total += weights * share.part + (look or 0.0) * looks * share.layers
    return total


def _looks(shape: Shape, depth: int) -> float:
    """Count how often a query head of any layer looks at a token, for one token at ``depth``."""
    kv: KvCache = shape.kv
    window = min(depth, kv.window) if kv.window else depth
    if kv.heads or kv.window_heads:
        return kv.heads * depth + kv.window_heads * window
    cached = kv.bytes_per_token + kv.window_bytes_per_token
    growing = kv.bytes_per_token / cached if cached else 0.0
    heads = len(shape.blocks) * shape.width / _HEAD_SIZE
    return heads * (growing * depth + (1 - growing) * window)


def _bounds(shape: Shape, bounds: tuple[float, float]) -> tuple[float, float]:
    if shape.basis != "catalog":
        return bounds
    low, high = bounds
    return low**_CATALOG_WIDENING, high**_CATALOG_WIDENING


def _range(seconds: float | None, bounds: tuple[float, float]) -> Range | None:
    if not seconds:
        return None
    low, high = bounds
    return Range(low / seconds, 1 / seconds, high / seconds)

"""A first forecast of speed from the measured memory bandwidth."""

from __future__ import annotations

from alcove.fit.placement import Placement
from alcove.fit.result import Forecast, Range
from alcove.fit.shape import Shape
from alcove.hardware.machine import Machine
from alcove.i18n import _

USABLE_SPEED = 5.0
"""Tokens per second from which a chat is pleasant: about the pace of reading."""

_DEPTH = 1024
"""The tokens of conversation at which the speed is forecast."""

_LOW, _EXPECTED, _HIGH = 0.4, 0.8, 1.0


def forecast(shape: Shape, machine: Machine, placement: Placement, kv_type: str) -> Forecast:
    """Forecast generation as far as RAM bounds it; None where nothing is left in RAM.

    Every token reads the active weights and the KV cache once. On one machine, Q4_K models reached
    about 90 % of the speed that the bandwidth allows for that, MXFP4 48 %: hence the bounds. Layers
    on GPUs are taken to cost nothing. A calibration of the machine is to replace this.
    """
    host = placement.devices[-1]
    if machine.bandwidth is None or placement.missing_bytes or not host.weights_bytes:
        return Forecast(generation=None, prompt=None, basis=_("estimated"))
    active_bytes = shape.weights_bytes * shape.active_share + shape.kv.size(_DEPTH, kv_type)
    limit = machine.bandwidth / (active_bytes * host.weights_bytes / shape.weights_bytes)
    generation = Range(low=_LOW * limit, expected=_EXPECTED * limit, high=_HIGH * limit)
    return Forecast(generation=generation, prompt=None, basis=_("estimated"))


def is_slow(generation: Range | None) -> bool:
    """Whether a speed is too low for a chat; an unknown one is not."""
    return generation is not None and generation.expected < USABLE_SPEED


def speed(range_: Range) -> str:
    """Write a forecast: "about 8-12 tokens/s"."""
    low, high = (f"{v:.0f}" if v >= 3 else f"{v:.1f}" for v in (range_.low, range_.high))
    span = low if low == high else f"{low}-{high}"
    return _("about {span} tokens/s").format(span=span)

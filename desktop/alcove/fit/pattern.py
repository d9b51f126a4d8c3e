"""Which layers of a model are alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from alcove.fit.kv import LayerAttention, layer_attention
from alcove.fit.shape import Part, Shape
from alcove.gguf.header import Header

_LONGEST_PERIOD = 12


@dataclass(frozen=True)
class Pattern:
    """The kinds of layers in order: ``lead`` layers, then the same ``period`` again and again.

    ``period`` is 0 where there is no such order.
    """

    attention: tuple[LayerAttention, ...]
    lead: int
    period: int


def pattern_of(header: Header, shape: Shape) -> Pattern:
    """Find the pattern of a model's layers."""
    attention = layer_attention(header, len(shape.blocks))
    tensors: list[set[str]] = [set() for _ in shape.blocks]
    for tensor in header.tensors:
        if tensor.layer is not None and tensor.layer < len(tensors):
            tensors[tensor.layer].add(tensor.role)
    kinds = [(names, each.window) for names, each in zip(tensors, attention, strict=True)]
    lead = _lead(shape.blocks)
    rest = kinds[lead:]
    for period in range(1, min(_LONGEST_PERIOD, len(rest)) + 1):
        if all(kind == rest[index % period] for index, kind in enumerate(rest)):
            return Pattern(attention, lead, period)
    return Pattern(attention, lead, 0)


def _lead(blocks: Sequence[Part]) -> int:
    """Count the layers without experts before the first that has some."""
    return next((number for number, block in enumerate(blocks) if block.experts), 0)

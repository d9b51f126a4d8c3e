"""What vLLM needs for a model: how many cards share it, and how long the context can be there.

vLLM serves what the publisher trained, not the GGUF. It gives each card an equal part of the
attention heads, and takes a share of the card's memory from the start.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from alcove.fit.kv import layer_attention
from alcove.fit.records import main_type_of
from alcove.fit.search import longest
from alcove.fit.shape import Shape
from alcove.gguf.header import Header
from alcove.gguf.tensor_types import TENSOR_TYPES
from alcove.hardware.machine import Gpu

_SHARE = 0.92
"""What vLLM takes of each card unless it is told otherwise (gpu_memory_utilization)."""

_RUNTIME_BYTES = 2 * 2**30
"""What each card needs beside weights and KV cache: activations, CUDA graphs, the context."""

_MOST_CARDS = 8
"""Cards that a server has at most."""

_BYTES = {kind.name: kind.block_bytes / kind.block_elements for kind in TENSOR_TYPES.values()}
"""What a parameter takes in each of ggml's types."""

_TRAINED_BYTES = 2
"""Bytes of a parameter in the 16 bits in which most models are published."""


@dataclass(frozen=True)
class Heads:
    """The attention heads of the layers that have some: each count that occurs."""

    queries: tuple[int, ...]
    keys: tuple[int, ...]

    def can_be_divided(self, cards: int) -> bool:
        """Whether vLLM can give each card an equal part: key heads may also be repeated."""
        return all(count % cards == 0 for count in self.queries) and all(
            count % cards == 0 or cards % count == 0 for count in self.keys
        )

    def shares(self, cards: int) -> int:
        """Return in how many parts the KV cache is divided; heads that repeat divide no more."""
        return min(cards, min(self.keys, default=cards))


@dataclass(frozen=True)
class Served:
    """A model on several cards of one kind; ``context``, in tokens, is the longest that fits.

    ``weights_bytes`` are those of all cards together.
    """

    card: Gpu
    cards: int
    context: int
    weights_bytes: int


def heads_of(header: Header) -> Heads:
    """Read the head counts of a header; empty where it has none."""
    layers = header.number("block_count") or 0
    attention = [each for each in layer_attention(header, layers) if each.kv_heads and each.heads]
    return Heads(
        tuple(sorted({each.heads for each in attention})),
        tuple(sorted({each.kv_heads for each in attention})),
    )


def trained_bytes(shape: Shape) -> int:
    """Return about what the publisher's own weights take; MXFP4 is how they were trained."""
    if main_type_of(shape) == "MXFP4":
        return shape.weights_bytes
    return round(_parameters(shape) * _TRAINED_BYTES)


def _parameters(shape: Shape) -> float:
    """Count the parameters by the bytes that they take in each type."""
    parts = (shape.embedding, *shape.blocks, shape.output)
    stored = (
        item for part in parts for each in (part.dense, part.experts) for item in each.items()
    )
    return sum(size / _BYTES[kind] for kind, size in stored)


def served(shape: Shape, heads: Heads, card: Gpu, context: int) -> Served | None:
    """Return the fewest cards of one kind that hold a model with a context; None if 8 do not."""
    weights, wanted = trained_bytes(shape), min(context, shape.context_limit)
    for cards in range(1, _MOST_CARDS + 1):
        if not heads.can_be_divided(cards):
            continue
        room = int(card.total_bytes * _SHARE) - _RUNTIME_BYTES - weights // cards
        most = _longest(shape, room, heads.shares(cards))
        if most >= wanted:
            return Served(card, cards, most, weights)
    return None


def _longest(shape: Shape, room: int, parts: int) -> int:
    """Return the longest context whose KV cache, divided into ``parts``, fits into ``room``."""
    return longest(lambda context: room - shape.kv.size(context) // parts, shape.context_limit)


def served_by(shape: Shape, heads: Heads, cards: Iterable[Gpu], context: int) -> tuple[Served, ...]:
    """Return how kinds of cards, smallest first, would hold a model.

    A larger kind is left out where as many of a smaller one do.
    """
    found: list[Served] = []
    for card in cards:
        one = served(shape, heads, card, context)
        if one is not None and (not found or one.cards < found[-1].cards):
            found.append(one)
    return tuple(found)

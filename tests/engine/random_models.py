"""Tiny models with random contents: they answer nonsense, but always the same nonsense."""

from __future__ import annotations

import math
import struct
from dataclasses import replace
from pathlib import Path
from random import Random

import numpy as np

from fit.synthetic import Synthetic, Tensor, attention, blocks, common, ends, feed_forward, weights
from fit.synthetic_vocabulary import byte_pairs
from local_hub.tiny_gguf import F32, STRING, U32, TinyGguf

_WIDTH, _HEADS, _VOCABULARY = 64, 2, 512
_HEAD = _WIDTH // _HEADS
W = TinyGguf()


def hybrid(folder: Path) -> Path:
    """A model whose layers are convolutions with a state and attention in turns, as in LFM2."""
    convolution: list[Tensor] = [
        *weights(attn_norm=(_WIDTH,)),
        ("shortconv.conv.weight", (3, _WIDTH), "F32"),
        ("shortconv.in_proj.weight", (_WIDTH, 3 * _WIDTH), "F32"),
        ("shortconv.out_proj.weight", (_WIDTH, _WIDTH), "F32"),
        *feed_forward(_WIDTH, 128),
    ]
    full = [*attention(_WIDTH, _HEADS, _HEADS, _HEAD, norms=True), *feed_forward(_WIDTH, 128)]
    counts = [0, _HEADS, 0, _HEADS]
    head, tail = ends(_WIDTH, _VOCABULARY, tied=True)
    facts = common(4, _WIDTH, 128, _HEADS, counts, _VOCABULARY, 32768, shortconv__l_cache=3)
    middle = blocks(4, *(full if count else convolution for count in counts))
    tensors = (head, ("token_embd_norm.weight", *tail[1:]), *middle)
    shape = Synthetic("hybrid", "lfm2", facts, tensors)
    return filled(replace(shape, tokenizer=tuple(byte_pairs(_VOCABULARY, 400))), folder)


def embedder(folder: Path, pooling: int = 1) -> Path:
    """A model for embeddings, as BERT is one; with the pooling 4 it is a reranker."""
    layer: list[Tensor] = [
        *_linear("attn_q", _WIDTH, _WIDTH),
        *_linear("attn_k", _WIDTH, _WIDTH),
        *_linear("attn_v", _WIDTH, _WIDTH),
        *_linear("attn_output", _WIDTH, _WIDTH),
        *_norm("attn_output_norm"),
        *_linear("ffn_up", _WIDTH, 128),
        *_linear("ffn_down", 128, _WIDTH),
        *_norm("layer_output_norm"),
    ]
    facts = {
        "block_count": 2,
        "context_length": 256,
        "embedding_length": _WIDTH,
        "feed_forward_length": 128,
        "attention.head_count": _HEADS,
        "attention.layer_norm_epsilon": 1e-12,
        "attention.causal": False,
        "pooling_type": pooling,
        "vocab_size": _VOCABULARY,
    }
    tensors: list[Tensor] = [
        ("token_embd.weight", (_WIDTH, _VOCABULARY), "F32"),
        ("token_types.weight", (_WIDTH, 2), "F32"),
        ("position_embd.weight", (_WIDTH, 256), "F32"),
        *_norm("token_embd_norm"),
        *blocks(2, layer),
    ]
    types = ("tokenizer.ggml.token_type_count", U32, struct.pack("<I", 2))
    tokenizer = (*byte_pairs(_VOCABULARY, 400), types)
    return filled(Synthetic("embedder", "bert", facts, tuple(tensors), 1, tokenizer), folder)


def adapter(folder: Path) -> Path:
    """A LoRA adapter for SmolLM2 135M that changes much of what it says."""
    rank, width = 4, 576
    tensors = [
        (f"blk.{layer}.attn_q.weight.{part}", shape, 0)
        for layer in range(0, 30, 3)
        for part, shape in (("lora_a", (width, rank)), ("lora_b", (rank, width)))
    ]
    metadata = [
        ("general.architecture", STRING, W.text("llama")),
        ("general.type", STRING, W.text("adapter")),
        ("adapter.type", STRING, W.text("lora")),
        ("adapter.lora.alpha", F32, struct.pack("<f", 64.0)),
    ]
    path = folder / "adapter.gguf"
    path.write_bytes(_with_contents(TinyGguf(metadata, tensors), Random(3), 0.1))
    return path


def filled(shape: Synthetic, folder: Path) -> Path:
    """Write a model with F32 weights: norms of ones, everything else random."""
    plain = replace(shape, tensors=tuple((name, size, "F32") for name, size, _ in shape.tensors))
    path = folder / f"{shape.name}.gguf"
    path.write_bytes(_with_contents(plain.gguf(), Random(1), 0.1))
    return path


def _with_contents(gguf: TinyGguf, random: Random, scale: float) -> bytes:
    header = gguf.header()
    out = bytearray(header.ljust(_aligned(len(header)), b"\0"))
    numbers = np.random.default_rng(random.randrange(2**32))
    for name, shape, _kind in gguf.tensors:
        count = math.prod(shape)
        ones = name.endswith("norm.weight")
        values = np.ones(count) if ones else numbers.normal(0, scale, count)
        data = values.astype("<f4").tobytes()
        out += data.ljust(_aligned(len(data)), b"\0")
    return bytes(out)


def _linear(name: str, rows: int, columns: int) -> list[Tensor]:
    return [(f"{name}.weight", (rows, columns), "F32"), (f"{name}.bias", (columns,), "F32")]


def _norm(name: str) -> list[Tensor]:
    return [(f"{name}.weight", (_WIDTH,), "F32"), (f"{name}.bias", (_WIDTH,), "F32")]


def _aligned(size: int) -> int:
    return -(-size // 32) * 32

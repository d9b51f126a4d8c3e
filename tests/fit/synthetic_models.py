"""Models of true size whose weights have the types of the files that people download."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from alcove.gguf.skeleton import Skeleton, skeleton_of
from fit.synthetic import (
    Synthetic,
    Tensor,
    attention,
    blocks,
    common,
    ends,
    feed_forward,
    head_sizes,
    weights,
)
from fit.synthetic_shapes import gpt_oss_20b, qwen3_moe


def skeleton(model: Synthetic) -> Skeleton:
    return skeleton_of(model.headers())


def llama(name: str, layers: int, width: int, inner: int, heads: int, *, tied: bool) -> Synthetic:
    layer = [*attention(width, heads, 8, 128), *feed_forward(width, inner)]
    return Synthetic(
        name,
        "llama",
        common(layers, width, inner, heads, 8, 128256, **head_sizes(128)),
        (*ends(width, 128256, tied=tied), *weights(rope_freqs=(64,)), *blocks(layers, layer)),
    )


def qwen3(name: str, layers: int, width: int, inner: int, heads: int, *, tied: bool) -> Synthetic:
    layer = [*attention(width, heads, 8, 128, norms=True), *feed_forward(width, inner)]
    return Synthetic(
        name,
        "qwen3",
        common(layers, width, inner, heads, 8, 151936, 40960, **head_sizes(128)),
        (*ends(width, 151936, tied=tied), *blocks(layers, layer)),
    )


def q4_k_m(model: Synthetic) -> Synthetic:
    """Give the weights the types of a Q4_K_M file: the finer ones in about half of the layers."""
    layers = model.hyperparameters["block_count"]
    assert isinstance(layers, int)
    return replace(model, tensors=tuple(_q4_k_m(model.tensors, layers)))


def all_in(kind: str, model: Synthetic) -> Synthetic:
    """Give all matrices one type."""
    return replace(
        model,
        tensors=tuple((n, s, t if t == "F32" else kind) for n, s, t in model.tensors),
    )


def _q4_k_m(tensors: tuple[Tensor, ...], layers: int) -> Iterator[Tensor]:
    tied = not any(name == "output.weight" for name, _shape, _kind in tensors)
    for name, shape, kind in tensors:
        if kind == "F32":
            yield name, shape, kind
        elif name == "output.weight" or (tied and name == "token_embd.weight"):
            yield name, shape, "Q6_K"
        elif any(part in name for part in ("attn_v", "ffn_down")):
            fine = _is_fine(int(name.split(".")[1]), layers)
            yield name, shape, "Q6_K" if fine else "Q4_K"
        else:
            yield name, shape, "Q4_K"


def _is_fine(layer: int, layers: int) -> bool:
    """Whether llama.cpp's quantizer spends more bits on a layer."""
    first = layers // 8
    return layer < first or layer >= 7 * layers // 8 or (layer - first) % 3 == 2


def gpt_oss() -> Synthetic:
    """The experts in MXFP4, all else in Q8_0, as its makers publish it."""
    model = gpt_oss_20b()
    tensors = tuple((n, s, t if t in ("F32", "MXFP4") else "Q8_0") for n, s, t in model.tensors)
    return replace(model, tensors=tensors)


def qwen3_30b_a3b() -> Synthetic:
    return q4_k_m(qwen3_moe(48))


def small() -> Synthetic:
    return all_in("Q8_0", qwen3("qwen3-0.6b-q8_0", 28, 1024, 3072, 16, tied=True))


def models() -> list[Synthetic]:
    """Small ones first."""
    return [
        small(),
        q4_k_m(qwen3("qwen3-1.7b-q4_k_m", 28, 2048, 6144, 16, tied=True)),
        q4_k_m(llama("llama-3.2-3b-q4_k_m", 28, 3072, 8192, 24, tied=True)),
        q4_k_m(qwen3("qwen3-4b-q4_k_m", 36, 2560, 9728, 32, tied=True)),
        q4_k_m(llama("llama-3.1-8b-q4_k_m", 32, 4096, 14336, 32, tied=False)),
        gpt_oss(),
    ]

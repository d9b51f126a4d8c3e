"""Small models without contents, made for measuring: each shows one thing and hides the others."""

from __future__ import annotations

from collections.abc import Iterator

from alcove.gguf.header import Tensor
from alcove.gguf.skeleton import Skeleton, assemble, entry
from alcove.gguf.tensor_types import stored_bytes

VOCABULARY = 256


def probe(
    kind: str,
    layers: int,
    *,
    width: int = 2048,
    inner: int = 0,
    heads: int = 16,
    head: int = 128,
    experts: int = 0,
    used: int = 0,
    attention: str = "",
    vocabulary: int = VOCABULARY,
) -> Skeleton:
    """Return a model of ``layers`` layers, whose matrices are of the type ``kind``.

    ``inner`` is the width of the feed-forward part, or of one of ``experts``, of which a token
    uses ``used``. The matrices of the attention may have another type. Every KV head serves four
    query heads, as far as there are as many.
    """
    entries: dict[str, str | int | float] = {
        "general.architecture": "llama",
        "llama.block_count": layers,
        "llama.context_length": 2**17,
        "llama.embedding_length": width,
        "llama.feed_forward_length": inner or width,
        "llama.attention.head_count": heads,
        "llama.attention.head_count_kv": max(heads // 4, 1),
        "llama.attention.key_length": head,
        "llama.attention.value_length": head,
        "llama.rope.dimension_count": head,
        "llama.attention.layer_norm_rms_epsilon": 1e-5,
        "llama.vocab_size": vocabulary,
        "tokenizer.ggml.model": "none",
    }
    if experts:
        entries |= {"llama.expert_count": experts, "llama.expert_used_count": used}
    tensors = [
        _matrix("token_embd", "F16", width, vocabulary),
        _matrix("output", "F16", width, vocabulary),
        _vector("output_norm", width),
    ]
    for layer in range(layers):
        tensors += _attention(f"blk.{layer}", attention or kind, width, heads, head)
        tensors += _feed_forward(f"blk.{layer}", kind, width, inner or width, experts)
    return Skeleton(assemble((entry(key, value) for key, value in entries.items()), tensors))


def _attention(block: str, kind: str, width: int, heads: int, head: int) -> Iterator[Tensor]:
    kv = max(heads // 4, 1) * head
    yield _vector(f"{block}.attn_norm", width)
    yield _matrix(f"{block}.attn_q", kind, width, heads * head)
    yield _matrix(f"{block}.attn_k", kind, width, kv)
    yield _matrix(f"{block}.attn_v", kind, width, kv)
    yield _matrix(f"{block}.attn_output", kind, heads * head, width)


def _feed_forward(block: str, kind: str, width: int, inner: int, experts: int) -> Iterator[Tensor]:
    yield _vector(f"{block}.ffn_norm", width)
    suffix, count = ("_exps", (experts,)) if experts else ("", ())
    if experts:
        yield _matrix(f"{block}.ffn_gate_inp", "F32", width, experts)
    yield _matrix(f"{block}.ffn_gate{suffix}", kind, width, inner, *count)
    yield _matrix(f"{block}.ffn_up{suffix}", kind, width, inner, *count)
    yield _matrix(f"{block}.ffn_down{suffix}", kind, inner, width, *count)


def _matrix(name: str, kind: str, *shape: int) -> Tensor:
    return Tensor(f"{name}.weight", shape, kind, stored_bytes(shape, kind), 0)


def _vector(name: str, size: int) -> Tensor:
    return _matrix(name, "F32", size)

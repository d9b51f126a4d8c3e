"""A very small model whose memory is known: what a dry run must get right before it is believed."""

from __future__ import annotations

from alcove.gguf.header import Tensor
from alcove.gguf.skeleton import Skeleton, assemble, entry
from alcove.gguf.tensor_types import stored_bytes

CONTEXT = 256
"""The context, in tokens, at which the specimen is priced."""

_WIDTH = 256

CONTEXT_BYTES = CONTEXT * 2 * _WIDTH * 2
"""Its KV cache there: keys and values of one layer, f16."""

WEIGHTS_BYTES = (9 * _WIDTH + 3) * _WIDTH * 4
"""Nine square matrices and three norms, f32."""

_MATRICES = ("attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down")


def specimen() -> Skeleton:
    """Return a llama of one layer, all of whose dimensions are equal."""
    entries: dict[str, str | int | float] = {
        "general.architecture": "llama",
        "llama.block_count": 1,
        "llama.context_length": CONTEXT,
        "llama.embedding_length": _WIDTH,
        "llama.feed_forward_length": _WIDTH,
        "llama.attention.head_count": 4,
        "llama.attention.layer_norm_rms_epsilon": 1e-5,
        "llama.vocab_size": _WIDTH,
        "tokenizer.ggml.model": "none",
    }
    tensors = [
        *(_tensor(name, _WIDTH, _WIDTH) for name in ("token_embd", "output")),
        _tensor("output_norm", _WIDTH),
        *(_tensor(f"blk.0.{name}", _WIDTH, _WIDTH) for name in _MATRICES),
        *(_tensor(f"blk.0.{name}", _WIDTH) for name in ("attn_norm", "ffn_norm")),
    ]
    return Skeleton(assemble((entry(key, value) for key, value in entries.items()), tensors))


def _tensor(name: str, *shape: int) -> Tensor:
    return Tensor(f"{name}.weight", shape, "F32", stored_bytes(shape, "F32"), 0)

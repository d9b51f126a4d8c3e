"""Contents for a model that has none, so that its router sends tokens to different experts.

Everything is zero but the norms, the routers, and the embeddings of a few tokens: what reaches the
router of a layer is the embedding, and nothing is added to it on the way.
"""

from __future__ import annotations

import random
from array import array
from collections.abc import Iterator

from alcove.gguf.header import Header, Tensor

_TOKENS = 64
_HIGHEST_BYTE = 0x3B
"""Two bytes of which none is larger are a small positive number, whatever the float format."""


def contents(header: Header) -> Iterator[tuple[int, bytes]]:
    """Yield offsets in the file and what stands there; nothing for models without experts."""
    if not any(tensor.name.endswith("ffn_gate_inp.weight") for tensor in header.tensors):
        return
    source = random.Random(1)
    for tensor in header.tensors:
        if data := _content(tensor, source):
            yield header.data_offset + tensor.offset, data


def _content(tensor: Tensor, source: random.Random) -> bytes:
    if tensor.name.endswith("norm.weight") and tensor.type == "F32":
        return array("f", [1.0] * (tensor.size_bytes // 4)).tobytes()
    if tensor.name.endswith("ffn_gate_inp.weight") and tensor.type == "F32":
        return b"".join(_balanced(tensor.shape[0], source) for _ in range(tensor.shape[1]))
    if tensor.name == "token_embd.weight":
        rows = min(_TOKENS, tensor.shape[1])
        return _small_bytes(tensor.size_bytes // tensor.shape[1] * rows, source)
    return b""


def _balanced(size: int, source: random.Random) -> bytes:
    """Random numbers that add up to 0: what all embeddings have in common prefers no expert."""
    signs = source.getrandbits(size)
    row = array("f", [1.0 if signs >> index & 1 else -1.0 for index in range(size)])
    mean = sum(row) / size
    return array("f", [value - mean for value in row]).tobytes()


def _small_bytes(size: int, source: random.Random) -> bytes:
    table = bytes(value * _HIGHEST_BYTE // 255 for value in range(256))
    return source.randbytes(size).translate(table)

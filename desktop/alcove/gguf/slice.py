"""The first layers of a model, as a model of their own."""

from __future__ import annotations

from collections.abc import Iterator, Set

from alcove.gguf.cursor import U32, U64
from alcove.gguf.header import Tensor
from alcove.gguf.skeleton import Skeleton, assemble, entries, entry

_ARRAY, _STRING = 9, 8
_SIZES = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}
_COUNTS_FROM_THE_END = ("nextn_predict_layers", "attention.shared_kv_layers")
"""Numbers of layers that are the last ones, of which a slice has none."""

_QUERY_RANK = "attention.q_lora_rank"
"""DeepSeek's small models have none, and llama.cpp knows them by their number of layers alone."""


def first_layers(skeleton: Skeleton, count: int) -> Skeleton:
    """Return the model that consists of the first ``count`` layers of another, and of its ends.

    Lists with a value for each layer are cut; what follows from a layer's number stays as it is.
    """
    layers = skeleton.header.number("block_count") or 0
    drafts = skeleton.header.number("nextn_predict_layers") or 0
    tensors = (tensor for tensor in skeleton.header.tensors if _is_among(tensor, count))
    return Skeleton(assemble(_entries(skeleton, {layers, layers - drafts}, count), tensors))


def _is_among(tensor: Tensor, count: int) -> bool:
    return tensor.layer is None or tensor.layer < count


def _entries(skeleton: Skeleton, lengths: Set[int], count: int) -> Iterator[bytes]:
    prefix = f"{skeleton.header.architecture}."
    last = {prefix + suffix for suffix in _COUNTS_FROM_THE_END}
    if prefix + _QUERY_RANK not in skeleton.header.metadata and prefix == "deepseek2.":
        yield entry(prefix + _QUERY_RANK, 0)
    for key, encoded_key, value in entries(skeleton.data):
        if key == f"{prefix}block_count":
            yield entry(key, count)
        elif key in last:
            yield entry(key, 0)
        elif key.startswith(prefix):
            yield encoded_key + _cut(value, lengths, count)
        else:
            yield encoded_key + value


def _cut(value: bytes, lengths: Set[int], count: int) -> bytes:
    """Cut an encoded list that has a value for each layer; leave any other value as it is.

    Lists with values for those layers too that only draft tokens are longer than others.
    """
    (kind,) = U32.unpack_from(value)
    if kind != _ARRAY:
        return value
    (element,), (length,) = U32.unpack_from(value, 4), U64.unpack_from(value, 8)
    if element == _STRING or length not in lengths:
        return value
    return value[:8] + U64.pack(count) + value[16 : 16 + count * _SIZES[element]]

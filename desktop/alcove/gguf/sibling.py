"""The header that another quantization of a model should have, made from the header of one."""

from __future__ import annotations

from dataclasses import replace

from alcove.gguf.fitting import fitted
from alcove.gguf.header import Header
from alcove.gguf.recipe import Sketch, Traits, types
from alcove.gguf.skeleton import Skeleton, retyped
from alcove.gguf.tensor_types import stored_bytes

_ALIKE = 0.2
"""Share of a file's size by which a recipe may be off before it must be another model's file."""


def sibling(
    skeleton: Skeleton, tokenizer_bytes: int, name: str, size_bytes: int
) -> Skeleton | None:
    """Return the skeleton that the quantization ``name`` of the same model should have.

    ``tokenizer_bytes`` is what its file, of ``size_bytes``, has before its weights. None where the
    file cannot be one of the same tensors, or the quantization is not known.
    """
    header = skeleton.header
    tensors = tuple((tensor.name, tensor.shape) for tensor in header.tensors)
    try:
        kinds = types(name.removeprefix("UD-"), _traits(header), tensors, frozenset())
    except KeyError:
        return None
    whole = [kind or tensor.type for kind, tensor in zip(kinds, header.tensors, strict=True)]
    wanted = size_bytes - tokenizer_bytes
    if abs(_size(tensors, whole) - wanted) > _ALIKE * size_bytes:
        return None
    found = fitted(tensors, whole, wanted)
    return retyped(
        skeleton,
        [
            replace(tensor, type=kind, size_bytes=stored_bytes(tensor.shape, kind))
            for tensor, kind in zip(header.tensors, found, strict=True)
        ],
    )


def _size(tensors: tuple[Sketch, ...], kinds: list[str]) -> int:
    return sum(
        stored_bytes(shape, kind) for (_name, shape), kind in zip(tensors, kinds, strict=True)
    )


def _traits(header: Header) -> Traits:
    layers = header.number("block_count") or 0
    heads, kv_heads = (header.number(f"attention.{key}") for key in ("head_count", "head_count_kv"))
    grouped = bool(heads and kv_heads and heads != kv_heads)
    return Traits(
        layers=layers,
        experts=header.number("expert_count") or 0,
        sharing=heads // kv_heads if heads and kv_heads else 0,
        seventy=layers == 80 and grouped and header.architecture in ("llama", "qwen2"),
    )

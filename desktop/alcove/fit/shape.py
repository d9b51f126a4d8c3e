"""What fitting needs to know of one model file, from its header or from the catalog."""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from math import prod

from alcove.catalog.model import Model, Quantization, Transformer
from alcove.errors import ModelFileError, Remedy
from alcove.fit.kv import KvCache, head_size, kv_of, per_layer
from alcove.fit.result import Basis
from alcove.gguf.header import Header, Tensor
from alcove.i18n import _

_MAX_LAYERS = 4096
_MAX_COUNT = 2**31
_UNKNOWN_WIDTH = 16384
_UNKNOWN_KV_BYTES_PER_TOKEN = 512 * 1024
_STATES = 128
"""The state size of the recurrent layers of Qwen3.5, Nemotron-H and Granite-H."""


@dataclass(frozen=True)
class Shape:
    """One model file. ``context_limit`` is what the model was trained for, in tokens.

    ``width`` is the larger of the embedding size and of all query heads together.
    """

    weights_bytes: int
    kv: KvCache
    layers: int
    width: int
    context_limit: int
    parameters: int
    active_parameters: int
    basis: Basis

    @property
    def active_share(self) -> float:
        """The part of the weights that one token uses; all where the header has no tensors."""
        return self.active_parameters / self.parameters if self.parameters else 1.0


def shape_from_catalog(model: Model, quantization: Quantization) -> Shape:
    """Take the shape from the catalog; what it does not know is guessed too large."""
    transformer = model.transformer
    return Shape(
        weights_bytes=quantization.size_bytes,
        kv=_catalog_kv(transformer),
        layers=transformer.layers or 1,
        width=_catalog_width(transformer),
        context_limit=model.context,
        parameters=model.parameters,
        active_parameters=model.active_parameters or model.parameters,
        basis="catalog",
    )


def shape_from_header(header: Header, size_bytes: int) -> Shape:
    """Take the shape from a header; ``size_bytes`` is of the file, or of all its parts.

    Raises ModelFileError if the header does not describe a language model.
    """
    _require_sane(header)
    layers = header.number("block_count") or 0
    heads = max(per_layer(header, "attention.head_count", layers) or [0])
    return Shape(
        weights_bytes=size_bytes - header.data_offset,
        kv=kv_of(header),
        layers=layers - (header.number("nextn_predict_layers") or 0),
        width=max(header.number("embedding_length") or 0, heads * head_size(header)),
        context_limit=header.number("context_length") or 4096,
        parameters=sum(prod(tensor.shape) for tensor in header.tensors),
        active_parameters=round(sum(_active(header, tensor) for tensor in header.tensors)),
        basis="header",
    )


def _require_sane(header: Header) -> None:
    """Raise ModelFileError unless the numbers that follow from a header can be those of a model."""
    layers = header.number("block_count") or 0
    drafts = header.number("nextn_predict_layers") or 0
    counts = [
        value
        for key, value in header.metadata.items()
        if key.startswith(f"{header.architecture}.") and isinstance(value, int)
    ]
    numbers = [
        number
        for key, value in header.metadata.items()
        if key.startswith(f"{header.architecture}.attention.") and isinstance(value, array)
        for number in value
    ]
    if not 0 < layers <= _MAX_LAYERS or not 0 <= drafts < layers:
        problem = _("{count} layers").format(count=layers - drafts)
    elif any(not 0 <= count <= _MAX_COUNT for count in counts):
        problem = _("an impossible number")
    elif any(not 0 <= number <= _MAX_COUNT for number in numbers):
        problem = _("an impossible number for one of its layers")
    else:
        return
    raise ModelFileError(
        _("This GGUF does not describe a language model: it states {problem}.").format(
            problem=problem
        ),
        _("Choose another copy of the model."),
        Remedy.CHOOSE_MODEL,
    )


def _catalog_width(transformer: Transformer) -> int:
    if not transformer.heads or not transformer.head_size:
        return _UNKNOWN_WIDTH
    return transformer.heads * transformer.head_size


def _catalog_kv(transformer: Transformer) -> KvCache:
    window = transformer.window or 0
    fixed = transformer.kv_fixed_bytes or 0
    growing = transformer.kv_bytes_per_token
    recurrent = transformer.recurrent_layers or 0
    return KvCache(
        bytes_per_token=_most_kv_bytes(transformer) if growing is None else growing,
        window_bytes_per_token=fixed // window if window else 0,
        window=window,
        # The inner size is at most twice the width in these models; states are f32.
        state_bytes=recurrent * 2 * _catalog_width(transformer) * _STATES * 4,
    )


def _most_kv_bytes(transformer: Transformer) -> int:
    """Count the KV bytes per token as if every layer grew with the context."""
    layers, heads, size = transformer.layers, transformer.kv_heads, transformer.head_size
    if not layers or not heads or not size:
        return _UNKNOWN_KV_BYTES_PER_TOKEN
    return layers * heads * size * 2 * 2


def _active(header: Header, tensor: Tensor) -> float:
    """Parameters of a tensor that one token uses."""
    count = prod(tensor.shape)
    experts = header.number("expert_count")
    used = header.number("expert_used_count")
    if not experts or not used or "_exps" not in tensor.name:
        return count
    return count * used / experts

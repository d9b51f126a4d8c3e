"""What fitting needs to know of one model file, from its header or from the catalog."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from math import prod

from alcove.catalog.model import Model, Quantization, Transformer
from alcove.errors import ModelFileError, Remedy
from alcove.fit.kv import KvCache, head_size, kv_of, per_layer
from alcove.fit.result import Basis
from alcove.gguf.header import Header, Tensor
from alcove.gguf.names import main_type
from alcove.gguf.skeleton import Skeleton
from alcove.i18n import _

_MAX_LAYERS = 4096
_MAX_COUNT = 2**31
_UNKNOWN_WIDTH = 16384
_UNKNOWN_KV_BYTES_PER_TOKEN = 512 * 1024
_STATES = 128
"""The state size of the recurrent layers of Qwen3.5, Nemotron-H and Granite-H."""

_ROUTED_SHARE = 0.6
"""Of a mixture's active parameters: those of the experts that a token uses. It is 0.67 for
gpt-oss-20b, 0.55 for Qwen3-30B-A3B."""

_EMBEDDING, _OUTPUT = -1, -2


@dataclass(frozen=True)
class Part:
    """Bytes of a part of the weights by ggml's name of their type ("Q4_K").

    ``experts`` are those among which a router picks for each token.
    """

    dense: Mapping[str, int]
    experts: Mapping[str, int] = field(default_factory=dict)

    @cached_property
    def size_bytes(self) -> int:
        """All of them."""
        return sum(self.dense.values()) + self.expert_bytes

    @cached_property
    def expert_bytes(self) -> int:
        """Those of experts."""
        return sum(self.experts.values())


@dataclass(frozen=True)
class Shape:
    """One model file.

    ``embedding`` is what looks tokens up, ``blocks`` are the layers, ``output`` is the rest;
    where the embedding serves as the output too, ``tied`` says so. A token uses ``expert_share``
    of the experts. ``context_limit`` is what the model was trained for, in tokens. ``width`` is
    the larger of the embedding size and of all query heads together. ``tokenizer_model`` is the
    kind of the tokenizer ("gpt2" for all of BPE), empty where that is not known, and
    ``tokenizer_merges`` the number of its merges. ``drafts`` are layers after the blocks that only
    serve to draft tokens, which nobody asks for here.
    """

    embedding: Part
    blocks: tuple[Part, ...]
    output: Part
    tied: bool
    expert_share: float
    kv: KvCache
    width: int
    context_limit: int
    parameters: int
    active_parameters: int
    vocabulary_size: int
    basis: Basis
    tokenizer_model: str = ""
    tokenizer_merges: int = 0
    drafts: int = 0

    @property
    def layers(self) -> int:
        """Layers as llama.cpp counts them for GPUs: those for drafting and the output layer too."""
        return len(self.blocks) + self.drafts + 1

    @cached_property
    def weights_bytes(self) -> int:
        """All weights, each tensor once."""
        blocks = sum(block.size_bytes for block in self.blocks)
        return self.embedding.size_bytes + blocks + self.output.size_bytes

    @cached_property
    def moe_layers(self) -> int:
        """Layers up to the last one that has experts."""
        return max((n for n, block in enumerate(self.blocks, 1) if block.experts), default=0)


def shape_from_catalog(model: Model, quantization: Quantization) -> Shape:
    """Take the shape from the catalog; what it does not know is guessed too large."""
    transformer = model.transformer
    layers = transformer.layers or 1
    active = model.active_parameters or model.parameters
    routed, share = _catalog_experts(model.parameters, active)
    kind = main_type(quantization.name)
    size = quantization.size_bytes // layers
    experts = round(size * routed / model.parameters)
    block = Part({kind: size - experts}, {kind: experts} if experts else {})
    return Shape(
        embedding=Part({}),
        blocks=(block,) * layers,
        output=Part({kind: quantization.size_bytes - size * layers}),
        tied=False,
        expert_share=share,
        kv=_catalog_kv(transformer),
        width=_catalog_width(transformer),
        context_limit=model.context,
        parameters=model.parameters,
        active_parameters=active,
        vocabulary_size=0,
        basis="catalog",
    )


def shape_from_skeleton(skeleton: Skeleton) -> Shape:
    """Take the shape from a skeleton; raises ModelFileError as ``shape_from_header``."""
    return replace(
        shape_from_header(skeleton.header, skeleton.vocabulary_size),
        tokenizer_model=skeleton.tokenizer_model,
        tokenizer_merges=skeleton.tokenizer_merges,
    )


def shape_from_header(header: Header, vocabulary_size: int = 0) -> Shape:
    """Take the shape from a header, all its parts joined.

    Raises ModelFileError if the header does not describe a language model.
    """
    _require_sane(header)
    layers = header.number("block_count") or 0
    drafts = header.number("nextn_predict_layers") or 0
    heads = max(per_layer(header, "attention.head_count", layers) or [0])
    parts = _parts(header)
    experts, used = header.number("expert_count"), header.number("expert_used_count")
    share = used / experts if experts and used else 1.0
    return Shape(
        embedding=parts.get(_EMBEDDING, Part({})),
        blocks=tuple(parts.get(layer, Part({})) for layer in range(layers - drafts)),
        output=parts.get(_OUTPUT, Part({})),
        tied=not any(tensor.name == "output.weight" for tensor in header.tensors),
        expert_share=share,
        kv=kv_of(header),
        width=max(header.number("embedding_length") or 0, heads * head_size(header)),
        context_limit=header.number("context_length") or 4096,
        parameters=sum(prod(tensor.shape) for tensor in header.tensors),
        active_parameters=round(
            sum(
                prod(tensor.shape) * (share if _is_expert(tensor) else 1)
                for tensor in header.tensors
            )
        ),
        vocabulary_size=vocabulary_size,
        drafts=drafts,
        basis="header",
    )


def _parts(header: Header) -> dict[int, Part]:
    """Sum the tensors up by the layer that they belong to; drafting layers are never loaded."""
    sums: dict[int, tuple[Counter[str], Counter[str]]] = {}
    for tensor in header.tensors:
        dense, experts = sums.setdefault(_place(tensor), (Counter(), Counter()))
        (experts if _is_expert(tensor) else dense)[tensor.type] += tensor.size_bytes
    return {place: Part(dict(dense), dict(experts)) for place, (dense, experts) in sums.items()}


def _place(tensor: Tensor) -> int:
    if tensor.layer is not None:
        return tensor.layer
    return _EMBEDDING if tensor.name == "token_embd.weight" else _OUTPUT


def _is_expert(tensor: Tensor) -> bool:
    return "_exps" in tensor.name


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


def _catalog_experts(parameters: int, active: int) -> tuple[float, float]:
    """Return how many parameters are in experts, and what share of them a token uses."""
    if active >= parameters:
        return 0.0, 1.0
    used = _ROUTED_SHARE * active
    routed = parameters - active + used
    return routed, used / routed


def _catalog_width(transformer: Transformer) -> int:
    if not transformer.heads or not transformer.head_size:
        return _UNKNOWN_WIDTH
    return transformer.heads * transformer.head_size


def _catalog_kv(transformer: Transformer) -> KvCache:
    window = transformer.window or 0
    fixed = transformer.kv_fixed_bytes or 0
    growing = transformer.kv_bytes_per_token
    recurrent = transformer.recurrent_layers or 0
    heads, (attending, windowed) = transformer.heads or 0, _attending_layers(transformer)
    return KvCache(
        bytes_per_token=_most_kv_bytes(transformer) if growing is None else growing,
        window_bytes_per_token=fixed // window if window else 0,
        window=window,
        # The inner size is at most twice the width in these models; states are f32.
        state_bytes=recurrent * 2 * _catalog_width(transformer) * _STATES * 4,
        heads=round(heads * attending),
        window_heads=round(heads * windowed),
        head_elements=2 * (transformer.head_size or 0),
    )


def _attending_layers(transformer: Transformer) -> tuple[float, float]:
    """Return how many layers look at all tokens and how many at a window; 0 for what is unknown.

    A cache may hold less for each layer than keys and values, but not in models that mix layers.
    """
    layers, recurrent = transformer.layers or 0, transformer.recurrent_layers or 0
    each = (transformer.kv_heads or 0) * (transformer.head_size or 0) * 4
    fixed, window = transformer.kv_fixed_bytes or 0, transformer.window or 0
    windowed = fixed / window / each if window and each else 0.0
    growing = transformer.kv_bytes_per_token
    if growing is None or not each or not (recurrent or windowed):
        return layers - recurrent - windowed, windowed
    return growing / each, windowed


def _most_kv_bytes(transformer: Transformer) -> int:
    """Count the KV bytes per token as if every layer grew with the context."""
    layers, heads, size = transformer.layers, transformer.kv_heads, transformer.head_size
    if not layers or not heads or not size:
        return _UNKNOWN_KV_BYTES_PER_TOKEN
    return layers * heads * size * 2 * 2

"""What fitting needs to know of one model file, from its header."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from alcove.errors import ModelFileError, Remedy
from alcove.fit.kv import KvCache, head_size, kv_of, per_layer
from alcove.fit.result import Basis
from alcove.gguf.header import MAX_COUNT, Header, Tensor
from alcove.gguf.skeleton import Skeleton
from alcove.i18n import _

_MAX_LAYERS = 4096
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
    elif any(not 0 <= count <= MAX_COUNT for count in counts):
        problem = _("an impossible number")
    elif any(not 0 <= number <= MAX_COUNT for number in numbers):
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

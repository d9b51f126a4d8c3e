"""What fitting needs to know of a file of the catalog that nobody has looked into."""

from __future__ import annotations

from alcove.catalog.model import Model, Quantization, Transformer
from alcove.fit.kv import KvCache
from alcove.fit.outline import shape_from_outline
from alcove.fit.shape import Part, Shape
from alcove.gguf.names import main_type

_UNKNOWN_WIDTH = 16384
_UNKNOWN_KV_BYTES_PER_TOKEN = 512 * 1024
_STATES = 128
"""The state size of the recurrent layers of Qwen3.5, Nemotron-H and Granite-H."""

_ROUTED_SHARE = 0.6
"""Of a mixture's active parameters: those of the experts that a token uses. It is 0.67 for
gpt-oss-20b, 0.55 for Qwen3-30B-A3B."""


def shape_from_catalog(model: Model, quantization: Quantization) -> Shape:
    """Take the shape from the rebuilt header of a file, else from what the catalog says.

    What that does not know is guessed too large.
    """
    if (shape := _outlined(model, quantization)) is not None:
        return shape
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
        vocabulary_size=0,
        basis="catalog",
    )


def _outlined(model: Model, quantization: Quantization) -> Shape | None:
    """Return the shape that the outline tells; None where there is none, or a damaged one."""
    if model.outline is None:
        return None
    try:
        return shape_from_outline(model.outline.content, quantization.name, model.context)
    except (AttributeError, IndexError, KeyError, TypeError, ValueError):
        return None


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

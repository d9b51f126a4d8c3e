"""How much memory the KV cache takes, by the formulas of llama.cpp.

Right for attention with grouped heads (also per layer), sliding windows, latent attention (MLA),
layers that share the cache of others, and hybrids with recurrent layers. Where a header does not
tell, every layer is counted as growing with the context.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass

from alcove.fit.configuration import BATCH, KV_BYTES_PER_ELEMENT
from alcove.fit.search import CELLS
from alcove.gguf.header import Header

_WINDOW_PERIODS = {
    "cohere2": 4,
    "exaone4": 4,
    "gemma2": 2,
    "gemma3": 6,
    "gemma3n": 5,
    "gpt-oss": 2,
    "llama4": 4,
    "muse-glimmer": 4,
    "olmo2": 4,
}
"""Architectures in which all but every n-th layer have a window, even if the header is silent."""

_WINDOWS = {"llama4": 8192}
"""Windows in tokens that llama.cpp takes where the header is silent."""

_WITHOUT_CACHE = ("bert", "nomic-bert", "gemma-embedding")
"""Architectures that read a text once, and keep nothing of it."""

_OWN_CACHE_LAYERS = {"gemma3n": 20}
"""Architectures of which only the first layers have a cache; the others share it."""


@dataclass(frozen=True)
class LayerAttention:
    """The heads of one layer, 0 where it keeps no cache; ``window`` is in tokens, 0 is all."""

    kv_heads: int
    heads: int
    window: int


@dataclass(frozen=True)
class KvCache:
    """What the KV cache of a model takes at f16.

    ``bytes_per_token`` is of the layers that grow with the context, ``window_bytes_per_token`` of
    those that see only ``window`` tokens. ``state_bytes`` is what recurrent layers keep, in f32
    whatever the cache type. ``heads`` are the query heads of all layers that grow, and
    ``window_heads`` those of the others; ``head_elements`` is how many elements a key and a value
    of one head have. They are 0 where that is not known.
    """

    bytes_per_token: int
    window_bytes_per_token: int = 0
    window: int = 0
    state_bytes: int = 0
    heads: int = 0
    window_heads: int = 0
    head_elements: int = 0

    def size(self, context: int, kv_type: str = "f16", slots: int = 1) -> int:
        """Return bytes at a context in tokens, with the cache type ``kv_type``.

        ``slots`` conversations share it; each has windows and states of its own.
        """
        cells = padded(context)
        window_cells = min(cells, padded(self.window * slots + BATCH))
        f16 = self.bytes_per_token * cells + self.window_bytes_per_token * window_cells
        return int(f16 / 2 * KV_BYTES_PER_ELEMENT[kv_type]) + self.state_bytes * slots

    def forgetful_bytes(self, context: int, kv_type: str = "f16") -> int:
        """Return bytes of what one conversation overwrites as it grows: windows and states."""
        f16 = self.window_bytes_per_token * min(context, self.window)
        return int(f16 / 2 * KV_BYTES_PER_ELEMENT[kv_type]) + self.state_bytes


def padded(cells: int) -> int:
    """Round up as llama.cpp rounds the cells of a cache."""
    return -(-cells // CELLS) * CELLS


def kv_of(header: Header) -> KvCache:
    """Read what the KV cache takes from a header that has ``block_count``."""
    if header.architecture in _WITHOUT_CACHE:
        return KvCache(bytes_per_token=0)
    layers = (header.number("block_count") or 0) - (header.number("nextn_predict_layers") or 0)
    window = _window(header)
    full, sliding = _head_bytes(header, ""), _head_bytes(header, "_swa")
    growing = [each for each in layer_attention(header, layers) if not each.window]
    inside = [each for each in layer_attention(header, layers) if each.window]
    kept = sum(each.kv_heads > 0 for each in (*growing, *inside))
    return KvCache(
        bytes_per_token=sum(each.kv_heads for each in growing) * full
        + _indexer_bytes(header, layers),
        window_bytes_per_token=sum(each.kv_heads for each in inside) * sliding,
        window=window,
        state_bytes=_state_bytes(header) * (layers - kept or layers),
        heads=sum(each.heads for each in growing),
        window_heads=sum(each.heads for each in inside),
        head_elements=head_size(header)
        + (header.number("attention.value_length") or head_size(header)),
    )


def layer_attention(header: Header, layers: int) -> tuple[LayerAttention, ...]:
    """Read what the attention of each of the first ``layers`` layers is."""
    window = _window(header)
    windowed = _windowed(header, layers) if window else [False] * layers
    kept = _kv_heads(header, layers)
    asking = per_layer(header, "attention.head_count", layers) or kept
    return tuple(
        LayerAttention(kv_heads, heads if kv_heads else 0, window if inside else 0)
        for kv_heads, heads, inside in zip(kept, asking, windowed, strict=True)
    )


def per_layer(header: Header, suffix: str, layers: int) -> list[int] | None:
    """Read a number that a header gives once or for each layer; None where it gives none."""
    value = header.metadata.get(f"{header.architecture}.{suffix}")
    if isinstance(value, int):
        return [value] * layers
    if isinstance(value, array):
        numbers = [int(number) for number in value[:layers]]
        return numbers if len(numbers) == layers else None
    return None


def head_size(header: Header) -> int:
    """Return the size of one key, in elements."""
    if size := header.number("attention.key_length"):
        return size
    heads = max(per_layer(header, "attention.head_count", 1) or [0])
    return (header.number("embedding_length") or 0) // (heads or 1)


def _kv_heads(header: Header, layers: int) -> list[int]:
    """KV heads of each layer; 0 for layers that keep no cache of their own."""
    heads = (
        per_layer(header, "attention.head_count_kv", layers)
        or per_layer(header, "attention.head_count", layers)
        or [0] * layers
    )
    shared = header.number("attention.shared_kv_layers") or 0
    own = _OWN_CACHE_LAYERS.get(header.architecture, layers - shared)
    interval = header.number("full_attention_interval") or 1
    return [
        count if layer < own and (layer + 1) % interval == 0 else 0
        for layer, count in enumerate(heads)
    ]


def _window(header: Header) -> int:
    """Return the sliding window in tokens, 0 where there is none."""
    window = header.number("attention.sliding_window")
    return _WINDOWS.get(header.architecture, 0) if window is None else window


def _windowed(header: Header, layers: int) -> list[bool]:
    """Whether each layer has a sliding window."""
    suffix = "attention.sliding_window_pattern"
    period = header.number(suffix) or _WINDOW_PERIODS.get(header.architecture, 1)
    pattern = None if header.number(suffix) else per_layer(header, suffix, layers)
    if pattern is not None:
        return [bool(inside) for inside in pattern]
    return [layer % period < period - 1 for layer in range(layers)]


def _head_bytes(header: Header, kind: str) -> int:
    """Bytes at f16 that one KV head of one layer takes per token; ``kind`` is "" or "_swa"."""
    key = header.number(f"attention.key_length{kind}") or head_size(header)
    if header.number("attention.key_length_mla"):
        # Latent attention: the values are part of what is kept for the keys.
        return 2 * key
    value = header.number(f"attention.value_length{kind}") or header.number(
        "attention.value_length"
    )
    return 2 * (key + (value or head_size(header)))


def _indexer_bytes(header: Header, layers: int) -> int:
    """Bytes at f16 per token of the keys by which sparse attention chooses what to look at."""
    if not header.number("attention.key_length_mla"):
        return 0
    whole = per_layer(header, "attention.indexer.types", layers) or [1] * layers
    return 2 * (header.number("attention.indexer.key_length") or 0) * sum(whole)


def _state_bytes(header: Header) -> int:
    """Bytes that one recurrent layer keeps, 0 for models that have none."""
    if history := header.number("shortconv.l_cache"):
        return 4 * (header.number("embedding_length") or 0) * (history - 1)
    if size := header.number("kda.head_dim"):
        history = max((header.number("ssm.conv_kernel") or 1) - 1, 0)
        return 4 * size * (size + 3 * history) * (header.number("attention.head_count") or 0)
    inner = header.number("ssm.inner_size") or 0
    state = header.number("ssm.state_size") or 0
    groups = header.number("ssm.group_count") or 0
    history = max((header.number("ssm.conv_kernel") or 1) - 1, 0)
    return 4 * (history * (inner + 2 * groups * state) + state * inner)

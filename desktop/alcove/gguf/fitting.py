"""Types of tensors that add up to a size, where a quantizer has recipes of its own."""

from __future__ import annotations

from collections.abc import Sequence

from alcove.gguf.recipe import Sketch
from alcove.gguf.tensor_types import stored_bytes

_LADDER = (
    *("IQ1_S", "IQ1_M", "IQ2_XXS", "IQ2_S", "Q2_K", "IQ3_XXS", "Q3_K", "IQ4_XS", "Q4_K", "Q5_K"),
    *("Q6_K", "Q8_0", "BF16"),
)
"""Types from coarse to fine, in which rows of 256 elements can be stored."""

_SHORT_LADDER = ("Q4_0", "Q5_0", "Q8_0", "BF16")
"""Those in which rows of 32 elements can be stored."""

_ROW, _SHORT_ROW = 256, 32


def fitted(tensors: Sequence[Sketch], types: Sequence[str], size_bytes: int) -> list[str]:
    """Move types up or down until all tensors take about ``size_bytes``.

    What is made finer is first what every token passes and takes little, then the way down of the
    feed-forward network, then its rest; what is made coarser, the other way round. Types that are
    not quantized stay.
    """
    found = list(types)
    sketches = zip(tensors, types, strict=True)
    missing = size_bytes - sum(stored_bytes(shape, kind) for (_name, shape), kind in sketches)
    order = sorted(
        (index for index, kind in enumerate(types) if _movable(kind, tensors[index][1])),
        key=lambda index: -_worth(tensors[index][0]),
    )
    moved = True
    while moved:
        moved = False
        step = 1 if missing > 0 else -1
        for index in order[::step]:
            shape = tensors[index][1]
            kind = _next(found[index], shape, step)
            change = stored_bytes(shape, kind) - stored_bytes(shape, found[index])
            if abs(missing - change) < abs(missing):
                found[index], missing, moved = kind, missing - change, True
    return found


def _movable(kind: str, shape: tuple[int, ...]) -> bool:
    return kind not in ("F32", "F16", "BF16") and shape[0] % _SHORT_ROW == 0


def _worth(name: str) -> int:
    """Return how much it is worth to have a tensor finer."""
    if "ffn_down" in name:
        return 1
    return 0 if "ffn_gate" in name or "ffn_up" in name else 2


def _next(kind: str, shape: tuple[int, ...], step: int) -> str:
    """Return the next finer or coarser type for a tensor, the same one at the ends."""
    ladder = _SHORT_LADDER if shape[0] % _ROW else _LADDER
    own = stored_bytes((_ROW,), kind)
    for rung in ladder[::step]:
        if step * (stored_bytes((_ROW,), rung) - own) > 0:
            return rung
    return kind

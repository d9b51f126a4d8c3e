from __future__ import annotations

import pytest

from alcove.gguf.fitting import fitted
from alcove.gguf.tensor_types import stored_bytes

TENSORS = [
    (f"blk.{layer}.{name}.weight", (256, rows))
    for layer in range(8)
    for name, rows in (("attn_q", 256), ("ffn_up", 1024), ("ffn_down", 1024), ("attn_norm", 1))
]
TYPES = ["Q4_K", "Q4_K", "Q4_K", "F32"] * 8


def total(types: list[str]) -> int:
    return sum(
        stored_bytes(shape, kind) for (_name, shape), kind in zip(TENSORS, types, strict=True)
    )


@pytest.mark.parametrize("factor", [0.5, 0.8, 0.97, 1.03, 1.25, 1.7])
def test_types_add_up_to_a_size(factor: float) -> None:
    wanted = round(total(TYPES) * factor)
    found = fitted(TENSORS, TYPES, wanted)
    assert total(found) == pytest.approx(wanted, rel=0.01)
    assert found[3::4] == ["F32"] * 8


def test_what_every_token_passes_is_made_finer_first() -> None:
    attention = sum(stored_bytes(shape, "Q5_K") for name, shape in TENSORS if "attn_q" in name)
    fewer = sum(stored_bytes(shape, "Q4_K") for name, shape in TENSORS if "attn_q" in name)
    found = fitted(TENSORS, TYPES, total(TYPES) + attention - fewer)
    assert found == ["Q5_K", "Q4_K", "Q4_K", "F32"] * 8


def test_what_is_least_worth_is_made_coarser_first() -> None:
    change = stored_bytes((256, 1024), "Q4_K") - stored_bytes((256, 1024), "IQ4_XS")
    found = fitted(TENSORS, TYPES, total(TYPES) - 8 * change)
    assert found == ["Q4_K", "IQ4_XS", "Q4_K", "F32"] * 8


def test_short_rows_move_among_types_of_short_blocks() -> None:
    tensors = [("blk.0.ffn_up.weight", (96, 64)), ("blk.1.ffn_up.weight", (40, 64))]
    wanted = stored_bytes((96, 64), "Q8_0") + stored_bytes((40, 64), "F16")
    assert fitted(tensors, ["Q5_0", "F16"], wanted) == ["Q8_0", "F16"]


def test_what_cannot_be_reached_is_left_as_near_as_it_gets() -> None:
    assert fitted(TENSORS, TYPES, 1)[:3] == ["IQ1_S", "IQ1_S", "IQ1_S"]

from __future__ import annotations

from dataclasses import replace

import pytest

from alcove.catalog.load import load_catalog
from alcove.catalog.model import Transformer
from alcove.errors import ModelFileError
from alcove.fit.shape import Part, shape_from_catalog, shape_from_header
from alcove.gguf.header import Tensor
from fit.examples import header


def test_a_header_gives_the_shape() -> None:
    dense = Tensor("blk.0.attn_q.weight", (64, 100), "F16", 12_800, 0)
    experts = Tensor("blk.0.ffn_up_exps.weight", (64, 10, 8), "F16", 10_240, 12_800)
    shape = shape_from_header(
        header(
            "qwen3moe",
            {
                "block_count": 2,
                "context_length": 4096,
                "embedding_length": 64,
                "attention.head_count": [4, 2],
                "attention.head_count_kv": 1,
                "attention.key_length": 32,
                "expert_count": 8,
                "expert_used_count": 2,
            },
            dense,
            experts,
        )
    )
    assert shape.blocks == (Part({"F16": 12_800}, {"F16": 10_240}), Part({}))
    assert shape.weights_bytes == 23_040
    assert (shape.layers, shape.moe_layers, shape.expert_share) == (3, 1, 0.25)
    assert (shape.width, shape.context_limit) == (128, 4096)
    assert (shape.parameters, shape.active_parameters) == (6400 + 5120, 6400 + 1280)
    assert shape.basis == "header"


def test_the_embedding_and_the_output_are_apart() -> None:
    tensors = [
        Tensor("token_embd.weight", (64, 100), "Q6_K", 5250, 0),
        Tensor("output_norm.weight", (64,), "F32", 256, 5250),
        Tensor("blk.1.nextn.eh_proj.weight", (64, 64), "F16", 8192, 5506),
    ]
    values: dict[str, int | list[int]] = {
        "block_count": 2,
        "nextn_predict_layers": 1,
        "embedding_length": 64,
        "attention.head_count": 4,
    }
    tied = shape_from_header(header("llama", values, *tensors))
    assert tied.tied
    assert (tied.embedding.size_bytes, tied.output.size_bytes) == (5250, 256)
    assert len(tied.blocks) == 1  # the drafting layer is never loaded
    output = Tensor("output.weight", (64, 100), "Q6_K", 5250, 0)
    assert not shape_from_header(header("llama", values, *tensors, output)).tied


def test_a_header_of_no_language_model_is_refused() -> None:
    with pytest.raises(ModelFileError, match="states 0 layers"):
        shape_from_header(header("clip", {}))


@pytest.mark.parametrize(
    "numbers",
    [
        {"block_count": 2**62},
        {"block_count": -1},
        {"block_count": 2, "nextn_predict_layers": 3},
        {"block_count": 2, "context_length": -5},
        {"block_count": 2, "attention.head_count": -4},
        {"block_count": 2, "attention.head_count_kv": [4, -1]},
        {"block_count": 2, "embedding_length": 2**60},
    ],
)
def test_impossible_numbers_are_refused(numbers: dict[str, int | list[int]]) -> None:
    with pytest.raises(ModelFileError, match="does not describe a language model"):
        shape_from_header(header("llama", numbers))


def test_what_the_catalog_does_not_know_is_taken_too_large() -> None:
    model = load_catalog().get("llama-3.1-8b")
    assert model is not None
    known = shape_from_catalog(model, model.quantizations[0])
    facts = model.transformer
    no_kv = replace(model, transformer=replace(facts, kv_bytes_per_token=None))
    nothing = replace(model, transformer=Transformer(None, None, None, None, None))
    for vague in (no_kv, nothing):
        guessed = shape_from_catalog(vague, vague.quantizations[0])
        assert guessed.kv.size(8192) >= known.kv.size(8192)
        assert guessed.width >= known.width


def test_recurrent_layers_of_the_catalog_cost_their_state() -> None:
    model = load_catalog().get("qwen3.5-9b")
    assert model is not None
    state = shape_from_catalog(model, model.quantizations[0]).kv.state_bytes
    # Qwen3.5 9B keeps 32 heads of 128 x 128 in f32 on each of its 24 recurrent layers.
    assert 24 * 32 * 128 * 128 * 4 <= state < 300_000_000

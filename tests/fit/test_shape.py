from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from alcove.catalog.load import load_catalog
from alcove.catalog.model import Transformer
from alcove.errors import ModelFileError
from alcove.fit.catalogued import shape_from_catalog
from alcove.fit.configuration import Configuration
from alcove.fit.forecast import forecast
from alcove.fit.shape import Part, Shape, shape_from_header
from alcove.gguf.header import Tensor
from fit.examples import GIB, gpu, header, machine


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
    found = load_catalog().get("llama-3.1-8b")
    assert found is not None
    model = replace(found, outline=None)
    known = shape_from_catalog(model, model.quantizations[0])
    facts = model.transformer
    no_kv = replace(model, transformer=replace(facts, kv_bytes_per_token=None))
    nothing = replace(model, transformer=Transformer(None, None, None, None, None))
    for vague in (no_kv, nothing):
        guessed = shape_from_catalog(vague, vague.quantizations[0])
        assert guessed.kv.size(8192) >= known.kv.size(8192)
        assert guessed.width >= known.width


def test_recurrent_layers_of_the_catalog_cost_their_state() -> None:
    state = _catalogued("qwen3.5-9b").kv.state_bytes
    # Qwen3.5 9B keeps 32 heads of 128 x 128 in f32 on each of its 24 recurrent layers.
    assert 24 * 32 * 128 * 128 * 4 <= state < 300_000_000


@pytest.mark.parametrize(("name", "active"), [("gpt-oss-20b", 0.17), ("qwen3-30b-a3b", 0.11)])
def test_a_token_uses_some_of_the_experts_that_the_catalog_tells_of(
    name: str, active: float
) -> None:
    shape = _catalogued(name)
    dense = sum(sum(block.dense.values()) for block in shape.blocks)
    experts = sum(block.expert_bytes for block in shape.blocks)
    used = experts * shape.expert_share
    assert (dense + used) / (dense + experts) == pytest.approx(active, abs=0.01)
    assert 0.5 < used / (dense + used) < 0.7
    assert shape.moe_layers == len(shape.blocks)


def test_experts_in_ram_cost_speed_though_only_the_catalog_tells_of_them() -> None:
    host = machine(64 * GIB, replace(gpu(24 * GIB), bandwidth=1e12), bandwidth=60e9)
    paces = [
        forecast(
            _catalogued("gpt-oss-20b"), Configuration(8192, cpu_moe_layers=held), host, None
        ).generation
        for held in (0, 6, 12, 24)
    ]
    known = [pace.expected for pace in paces if pace is not None]
    assert len(known) == 4
    assert all(later < 0.8 * earlier for earlier, later in pairwise(known))


@pytest.mark.parametrize(
    ("name", "layers", "windowed"),
    [
        ("llama-3.1-8b", 32, 0),
        ("qwen3.5-9b", 8, 0),  # 24 of its 32 layers are recurrent
        ("gpt-oss-20b", 12, 12),
        ("glm-4.7-flash", 47, 0),  # whose values are part of its keys
    ],
)
def test_only_layers_that_attend_slow_a_long_chat_down(
    name: str, layers: int, windowed: int
) -> None:
    model = load_catalog().get(name)
    assert model is not None
    kv, heads = _catalogued(name).kv, model.transformer.heads or 0
    assert (kv.heads, kv.window_heads) == (heads * layers, heads * windowed)
    assert kv.head_elements == 2 * (model.transformer.head_size or 0)


def _catalogued(name: str) -> Shape:
    model = load_catalog().get(name)
    assert model is not None
    return shape_from_catalog(replace(model, outline=None), model.quantizations[0])

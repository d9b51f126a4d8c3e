"""KV bytes against what llama.cpp allocates, to the byte."""

from __future__ import annotations

import pytest

from alcove.catalog.load import load_catalog
from alcove.fit.catalogued import shape_from_catalog
from alcove.fit.kv import KvCache, kv_of
from alcove.gguf.header import Header
from fit.examples import MIB, header

LLAMA_8B = header(
    "llama",
    {
        "block_count": 32,
        "embedding_length": 4096,
        "attention.head_count": 32,
        "attention.head_count_kv": 8,
    },
)
LLAMA_70B = header(
    "llama",
    {
        "block_count": 80,
        "embedding_length": 8192,
        "attention.head_count": 64,
        "attention.head_count_kv": 8,
    },
)
SMOLLM2 = header(
    "llama",
    {
        "block_count": 30,
        "embedding_length": 576,
        "attention.head_count": 9,
        "attention.head_count_kv": 3,
    },
)
QWEN3_30B = header(
    "qwen3moe",
    {
        "block_count": 48,
        "embedding_length": 2048,
        "attention.head_count": 32,
        "attention.head_count_kv": 4,
        "attention.key_length": 128,
        "attention.value_length": 128,
    },
)
QWEN3_235B = header(
    "qwen3moe",
    {
        "block_count": 94,
        "embedding_length": 4096,
        "attention.head_count": 64,
        "attention.head_count_kv": 4,
        "attention.key_length": 128,
        "attention.value_length": 128,
    },
)
DEEPSEEK_V3 = header(
    "deepseek2",
    {
        "block_count": 61,
        "embedding_length": 7168,
        "attention.head_count": 128,
        "attention.head_count_kv": 1,
        "attention.kv_lora_rank": 512,
        "attention.key_length": 576,
        "attention.value_length": 512,
        "attention.key_length_mla": 192,
        "attention.value_length_mla": 128,
    },
)


def gpt_oss(layers: int) -> Header:
    return header(
        "gpt-oss",
        {
            "block_count": layers,
            "embedding_length": 2880,
            "attention.head_count": 64,
            "attention.head_count_kv": 8,
            "attention.key_length": 64,
            "attention.value_length": 64,
            "attention.sliding_window": 128,
        },
    )


def gemma3_270m(more: dict[str, int | list[int]]) -> Header:
    return header(
        "gemma3",
        {
            "block_count": 18,
            "embedding_length": 640,
            "attention.head_count": 4,
            "attention.head_count_kv": 1,
            "attention.key_length": 256,
            "attention.value_length": 256,
            "attention.sliding_window": 512,
            **more,
        },
    )


@pytest.mark.parametrize(
    ("model", "context", "kv_type", "expected"),
    [
        (SMOLLM2, 2048, "f16", 47_185_920),
        (SMOLLM2, 2048, "q8_0", 25_067_520),
        (SMOLLM2, 8192, "f16", 188_743_680),
        (SMOLLM2, 8192, "q8_0", 100_270_080),
        (gemma3_270m({}), 8192, "f16", 40_894_464),
        (LLAMA_8B, 8192, "f16", 1024 * MIB),
        (LLAMA_8B, 32768, "f16", 4096 * MIB),
        (LLAMA_8B, 32768, "q8_0", 2176 * MIB),
        (LLAMA_70B, 8192, "f16", 2560 * MIB),
        (gpt_oss(24), 8192, "f16", 210 * MIB),
        (gpt_oss(36), 8192, "f16", 315 * MIB),
        (QWEN3_30B, 8192, "f16", 768 * MIB),
        (QWEN3_235B, 8192, "f16", 1504 * MIB),
        (DEEPSEEK_V3, 8192, "f16", 549 * MIB),
    ],
)
def test_kv_from_headers(model: Header, context: int, kv_type: str, expected: int) -> None:
    assert kv_of(model).size(context, kv_type) == expected


@pytest.mark.parametrize(
    ("model_id", "context", "expected"),
    [
        ("smollm2-135m", 8192, 188_743_680),
        ("gemma-3-270m", 8192, 40_894_464),
        ("llama-3.1-8b", 8192, 1024 * MIB),
        ("llama-3.3-70b", 8192, 2560 * MIB),
        ("gpt-oss-20b", 8192, 210 * MIB),
        ("gpt-oss-120b", 8192, 315 * MIB),
        ("qwen3-30b-a3b", 8192, 768 * MIB),
        ("qwen3-235b-a22b", 8192, 1504 * MIB),
    ],
)
def test_kv_from_the_catalog(model_id: str, context: int, expected: int) -> None:
    model = load_catalog().get(model_id)
    assert model is not None
    assert shape_from_catalog(model, model.quantizations[0]).kv.size(context) == expected


def test_contexts_are_padded_to_256_cells() -> None:
    kv = KvCache(bytes_per_token=100)
    assert kv.size(1) == kv.size(256) == 25_600
    assert kv.size(257) == 51_200


def test_a_window_is_never_longer_than_the_context() -> None:
    kv = KvCache(bytes_per_token=0, window_bytes_per_token=100, window=4096)
    assert kv.size(4096) == 409_600
    assert kv.size(8192) == 100 * (4096 + 512)


def test_a_window_pattern_in_the_header_wins() -> None:
    every_second = gemma3_270m({"attention.sliding_window_pattern": 2})
    listed = gemma3_270m({"attention.sliding_window_pattern": [1, 0] * 9})
    assert kv_of(every_second) == kv_of(listed)
    assert kv_of(listed).bytes_per_token == 9 * 1024


def test_a_window_of_an_architecture_that_ignores_it_saves_nothing() -> None:
    mistral = header(
        "llama",
        {
            "block_count": 32,
            "embedding_length": 4096,
            "attention.head_count": 32,
            "attention.head_count_kv": 8,
            "attention.sliding_window": 4096,
        },
    )
    assert kv_of(mistral).size(8192) == kv_of(LLAMA_8B).size(8192)


def test_windowed_layers_may_have_heads_of_another_size() -> None:
    gemma4 = header(
        "gemma4",
        {
            "block_count": 6,
            "embedding_length": 2816,
            "attention.head_count": 16,
            "attention.head_count_kv": [8, 8, 8, 8, 8, 2],
            "attention.key_length": 512,
            "attention.value_length": 512,
            "attention.key_length_swa": 256,
            "attention.value_length_swa": 256,
            "attention.sliding_window": 1024,
            "attention.sliding_window_pattern": [1, 1, 1, 1, 1, 0],
        },
    )
    kv = kv_of(gemma4)
    # The catalog says the same of Gemma 4 26B-A4B: 20480 / 5 and 209715200 / 1024 / 5.
    assert (kv.bytes_per_token, kv.window_bytes_per_token) == (4096, 40960)


def test_layers_that_share_a_cache_take_none() -> None:
    shared = gemma3_270m(
        {"attention.sliding_window_pattern": [0] * 18, "attention.shared_kv_layers": 10}
    )
    assert kv_of(shared).bytes_per_token == 8 * 1024


def test_heads_may_differ_by_layer_and_layers_without_any_are_recurrent() -> None:
    nemotron = header(
        "nemotron_h",
        {
            "block_count": 4,
            "embedding_length": 4096,
            "attention.head_count": 32,
            "attention.head_count_kv": [0, 8, 0, 2],
            "attention.key_length": 128,
            "attention.value_length": 128,
            "ssm.inner_size": 8192,
            "ssm.state_size": 128,
            "ssm.group_count": 8,
            "ssm.conv_kernel": 4,
        },
    )
    kv = kv_of(nemotron)
    assert kv.bytes_per_token == 10 * 128 * 2 * 2
    assert kv.state_bytes == 2 * 4 * (3 * (8192 + 2 * 8 * 128) + 128 * 8192)


def test_hybrids_have_a_cache_on_every_nth_layer() -> None:
    qwen35 = header(
        "qwen35",
        {
            "block_count": 33,
            "nextn_predict_layers": 1,
            "embedding_length": 4096,
            "attention.head_count": 16,
            "attention.head_count_kv": 4,
            "attention.key_length": 256,
            "attention.value_length": 256,
            "full_attention_interval": 4,
            "ssm.inner_size": 4096,
            "ssm.state_size": 128,
            "ssm.group_count": 16,
            "ssm.conv_kernel": 4,
        },
    )
    kv = kv_of(qwen35)
    assert kv.bytes_per_token == 32768  # as the catalog says of Qwen3.5 9B
    assert kv.state_bytes == 24 * 4 * (3 * (4096 + 2 * 16 * 128) + 128 * 4096)


def test_recurrent_state_is_not_quantized() -> None:
    lfm2 = header(
        "lfm2",
        {
            "block_count": 3,
            "embedding_length": 2048,
            "attention.head_count": 32,
            "attention.head_count_kv": [0, 8, 0],
            "shortconv.l_cache": 3,
        },
    )
    kv = kv_of(lfm2)
    assert kv.state_bytes == 2 * 4 * 2048 * 2
    assert kv.size(256, "q8_0") == 256 * 2 * 512 * 34 // 32 + kv.state_bytes


def test_kimi_delta_layers_keep_a_square_for_each_head() -> None:
    linear = header(
        "kimi-linear",
        {
            "block_count": 4,
            "attention.head_count": 32,
            "attention.head_count_kv": [0, 0, 0, 1],
            "attention.key_length": 576,
            "attention.key_length_mla": 192,
            "ssm.conv_kernel": 4,
            "kda.head_dim": 128,
        },
    )
    kv = kv_of(linear)
    assert kv.state_bytes == 3 * 4 * 32 * (128 * 128 + 3 * 3 * 128)
    assert kv.bytes_per_token == 2 * 576


def test_an_indexer_keeps_keys_of_its_own() -> None:
    values: dict[str, int | list[int]] = {
        "block_count": 2,
        "attention.head_count": 64,
        "attention.head_count_kv": 1,
        "attention.key_length": 576,
        "attention.key_length_mla": 256,
    }
    plain = kv_of(header("glm-dsa", values))
    indexed = kv_of(header("glm-dsa", {**values, "attention.indexer.key_length": 128}))
    assert (plain.bytes_per_token, indexed.bytes_per_token) == (2 * 2 * 576, 2 * 2 * 704)


def test_layers_without_an_indexer_keep_none() -> None:
    values: dict[str, int | list[int]] = {
        "block_count": 5,
        "nextn_predict_layers": 1,
        "attention.head_count": 64,
        "attention.head_count_kv": 1,
        "attention.key_length": 576,
        "attention.key_length_mla": 256,
        "attention.indexer.key_length": 128,
        "attention.indexer.types": [1, 0, 0, 1],
    }
    kv = kv_of(header("glm-dsa", values))
    assert kv.bytes_per_token == 4 * 2 * 576 + 2 * 2 * 128


def test_llama_4_looks_back_8192_tokens_unless_its_header_says_otherwise() -> None:
    values: dict[str, int | list[int]] = {
        "block_count": 4,
        "attention.head_count": 40,
        "attention.head_count_kv": 8,
        "attention.key_length": 128,
    }
    kv = kv_of(header("llama4", values))
    assert (kv.window, kv.window_bytes_per_token) == (8192, 3 * 4096)
    whole = kv_of(header("llama4", {**values, "attention.sliding_window": 0}))
    assert (whole.window, whole.bytes_per_token) == (0, 4 * 4096)


@pytest.mark.parametrize("architecture", ["bert", "nomic-bert", "gemma-embedding"])
def test_a_model_that_reads_a_text_once_keeps_nothing(architecture: str) -> None:
    assert kv_of(header(architecture, {"block_count": 6})).size(8192) == 0

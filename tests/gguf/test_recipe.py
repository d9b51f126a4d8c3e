from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from alcove.catalog.layout import Build
from alcove.catalog.layouts import load_builds
from alcove.catalog.model import Quantization
from alcove.catalog.rebuild import by_recipe, rebuild
from alcove.gguf.names import quantization_of_file_type
from alcove.gguf.recipe import Traits, types
from gguf.quantizer import chosen_types

FILE_TYPES = (2, 7, 10, 11, 12, 13, 14, 15, 16, 17, 18, 22, 23, 25, 26, 27, 30)
"""Those that are made without an importance matrix, or say what they would do with one."""

MODELS = (
    *("qwen3-0.6b", "llama-3.2-1b", "gemma-3-270m", "lfm2.5-350m", "granite-4.0-h-micro"),
    *("mistral-7b-instruct-v0.3", "mixtral-8x7b", "qwen3-30b-a3b", "nemotron-nano-9b-v2"),
    *("llama-3.1-70b", "falcon-h1-3b", "olmo-3-7b-instruct"),
)


@pytest.fixture(scope="module")
def builds() -> dict[str, Build]:
    return load_builds()


@pytest.fixture
def source(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    """The file of a model before quantization, sparse."""
    model: str = request.param
    plain = Build(load_builds()[model].layout, 1, {})
    skeleton = rebuild(plain, Quantization("F16", "a/b", ("c.gguf",), 1))
    path = tmp_path / f"{model}.gguf"
    path.write_bytes(skeleton.data)
    os.truncate(path, skeleton.file_size)
    yield path
    path.unlink()


@pytest.mark.parametrize("source", MODELS, indirect=True)
def test_types_are_those_that_llama_cpp_would_choose(
    source: Path, builds: dict[str, Build]
) -> None:
    build = builds[source.stem]
    for file_type, theirs in zip(FILE_TYPES, chosen_types(source, FILE_TYPES), strict=True):
        name = quantization_of_file_type(file_type)
        assert name is not None
        plain = Build(build.layout, 1, {name: frozenset({"no-imatrix"})})
        tensors, ours = by_recipe(plain, name)
        assert len(theirs) == len(tensors)
        mine = dict(zip((tensor for tensor, _shape in tensors), ours, strict=True))
        assert {tensor: kind for tensor, kind in mine.items() if theirs[tensor] != kind} == {}, name


def test_queries_keys_and_values_in_one_are_chosen_as_published_files_have_them() -> None:
    found = {
        name: list(types(name, Traits(4, 0, 1), [("blk.0.attn_qkv.weight", (256, 8))]))
        for name in ("Q2_K", "Q3_K_M", "Q4_K_M", "Q5_K_M", "Q6_K")
    }
    assert found == {
        "Q2_K": ["Q2_K"],
        "Q3_K_M": ["Q4_K"],
        "Q4_K_M": ["Q5_K"],
        "Q5_K_M": ["Q6_K"],
        "Q6_K": ["Q6_K"],
    }


def test_rows_that_blocks_do_not_fill_get_another_type() -> None:
    tensors = [("blk.0.attn_q.weight", (width, 64)) for width in (256, 96, 40)]
    found = types("Q4_K_M", Traits(1, 0, 1), [*tensors, ("output.weight", (256, 8))])
    assert list(found) == ["Q4_K", "Q5_0", "F16", "Q6_K"]


def test_what_is_small_or_delicate_keeps_its_type() -> None:
    names = ("attn_norm.weight", "ffn_gate_inp.weight", "ssm_conv1d.weight", "attn_q.bias")
    found = types("Q4_K_M", Traits(1, 8, 1), [(f"blk.0.{name}", (256, 8)) for name in names])
    assert list(found) == [None] * 4


@pytest.mark.parametrize(
    ("habits", "expected"),
    [
        (frozenset(), "Q6_K"),
        (frozenset({"untied"}), "Q4_0"),
        (frozenset({"token_embd=Q8_0"}), "Q8_0"),
    ],
)
def test_quantizers_treat_a_shared_embedding_differently(
    habits: frozenset[str], expected: str
) -> None:
    found = types("Q4_0", Traits(1, 0, 1), [("token_embd.weight", (256, 8))], habits)
    assert list(found) == [expected]


def test_an_importance_matrix_makes_the_first_layers_of_q4_0_finer() -> None:
    tensors = [(f"blk.{layer}.ffn_down.weight", (256, 8)) for layer in range(16)]
    found = list(types("Q4_0", Traits(16, 0, 1), tensors, frozenset({"imatrix"})))
    assert found == ["Q4_1"] * 2 + ["Q4_0"] * 14


def test_only_experts_are_mxfp4() -> None:
    tensors = [("blk.0.ffn_up_exps.weight", (256, 8, 4)), ("blk.0.attn_k_b.weight", (256, 8, 4))]
    for name in ("MXFP4", "MXFP4_MOE"):
        assert list(types(name, Traits(1, 4, 1), tensors)) == ["MXFP4", "Q8_0"]

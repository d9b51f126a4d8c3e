from __future__ import annotations

from pathlib import Path

import pytest

from alcove.errors import ModelFileError
from alcove.gguf.names import (
    Part,
    grouped,
    is_companion,
    is_gguf,
    missing_parts,
    part_of,
    preferred,
    quantization_of,
    quantization_of_file_type,
)
from alcove.gguf.split import model_files, read_model
from local_hub.tiny_gguf import TinyGguf, tiny_gguf


@pytest.mark.parametrize(
    ("path", "quantization"),
    [
        ("Qwen3-8B-Q4_K_M.gguf", "Q4_K_M"),
        ("qwen2.5-coder-7b-instruct-q4_k_m.gguf", "Q4_K_M"),
        ("Mistral-7B-Instruct-v0.3.Q6_K.gguf", "Q6_K"),
        ("gemma-3-1b-it-UD-Q6_K_XL.gguf", "UD-Q6_K_XL"),
        ("Qwen3.5-2B-UD-IQ2_XXS.gguf", "UD-IQ2_XXS"),
        ("Qwen3-8B-Q2_K_L.gguf", "Q2_K_L"),
        ("Llama-3.1-8B-Q4_0_4_4.gguf", "Q4_0_4_4"),
        ("gpt-oss-20b-MXFP4.gguf", "MXFP4"),
        ("model-MXFP4_MOE.gguf", "MXFP4_MOE"),
        ("HuggingFaceTB_SmolLM3-3B-bf16.gguf", "BF16"),
        ("all-MiniLM-L6-v2-ggml-model-f16.gguf", "F16"),
        ("model-fp16.gguf", "F16"),
        ("m-UD-TQ1_0.gguf", "UD-TQ1_0"),
        ("m-IQ4_NL.gguf", "IQ4_NL"),
        ("m-IQ1_M.gguf", "IQ1_M"),
        ("UD-Q4_K_XL/Qwen3-UD-Q4_K_XL-00001-of-00003.gguf", "UD-Q4_K_XL"),
        ("Q8_0/model-00001-of-00002.gguf", "Q8_0"),
        ("model.Q4_K_M.gguf-00001-of-00002", "Q4_K_M"),
        ("Qwen_QwQ-32B.gguf", None),
        ("model.gguf", None),
    ],
)
def test_quantization_of_a_file_name(path: str, quantization: str | None) -> None:
    assert quantization_of(path) == quantization


def test_quantization_of_a_file_type() -> None:
    assert quantization_of_file_type(15) == "Q4_K_M"
    assert quantization_of_file_type(1024) is None
    assert quantization_of_file_type("Q4") is None


@pytest.mark.parametrize(
    ("path", "part"),
    [
        ("a/m-Q4-00002-of-00005.gguf", Part("a/m-Q4", 2, 5)),
        ("m-Q4-split-00001-of-00003.gguf", Part("m-Q4", 1, 3)),
        ("m.Q4_K_M.gguf-00004-of-00009.gguf", Part("m.Q4_K_M", 4, 9)),
        ("m.Q4_K_M.gguf-00004-of-00009", Part("m.Q4_K_M", 4, 9)),
        ("m-Q4.gguf", None),
    ],
)
def test_parts_of_split_models(path: str, part: Part | None) -> None:
    assert part_of(path) == part
    assert is_gguf(path)


def test_what_is_no_model_file() -> None:
    assert not is_gguf("README.md")
    assert not is_gguf("model-00001-of-00002.safetensors")
    assert is_companion("mmproj-model-f16.gguf")
    assert is_companion("x/imatrix_unsloth.gguf")
    assert not is_companion("model.gguf")


def test_groups_keep_parts_in_order_and_names_apart() -> None:
    names = ["m-00002-of-00002.gguf", "n.gguf", "m-00001-of-00002.gguf", "m-00001-of-00003.gguf"]
    assert grouped(names) == [
        ("m-00001-of-00002.gguf", "m-00002-of-00002.gguf"),
        ("n.gguf",),
        ("m-00001-of-00003.gguf",),
    ]
    assert missing_parts(["m-00001-of-00003.gguf"]) == (2, 3)
    assert missing_parts(["n.gguf"]) == ()


def test_the_preferred_quantization() -> None:
    assert preferred(["Q8_0", "Q4_K_M", "Q2_K"]) == "Q4_K_M"
    assert preferred(["F16", "UD-Q4_K_XL"]) == "UD-Q4_K_XL"
    assert preferred(["odd", "other"]) == "odd"
    with pytest.raises(ValueError, match="empty"):
        preferred([])


def test_a_split_model_is_found_from_any_part(tmp_path: Path) -> None:
    first, second = (tmp_path / f"m-0000{number}-of-00002.gguf" for number in (1, 2))
    first.write_bytes(tiny_gguf())
    second.write_bytes(TinyGguf(tensors=[("x", (8,), 0)]).content())
    (tmp_path / "m.gguf").write_bytes(b"")
    assert model_files(second) == (first, second)
    assert [tensor.name for tensor in read_model((first, second)).tensors] == [
        "token_embd.weight",
        "x",
    ]


def test_a_missing_part_is_named(tmp_path: Path) -> None:
    path = tmp_path / "m-00001-of-00003.gguf"
    path.write_bytes(tiny_gguf())
    with pytest.raises(ModelFileError, match="parts are missing: 2, 3"):
        read_model(model_files(path))


@pytest.mark.parametrize("folder", [".", "nowhere"])
def test_a_part_that_is_not_there(tmp_path: Path, folder: str) -> None:
    path = tmp_path / folder / "m-00001-of-00002.gguf"
    assert model_files(path) == (path,)
    with pytest.raises(ModelFileError, match="There is no file"):
        read_model((path,))

"""What the program says of models that are too large for this computer."""

from __future__ import annotations

from pathlib import Path

from local_hub import LocalHub
from program.running import alcove, answer, sentence


def test_a_catalog_model_is_answered_without_network() -> None:
    document = answer("beyond", "deepseek-r1-0528:Q8_0", "--offline")
    assert document["verdict"] == "no"
    assert document["missing_bytes"] > 0
    assert document["needed_bytes"] > document["missing_bytes"]
    document = answer("beyond", "gpt-oss-120b", "--offline", "--context", "32k")
    assert "h100-80gb" in [each["profile"] for each in document["machines"]]
    (vllm,) = (way for way in document["ways"] if way["title"].startswith("vLLM on one"))
    (step,) = vllm["steps"]
    assert "vllm serve openai/gpt-oss-120b --tensor-parallel-size 1" in step["command"]
    said = alcove("beyond", "gpt-oss-120b", "--offline").stdout
    assert "alcove connect http://HOST:8000 --api-key" in said


def test_a_model_beyond_the_catalog_needs_its_header(
    local_hub: LocalHub, smollm2_path: Path
) -> None:
    local_hub.add("org/Small-GGUF", "small-Q4_1.gguf", smollm2_path)
    document = answer("beyond", "org/Small-GGUF")
    assert document["file"] == "org/Small-GGUF/small-Q4_1.gguf"
    assert any("-hf org/Small-GGUF:Q4_1" in way["steps"][-1]["command"] for way in document["ways"])
    assert "has no repository" in sentence("beyond", "org/Nowhere")


def test_fit_says_where_to_look_on() -> None:
    said = alcove("fit", "deepseek-r1-0528:Q8_0", "--offline").stdout
    assert "alcove beyond deepseek-r1-0528:Q8_0" in said

"""Models in columns."""

from __future__ import annotations

from pathlib import Path

from local_hub import LocalHub
from program.running import alcove, answer, sentence


def test_catalog_models_stand_in_columns() -> None:
    said = alcove("compare", "qwen3-8b", "llama-3.1-8b", "gpt-oss-20b", "--offline").stdout
    lines = said.splitlines()
    assert ["Qwen3 8B" in lines[0], "Llama 3.1 8B" in lines[0], "gpt-oss" in lines[0]] == [True] * 3
    titles = {line.split("  ")[0].strip() for line in lines}
    assert {"Verdict", "Needs", "Licence", "Trained for", "Commercial use"} <= titles


def test_each_column_is_what_fit_says(smollm2_path: Path, local_hub: LocalHub) -> None:
    local_hub.add("org/Small-GGUF", "small-Q4_1.gguf", smollm2_path)
    documents = answer("compare", "starter", "org/Small-GGUF", "--context", "4096")
    fits = [answer("fit", target, "--context", "4096") for target in ("starter", "org/Small-GGUF")]
    for document, fit in zip(documents, fits, strict=True):
        assert document["total_bytes"] == fit["total_bytes"]
        assert document["verdict"] == fit["verdict"]
    assert documents[1]["catalog"] is None
    assert documents[1]["size_bytes"] == smollm2_path.stat().st_size


def test_benchmarks_carry_their_sources() -> None:
    first, _second = answer("compare", "gpt-oss-20b", "gpt-oss-120b", "--offline")
    assert first["catalog"]["benchmarks"]
    assert all(each["source"].startswith("http") for each in first["catalog"]["benchmarks"])


def test_one_model_or_five_are_wrong_usage_and_an_unknown_one_is_said() -> None:
    alcove("compare", "qwen3-8b", status=2)
    alcove("compare", *["qwen3-8b"] * 5, status=2)
    assert "No model is called" in sentence("compare", "qwen3-8b", "qwen3-9000b", "--offline")

"""What the shipped catalog must hold, whatever else changes in it."""

from __future__ import annotations

from datetime import date

import pytest

from alcove.catalog.load import Catalog, load_catalog
from alcove.catalog.model import Model
from alcove.gguf.names import is_gguf, missing_parts, quantization_of

SEEN = date(2026, 11, 22)
"""The day on which the facts were collected."""


@pytest.fixture(scope="module")
def shipped() -> Catalog:
    return load_catalog()


@pytest.fixture(scope="module")
def everything(shipped: Catalog) -> tuple[Model, ...]:
    return (*shipped.models, *shipped.out_of_reach)


def test_has_what_people_ask_for(shipped: Catalog) -> None:
    assert len(shipped.models) >= 180
    wanted = {
        *("qwen3-0.6b", "qwen3-8b", "qwen3-30b-a3b", "qwen3-235b-a22b", "qwen3-coder-30b-a3b"),
        *("qwen3.5-4b", "qwen3.6-27b", "qwen3.8-27b", "llama-3.1-8b", "llama-3.2-3b"),
        *("llama-3.3-70b", "llama-4-scout", "llama-4-maverick", "gpt-oss-20b", "gpt-oss-120b"),
        *("deepseek-r1-distill-qwen-7b", "deepseek-v3.1", "deepseek-v4-flash", "glm-4.7-flash"),
        *("kimi-k2-thinking", "mistral-nemo-12b", "mistral-small-3.2-24b", "ministral-3-8b"),
        *("devstral-small-2507", "mistral-large-2411", "gemma-2-9b", "gemma-3-4b", "gemma-3n-e4b"),
        *("gemma-4-12b", "falcon3-7b", "command-r-08-2024", "phi-4", "smollm2-135m"),
        *("granite-4.1-8b", "nemotron-3-nano-30b-a3b", "all-minilm-l6-v2"),
    }
    assert wanted <= {model.id for model in shipped.models}
    assert len(shipped.families()) == len(set(shipped.families()))


def test_every_model_chats_or_embeds(everything: tuple[Model, ...]) -> None:
    for model in everything:
        assert model.chats != ("embedding" in model.abilities), model.id
        assert ("reasoning" in model.abilities) == (model.reasoning is not None), model.id


def test_every_fact_has_a_source(everything: tuple[Model, ...]) -> None:
    for model in everything:
        assert model.page.startswith("https://huggingface.co/"), model.id
        assert (model.licence.url or "").startswith("https://"), model.id
        known = model.licence.commercial is None or model.licence.conditions is not None
        assert known or model.licence.name.startswith(("NVIDIA", "Modified MIT (MiniMax)"))
        sampling = model.sampling
        advised = (sampling.temperature, sampling.top_k, sampling.top_p, sampling.min_p)
        assert sampling.basis is not None or advised == (None,) * 4, model.id
        for benchmark in model.benchmarks:
            assert benchmark.source.startswith("https://"), model.id
            assert benchmark.date is None or benchmark.date < SEEN.isoformat()


def test_every_licence_that_was_not_read_says_so(everything: tuple[Model, ...]) -> None:
    unread = {model.id for model in everything if model.licence.commercial is None}
    assert unread == {
        *("qwen3.8-flash-next", "qwen3.8-2.4t-a95b", "glm-5.3", "kimi-k3", "minimax-m3"),
    }


def test_numbers_are_possible(everything: tuple[Model, ...]) -> None:
    for model in everything:
        assert 0 < (model.active_parameters or 1) <= model.parameters, model.id
        assert 256 <= model.context <= 10_485_760, model.id
        assert model.released is None or "2020" < model.released < SEEN.isoformat(), model.id
        assert all(2 <= len(language) <= 3 for language in model.languages), model.id


def test_every_file_is_a_gguf_of_its_quantization(shipped: Catalog) -> None:
    for model in shipped.models:
        sizes = [quantization.size_bytes for quantization in model.quantizations]
        assert sizes == sorted(sizes), model.id
        for quantization in model.quantizations:
            assert quantization.repository.count("/") == 1, model.id
            assert all(map(is_gguf, quantization.files)), quantization
            assert missing_parts(quantization.files) == (), quantization
            assert quantization_of(quantization.file) == quantization.name, quantization
            bits_per_weight = 8 * quantization.size_bytes / model.parameters
            assert 0.9 < bits_per_weight < 21, (model.id, quantization)


def test_every_pin_is_whole(shipped: Catalog) -> None:
    quantizations = [q for model in shipped.models for q in model.quantizations]
    assert sum(quantization.size_basis == "exact" for quantization in quantizations) >= 500
    for quantization in quantizations:
        assert quantization.revision is None or len(quantization.revision) == 40, quantization
        assert quantization.sha256 is None or len(quantization.sha256) == 64, quantization
        assert quantization.sha256 is None or len(quantization.files) == 1, quantization


def test_no_file_is_of_two_models(shipped: Catalog) -> None:
    files = [
        (q.repository, file) for m in shipped.models for q in m.quantizations for file in q.files
    ]
    assert len(files) == len(set(files))

"""Models are found by whatever people call them, and by what they must be."""

from __future__ import annotations

from dataclasses import replace

import pytest

from alcove.catalog.load import Catalog, load_catalog
from alcove.catalog.model import Model
from alcove.catalog.search import Search
from alcove.catalog.wanted import Wanted, abilities_among, countries_among, languages_among


@pytest.fixture(scope="module")
def shipped() -> Catalog:
    return load_catalog()


def found(catalog: Catalog, text: str) -> list[Model]:
    ids = catalog.search.find(Wanted(text))
    return [model for model in catalog.models if model.id in ids]


def families(catalog: Catalog, text: str) -> set[str]:
    return {model.family for model in found(catalog, text)}


@pytest.mark.parametrize(
    ("family", "common", "misspelt", "repository"),
    [
        ("Qwen3", "Qwen 3", "Quen 3", "Qwen/Qwen3-8B-GGUF"),
        ("Qwen3-Coder", "Qwen Coder", "Qwen3 codr", "unsloth/Qwen3-Coder-30B-A3B-Instruct-GGUF"),
        ("Qwen3.5", "Qwen 3.5", "Qwne3.5", "unsloth/Qwen3.5-4B-GGUF"),
        ("Llama 3", "Llama 3.1", "Lama 3.1", "bartowski/Meta-Llama-3.1-8B-Instruct-GGUF"),
        ("Llama 3", "llama3.3", "Lamma 3.3", "bartowski/Llama-3.3-70B-Instruct-GGUF"),
        ("Llama 4", "Llama 4", "Ilama 4", "unsloth/Llama-4-Maverick-17B-128E-Instruct-GGUF"),
        ("gpt-oss", "GPT OSS", "gpt-os", "ggml-org/gpt-oss-20b-GGUF"),
        ("DeepSeek R1", "DeepSeek", "Deapseek", "unsloth/DeepSeek-R1-Distill-Qwen-7B-GGUF"),
        ("DeepSeek V3/V4", "deep seek v3", "deepsek", "unsloth/DeepSeek-V3.1-GGUF"),
        ("GLM", "ChatGLM", "gllm", "unsloth/GLM-4.7-Flash-GGUF"),
        ("Kimi", "Kimi K2", "Kimmi", "unsloth/Kimi-K2-Thinking-GGUF"),
        ("Mistral", "mistral small", "Mistrel", "bartowski/Mistral-Nemo-Instruct-2407-GGUF"),
        ("Gemma 3", "gemma 3", "Gema", "ggml-org/gemma-3-4b-it-GGUF"),
        ("Gemma 4", "Google Gemma", "gemna 4", "ggml-org/gemma-4-E4B-it-GGUF"),
        ("Falcon 3", "Falcon", "Falcoln", "bartowski/Falcon3-7B-Instruct-GGUF"),
        ("Falcon-H1", "falcon h1", "falcom h1", "tiiuae/Falcon-H1-7B-Instruct-GGUF"),
        ("Command", "Command R", "Comand R", "bartowski/c4ai-command-r-08-2024-GGUF"),
        ("Phi", "phi 4", "phii", "unsloth/phi-4-GGUF"),
        ("SmolLM", "SmolLM", "Smollm", "bartowski/SmolLM2-135M-Instruct-GGUF"),
        ("SmolLM", "smol lm", "smolm", "ggml-org/SmolLM3-3B-GGUF"),
        ("Granite", "IBM Granite", "Granit", "unsloth/granite-4.1-8b-GGUF"),
        ("Nemotron", "Nemotron", "Nemotran", "ggml-org/NVIDIA-Nemotron-3-Nano-30B-A3B-GGUF"),
        ("MiniLM", "all-MiniLM", "minlm", "second-state/All-MiniLM-L6-v2-Embedding-GGUF"),
    ],
)
def test_every_family_is_found(
    family: str, common: str, misspelt: str, repository: str, shipped: Catalog
) -> None:
    for text in (common, misspelt, repository):
        assert family in families(shipped, text), text
    (model,) = {model.family for model in found(shipped, repository)}
    assert model == family


def test_every_family_of_the_catalog_is_found_by_its_own_name(shipped: Catalog) -> None:
    for model in shipped.models:
        for text in (model.family, model.name, model.id, model.quantizations[0].repository):
            assert model in found(shipped, text), text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mistral small", {"Mistral"}),
        ("quen coder", {"Qwen2.5-Coder", "Qwen3-Coder"}),
        ("gemma 12b", {"Gemma 3", "Gemma 4"}),
        ("deepseek-r1:7b", {"DeepSeek R1"}),
        ("chatgpt", {"gpt-oss"}),
        ("phi4", {"Phi"}),
        ("  MiniMax ", {"MiniMax"}),
    ],
)
def test_nothing_else_is_found(text: str, expected: set[str], shipped: Catalog) -> None:
    assert families(shipped, text) == expected


def test_a_number_is_not_meant_by_a_longer_one(shipped: Catalog) -> None:
    assert {model.id for model in found(shipped, "gemma 4b")} == {"gemma-3-4b"}
    assert {model.id for model in found(shipped, "granite 3")} == {
        model.id for model in shipped.models if model.family == "Granite" and " 3B" in model.name
    }


@pytest.mark.parametrize("text", ["no such model", "xyzzy", "qwen tortoise", "%%%?", "日本"])
def test_what_means_nothing_finds_nothing_or_everything(text: str, shipped: Catalog) -> None:
    expected = [] if any(letter.isalnum() for letter in text) else list(shipped.models)
    assert found(shipped, text) == expected


def test_every_condition_counts(shipped: Catalog) -> None:
    wanted = Wanted(
        text="mistral",
        most_parameters=25 * 10**9,
        commercial=True,
        abilities=frozenset({"tools", "vision"}),
        country="france",
        language="de",
    )
    ids = shipped.search.find(wanted)
    assert ids
    for model in (model for model in shipped.models if model.id in ids):
        assert model.parameters <= 25 * 10**9
        assert model.licence.commercial == "yes"
        assert {"tools", "vision"} <= model.abilities
        assert model.country == "France"
        assert "de" in model.languages
    assert ids < shipped.search.find(replace(wanted, language=""))
    assert wanted.conditions == 6


@pytest.mark.parametrize(
    "wanted",
    [
        Wanted(family="Nothing"),
        Wanted(country="Atlantis"),
        Wanted(language="xx"),
        Wanted(most_parameters=1),
        Wanted(abilities=frozenset({"code", "embedding"})),
    ],
)
def test_what_no_model_meets_finds_none(wanted: Wanted, shipped: Catalog) -> None:
    assert not shipped.search.find(wanted)


def test_a_publisher_in_two_countries_is_in_each(shipped: Catalog) -> None:
    for country in ("USA", "France"):
        assert "smollm3-3b" in shipped.search.find(Wanted(country=country))


def test_nothing_wanted_is_everything(shipped: Catalog) -> None:
    assert shipped.search.find(Wanted()) == {model.id for model in shipped.models}
    assert not Search(()).find(Wanted("qwen"))


def test_what_models_differ_by(shipped: Catalog) -> None:
    assert abilities_among(shipped.chat_models) == ("tools", "reasoning", "code", "vision", "audio")
    assert {"China", "France", "USA", "Canada"} <= set(countries_among(shipped.models))
    assert {"de", "en", "zh"} <= set(languages_among(shipped.models))

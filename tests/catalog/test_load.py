from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from alcove.catalog.load import Catalog, load_catalog
from alcove.catalog.obstacles import obstacle, out_of_reach
from alcove.errors import StorageError
from alcove.resources import resource

FILES = ("models", 1, "repositories", 0, "files")


@pytest.fixture(scope="module")
def shipped() -> Catalog:
    return load_catalog()


@pytest.fixture
def content() -> dict[str, Any]:
    """The shipped catalog, cut to its first two models, to be damaged."""
    whole = json.loads(resource("catalog", "models.json").read_text(encoding="utf-8"))
    return whole | {"models": whole["models"][:2]}


def load(content: object, folder: Path) -> Catalog:
    path = folder / "models.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    return load_catalog(path)


def fault(content: object, folder: Path) -> str:
    """Return why nothing could be read, or what was left out."""
    try:
        caught = load(content, folder).fault
    except StorageError as error:
        caught = error
    assert caught is not None
    assert caught.advice
    return caught.cause


def test_facts_arrive_as_they_are_in_the_file(shipped: Catalog) -> None:
    model = shipped.get("GPT-OSS-20B")
    assert model is not None
    assert (model.publisher, model.released) == ("OpenAI", "2025-08-05")
    assert (model.parameters, model.active_parameters) == (20914757184, 3600000000)
    assert model.licence.commercial == "yes"
    assert model.abilities == {"text", "tools", "reasoning"}
    assert (model.sampling.temperature, model.sampling.top_k) == (1.0, 0)
    assert model.benchmarks[0].source.startswith("https://openai.com/")
    quantization = model.quantization("mxfp4")
    assert quantization is not None
    assert quantization.size_bytes == 12109566624
    assert quantization.sha256 is not None


def test_thinking_models_get_the_sampling_of_their_default_mode(shipped: Catalog) -> None:
    model = shipped.get("qwen3-8b")
    assert model is not None
    assert (model.sampling.temperature, model.sampling.top_p) == (0.6, 0.95)


def test_finds_what_a_file_is_by_any_of_its_parts(shipped: Catalog) -> None:
    split = next(q for m in shipped.models for q in m.quantizations if len(q.files) > 2)
    for part in split.files:
        found = shipped.find_file(split.repository, part)
        assert found is not None
        assert found[1] is split
    assert shipped.find_file("someone/else", split.files[0]) is None


def test_a_model_out_of_reach_is_known_and_not_offered(shipped: Catalog) -> None:
    model = shipped.get("DeepSeek-V4-Pro")
    assert model is not None
    assert model.obstacle == "no-file"
    assert model.quantizations == ()
    assert model in shipped.out_of_reach
    assert model not in shipped.models
    assert obstacle(model) == "No GGUF of DeepSeek V4 Pro (Apr 2026) is known."
    assert "the family DeepSeek V3/V4" in out_of_reach(model).advice


def test_unlisted_files_may_be_looked_for(shipped: Catalog) -> None:
    model = next(model for model in shipped.out_of_reach if model.obstacle == "unlisted")
    assert model.leads
    assert model.leads[0] in out_of_reach(model).advice


def test_a_projector_goes_with_the_models_that_see(shipped: Catalog) -> None:
    model = shipped.get("qwen3-vl-4b")
    assert model is not None
    sizes = {projector.repository: projector.size_bytes for projector in model.projectors}
    assert sizes["Qwen/Qwen3-VL-4B-Instruct-GGUF"] == 836180256


def test_unknown_id_is_none(shipped: Catalog) -> None:
    assert shipped.get("gpt-oss-20b-of-tomorrow") is None


@pytest.mark.parametrize("schema", [1, None, "2"])
def test_another_schema_is_named(schema: object, content: dict[str, Any], tmp_path: Path) -> None:
    content["schema"] = schema
    assert f"has schema {schema}; this Alcove reads schema 2" in fault(content, tmp_path)


def test_a_catalog_for_a_newer_alcove_asks_for_that(
    content: dict[str, Any], tmp_path: Path
) -> None:
    with pytest.raises(StorageError, match="made for a newer Alcove"):
        load(content | {"schema": 3}, tmp_path)


def test_what_is_broken_is_left_out_and_the_rest_is_whole(tmp_path: Path) -> None:
    whole = json.loads(resource("catalog", "models.json").read_text(encoding="utf-8"))
    count = len(whole["models"])
    whole["models"][3]["parameters"] = "many"
    whole["models"][7] = None
    whole["models"].append(whole["models"][0])
    catalog = load(whole, tmp_path)
    assert len(catalog.models) + len(catalog.out_of_reach) == count - 2
    assert len(catalog.faults) == 3
    assert str(catalog.fault) == (
        "The model catalog is damaged: models[3].parameters must be a whole number above 0. "
        "So are 2 other entries. The rest of the list is whole. "
        "Install Alcove again to get the catalog back."
    )


def test_a_licence_that_is_broken_costs_only_the_models_under_it(tmp_path: Path) -> None:
    whole = json.loads(resource("catalog", "models.json").read_text(encoding="utf-8"))
    under = [model["id"] for model in whole["models"] if model["licence"] == "mit"]
    del whole["licences"]["mit"]["name"]
    catalog = load(whole, tmp_path)
    assert len(catalog.faults) == len(under) > 3
    assert not any(catalog.get(model_id) for model_id in under)
    assert catalog.get("qwen3-8b")


def test_a_whole_catalog_has_no_fault(shipped: Catalog) -> None:
    assert shipped.fault is None


def test_a_catalog_that_is_no_object_is_refused(tmp_path: Path) -> None:
    assert "schema None" in fault([], tmp_path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=r"nowhere\.json cannot be read"):
        load_catalog(tmp_path / "nowhere.json")


@pytest.mark.parametrize("raw", [b"{", b"\xff\xfe", b"[" * 200_000])
def test_a_file_that_is_not_json_is_named(raw: bytes, tmp_path: Path) -> None:
    path = tmp_path / "models.json"
    path.write_bytes(raw)
    with pytest.raises(StorageError, match="is not valid JSON"):
        load_catalog(path)


@pytest.mark.parametrize(
    ("path", "value", "sentence"),
    [
        (("models",), {}, "models must be a list."),
        (("models", 1), [], "models[1] must be an object."),
        (("models", 1, "id"), "", "models[1].id must be a text."),
        (("models", 0, "name"), None, "models[0].name must be a text."),
        (("models", 0, "colour"), "red", "models[0] has the unknown member “colour”."),
        (("models", 1, "parameters"), 7.5, "models[1].parameters must be a whole number above 0."),
        (("models", 1, "context"), True, "models[1].context must be a whole number above 0."),
        (("models", 1, "context"), 0, "models[1].context must be a whole number above 0."),
        (("models", 1, "context"), 10**400, "models[1].context must be a whole number above 0."),
        (("models", 1, "family"), ["Qwen3"], "models[1].family must be one of: BGE, "),
        (("models", 0, "released"), "May 2025", "models[0].released must be a date like"),
        (("models", 0, "family"), "Qwen2", "models[0].family must be one of: BGE, "),
        (("models", 0, "family"), ["Qwen3"], "models[0].family must be one of: BGE, "),
        (("models", 0, "licence"), {}, "models[0].licence must be one of: apache-2.0, "),
        (("models", 0, "licence"), "maybe", "models[0].licence must be one of: apache-2.0, "),
        (
            ("licences", "apache-2.0", "commercial"),
            "maybe",
            "commercial must be one of: conditional, no",
        ),
        (
            ("licences", "apache-2.0", "colour"),
            "red",
            "apache-2.0 has the unknown member “colour”.",
        ),
        (("models", 0, "abilities", 0), "cooking", "models[0].abilities[0] must be one of: audio"),
        (("models", 0, "reasoning"), "rarely", "models[0].reasoning must be one of: always, togg"),
        (("models", 0, "languages"), "en", "models[0].languages must be a list."),
        (("models", 0, "transformer", "layers"), "28", "models[0].transformer.layers must be a wh"),
        (("models", 0, "sampling", "top_p"), "high", "models[0].sampling.top_p must be a number."),
        (("models", 0, "benchmarks"), [{}], "models[0].benchmarks[0] lacks “name”."),
        (("models", 1, "repositories"), [], "models[1].repositories must not be empty."),
        (("models", 1, "obstacle"), "no-file", "models[1].obstacle must be null where there are"),
        (("models", 1, "obstacle"), "bad luck", "models[1].obstacle must be one of: no-file, unl"),
        ((*FILES, 2, "file"), "", "models[1].repositories[0].files[2].file must be a text."),
        ((*FILES, 2, "parts"), 0, "repositories[0].files[2].parts must be a whole number above"),
        ((*FILES, 2, "size_bytes"), -1, "files[2].size_bytes must be a whole number above 0."),
        ((*FILES, 0, "rounded"), 1, "files[0].rounded must be true or false."),
        ((*FILES, 0, "name"), "Q6_K", "models[1].repositories has “Q6_K” twice."),
        (("models", 1, "id"), "QWEN3-0.6b", "models has “QWEN3-0.6b” twice."),
    ],
)
def test_a_fault_is_told_with_its_place(
    path: tuple[str | int, ...],
    value: object,
    sentence: str,
    content: dict[str, Any],
    tmp_path: Path,
) -> None:
    target: Any = content
    for step in path[:-1]:
        target = target[step]
    target[path[-1]] = value
    assert sentence in fault(content, tmp_path)


@pytest.mark.parametrize("member", ["id", "licence", "page", "context"])
def test_a_missing_member_is_told(member: str, content: dict[str, Any], tmp_path: Path) -> None:
    del content["models"][1][member]
    assert f"models[1] lacks “{member}”." in fault(content, tmp_path)

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from alcove.catalog.layout import Build
from alcove.catalog.layouts import load_builds
from alcove.catalog.load import Catalog, load_catalog
from alcove.catalog.model import Model, Outline
from alcove.catalog.rebuild import rebuild
from alcove.fit.catalogued import shape_from_catalog
from alcove.fit.configuration import Configuration
from alcove.fit.dryrun.process import DryRun
from alcove.fit.price import Buffers
from alcove.fit.shape import shape_from_skeleton
from alcove.gguf.names import preferred
from alcove.gguf.slice import first_layers


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog()


@pytest.fixture(scope="module")
def builds() -> dict[str, Build]:
    return load_builds()


@pytest.fixture
def dry_run(tmp_path: Path) -> Iterator[DryRun]:
    with DryRun(tmp_path / "dry-run.log") as dry_run:
        yield dry_run


def one_of_each_architecture(catalog: Catalog, builds: dict[str, Build]) -> list[Model]:
    models = sorted(catalog.models, key=lambda model: -model.parameters)
    return list({m.architecture: m for m in models if m.id in builds}.values())


def test_llama_cpp_takes_a_rebuilt_header_of_every_architecture(
    catalog: Catalog, builds: dict[str, Build], dry_run: DryRun
) -> None:
    models = one_of_each_architecture(catalog, builds)
    assert len(models) >= 38
    for model in models:
        quantization = model.quantization(preferred(q.name for q in model.quantizations))
        assert quantization is not None
        skeleton = rebuild(builds[model.id], quantization)
        (price,) = dry_run.price(skeleton, [Configuration(min(8192, model.context))])
        assert isinstance(price, Buffers), (model.id, price)
        # A shared embedding may be laid out a second time for the output.
        loaded = shape_from_skeleton(skeleton).weights_bytes
        assert 0.99 < price.weights_bytes / loaded < 1.17, model.id


def test_what_is_loaded_of_models_that_draft_is_right_to_the_byte(
    catalog: Catalog, builds: dict[str, Build], dry_run: DryRun
) -> None:
    """Of layers that draft llama.cpp loads nothing; a slice has none."""
    for name in ("glm-4.7", "glm-5.2"):
        model = catalog.get(name)
        assert model is not None
        whole = rebuild(builds[name], model.quantizations[-1])
        assert shape_from_skeleton(whole).drafts == 1
        for skeleton in (whole, first_layers(whole, 5)):
            shape = shape_from_skeleton(skeleton)
            (price,) = dry_run.price(skeleton, [Configuration(8192)])
            assert isinstance(price, Buffers), (name, price)
            assert price.context_bytes == shape.kv.size(8192)
            assert price.weights_bytes == pytest.approx(shape.weights_bytes, abs=32 * 2000)


def test_outlines_say_what_the_rebuilt_headers_do(
    catalog: Catalog, builds: dict[str, Build]
) -> None:
    """They are written by packaging/outline_catalog.py."""
    for model in catalog.models:
        if model.id not in builds:
            continue
        for quantization in model.quantizations:
            rebuilt = shape_from_skeleton(rebuild(builds[model.id], quantization))
            outlined = shape_from_catalog(model, quantization)
            for name, found in vars(outlined).items():
                expected = model.context if name == "context_limit" else getattr(rebuilt, name)
                assert found == expected, (model.id, quantization.name, name)


def test_the_cache_is_what_independent_facts_say(catalog: Catalog) -> None:
    """The facts were taken from other places than the layouts, and know of no indexers."""
    compared = 0
    for model in catalog.models:
        growing = model.transformer.kv_bytes_per_token
        if model.outline is None or growing is None or model.architecture in ("glm-dsa",):
            continue
        if model.architecture == "deepseek32":
            continue
        kv = shape_from_catalog(model, model.quantizations[0]).kv
        assert kv.bytes_per_token == growing, model.id
        if fixed := model.transformer.kv_fixed_bytes:
            assert kv.window_bytes_per_token * kv.window == fixed, model.id
        compared += 1
    assert compared >= 165


def test_a_model_without_a_layout_is_estimated_from_the_catalog(catalog: Catalog) -> None:
    model = catalog.get("kimi-k3")
    assert model is not None
    assert shape_from_catalog(model, model.quantizations[0]).basis == "catalog"


@pytest.mark.parametrize("encoded", ["{", "{}", "[]", '{"files": {"Q4_K_M": [[[]], "b", 0]}}'])
def test_a_damaged_outline_costs_only_its_precision(encoded: str, catalog: Catalog) -> None:
    model = catalog.get("qwen3-8b")
    assert model is not None
    quantization = model.quantization("Q4_K_M")
    assert quantization is not None
    damaged = replace(model, outline=Outline(encoded))
    plain = replace(model, outline=None)
    assert shape_from_catalog(damaged, quantization) == shape_from_catalog(plain, quantization)

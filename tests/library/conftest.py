from __future__ import annotations

import pytest

from alcove.catalog.load import Catalog
from alcove.catalog.model import Licence, Model, Quantization, Sampling, Transformer


def catalog_model(identifier: str, repository: str, files: dict[str, str]) -> Model:
    """Return a catalog entry whose quantizations are ``files``, by their names."""
    return Model(
        id=identifier,
        name=identifier.title(),
        family="Test",
        publisher="Tester",
        country=None,
        page=f"https://huggingface.co/{repository}",
        architecture="llama",
        parameters=1,
        active_parameters=None,
        context=8192,
        released=None,
        licence=Licence("MIT", None, "yes", None),
        abilities=frozenset({"text"}),
        quantizations=tuple(
            Quantization(name, repository, (file,), 100) for name, file in files.items()
        ),
        transformer=Transformer(None, None, None, None, None),
        sampling=Sampling(),
    )


@pytest.fixture
def catalog() -> Catalog:
    """Return a catalog of the starter and of one model in two quantizations."""
    starter = {"Q8_0": "SmolLM2-135M-Instruct-Q8_0.gguf"}
    model = {"Q4_K_M": "Thing-8B-Q4_K_M.gguf", "Q8_0": "Thing-8B-Q8_0.gguf"}
    return Catalog(
        (
            catalog_model("smollm2-135m", "bartowski/SmolLM2-135M-Instruct-GGUF", starter),
            catalog_model("thing-8b", "maker/Thing-8B-GGUF", model),
        )
    )

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from alcove.llama.model import Model
from alcove.llama.parameters import ModelOptions


@pytest.fixture(scope="session")
def model(smollm2_path: Path) -> Iterator[Model]:
    """A real vocabulary, for grammars to be read with."""
    model = Model(smollm2_path, ModelOptions(gpu_layers=0, vocabulary_only=True))
    yield model
    model.close()

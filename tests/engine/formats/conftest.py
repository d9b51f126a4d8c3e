from __future__ import annotations

import pytest

from alcove.library.starter import find_starter
from alcove.llama.model import Model
from alcove.llama.parameters import ModelOptions


@pytest.fixture(scope="session")
def model() -> Model:
    """A real vocabulary, for grammars to be read with."""
    path = find_starter()
    assert path is not None
    return Model(path, ModelOptions(gpu_layers=0))

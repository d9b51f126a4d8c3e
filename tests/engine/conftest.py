from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from alcove.engine.client import Client
from alcove.engine.load import LoadOptions
from alcove.engine.process import ModelProcess
from alcove.llama import native
from alcove.llama.model import Model
from alcove.llama.parameters import ModelOptions

KEY = "a key of the test"


def start(path: Path, log: Path, **options: object) -> ModelProcess:
    loading = LoadOptions(path, "smollm2", **({"context": 2048, "key": KEY} | options))
    return ModelProcess.start(loading, lambda _fraction: None, log)


@pytest.fixture(autouse=True)
def no_thread_stays() -> Iterator[None]:
    """Fail a test that leaves a thread which the process would wait for, or one that evaluates."""
    before = set(threading.enumerate())
    yield
    for thread in set(threading.enumerate()) - before:
        if not thread.daemon or thread.name == "decode":
            thread.join(60)
            assert not thread.is_alive(), f"the test leaves the thread {thread.name}"


@pytest.fixture(scope="module")
def process(smollm2_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModelProcess]:
    """SmolLM2, loaded once for the tests of one module that leave it as it was."""
    process = start(smollm2_path, tmp_path_factory.mktemp("engine") / "engine.log")
    yield process
    process.stop()


@pytest.fixture
def client(process: ModelProcess) -> Iterator[Client]:
    with process.client() as client:
        yield client


@pytest.fixture(scope="module")
def smollm2(smollm2_path: Path) -> Iterator[Model]:
    """SmolLM2, loaded into this process."""
    native.initialise()
    model = Model(smollm2_path, ModelOptions(gpu_layers=0))
    yield model
    model.close()

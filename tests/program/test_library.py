"""Models of other programs, and files that are no models, as a user meets them."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from alcove.hub.layout import RepositoryFolder, cache_folder
from library.machine_of_files import ollama_pull, put, special_gguf
from local_hub.tiny_gguf import tiny_gguf
from program.running import alcove, answer, in_terminal, sentence

QWEN = "registry.ollama.ai/library/smol/135m"


@pytest.fixture
def ollama(tmp_path: Path, smollm2_path: Path) -> Path:
    """Return the blob of a model that runs, in a store of Ollama's."""
    store = tmp_path / "home" / ".ollama" / "models"
    return ollama_pull(store, QWEN, model=smollm2_path.read_bytes())["model"]


def test_a_model_of_ollama_answers(ollama: Path) -> None:
    said = answer("run", "smol:135m", "-p", "Say hello.", "--max-tokens", "4")
    assert said["completion_tokens"] > 0
    listed = {model["target"]: model for model in answer("list", "--installed")}
    assert listed["ollama:smol:135m"]["files"] == [str(ollama)]
    assert listed["ollama:smol:135m"]["places"] == [
        {"source": "ollama", "path": str(ollama), "name": "smol:135m"}
    ]
    assert "Remove it there: ollama rm smol:135m" in sentence("rm", "ollama:smol:135m", "--yes")
    assert ollama.exists()


def test_the_list_of_what_is_here(tmp_path: Path) -> None:
    studio = tmp_path / "home" / ".lmstudio" / "models"
    put(studio / "org" / "a" / "m-Q8_0.gguf", tiny_gguf())
    put(studio / "org" / "b" / "copy.gguf", tiny_gguf())
    put(tmp_path / "home" / ".cache" / "gpt4all" / "cut.gguf", tiny_gguf()[:-8])
    shown = in_terminal(160, "list", "--installed")
    assert "LM Studio" in shown
    assert "cut.gguf is cut short" in shown
    assert "copy.gguf" not in shown
    told = alcove("show", str(studio / "org" / "a" / "m-Q8_0.gguf")).stdout
    assert f"Also in LM Studio: {studio / 'org' / 'b' / 'copy.gguf'}" in told


@pytest.mark.parametrize("verb", ["run", "fit", "show"])
class TestPaths:
    def test_of_a_folder(self, verb: str, tmp_path: Path) -> None:
        (tmp_path / "empty").mkdir()
        assert "There is no GGUF file in" in self._sentence(verb, tmp_path / "empty")
        for name in ("a", "b"):
            put(tmp_path / "own" / f"{name}.gguf", tiny_gguf(name=name))
        assert "There are 2 models in" in self._sentence(verb, tmp_path / "own")

    def test_of_a_projector(self, verb: str, tmp_path: Path) -> None:
        put(tmp_path / "own" / "m.gguf", tiny_gguf())
        path = put(tmp_path / "own" / "mmproj-F16.gguf", special_gguf("clip", kind="mmproj"))
        said = self._sentence(verb, path)
        assert "is a projector" in said
        assert str(tmp_path / "own" / "m.gguf") in said

    def test_of_no_gguf(self, verb: str, tmp_path: Path) -> None:
        assert "is not a GGUF file" in self._sentence(verb, put(tmp_path / "m.txt", "a text"))

    def test_that_leads_in_a_circle(self, verb: str, tmp_path: Path) -> None:
        loop = tmp_path / "loop.gguf"
        loop.symlink_to(loop)
        assert "leads in a circle" in self._sentence(verb, loop)

    @staticmethod
    def _sentence(verb: str, path: Path) -> str:
        extra = ("-p", "Hello") if verb == "run" else ()
        return sentence(verb, str(path), *extra)


def test_the_only_model_of_a_folder_answers(tmp_path: Path, smollm2_path: Path) -> None:
    put(tmp_path / "own" / "m.gguf", smollm2_path.read_bytes())
    said = answer("run", f"{tmp_path / 'own'}/", "-p", "Say hello.", "--max-tokens", "4")
    assert said["completion_tokens"] > 0


def test_a_model_that_is_served_stays(smollm2_path: Path) -> None:
    folder = RepositoryFolder(cache_folder(), "maker/Smol-GGUF")
    put(folder.blob("a" * 64), smollm2_path.read_bytes())
    folder.place("a" * 64, folder.pointer("0" * 40, "smol-Q4_1.gguf"))
    command = [sys.executable, "-m", "alcove", "serve", "maker/Smol-GGUF", "--port", "0", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as serving:
        assert serving.stdout is not None
        assert serving.stdout.readline() == b"{\n"
        assert "is loaded" in sentence("rm", "maker/Smol-GGUF", "--yes")
        serving.send_signal(signal.SIGINT)
        serving.communicate(timeout=30)
    freed = answer("rm", "maker/Smol-GGUF", "--yes")["freed_bytes"]
    assert freed == smollm2_path.stat().st_size

"""llama.cpp's own vocabularies: texts become the tokens that are listed beside them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from llama_cpp_source import llama_cpp_source

SEPARATOR = "\n__ggml_vocab_test__\n"

CODE = """
import json, sys
from pathlib import Path
from alcove.llama import native
from alcove.llama.model import Model
from alcove.llama.parameters import ModelOptions

native.start()
model = Model(Path(sys.argv[1]), ModelOptions(gpu_layers=0, vocabulary_only=True))
tokens = [model.tokenize(text, special=False, begin=False) for text in json.load(sys.stdin)]
print(json.dumps(tokens))
"""


def vocabularies() -> list[str]:
    """Those that have texts and tokens beside them."""
    folder = llama_cpp_source() / "models"
    return sorted(
        path.stem for path in folder.glob("ggml-vocab-*.gguf") if Path(f"{path}.out").exists()
    )


@pytest.mark.parametrize("name", vocabularies())
def test_texts_become_the_tokens_that_are_listed(name: str) -> None:
    path = llama_cpp_source() / "models" / f"{name}.gguf"
    texts = Path(f"{path}.inp").read_text(encoding="utf-8").split(SEPARATOR)
    lines = Path(f"{path}.out").read_text(encoding="utf-8").splitlines()
    expected = [[int(token) for token in line.split()] for line in lines]
    command = [sys.executable, "-c", CODE, str(path)]
    ended = subprocess.run(
        command, input=json.dumps(texts), capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
    tokens = json.loads(ended.stdout.splitlines()[-1])
    assert len(tokens) >= len(expected) > 30
    assert tokens[: len(expected)] == expected


def test_enough_vocabularies_are_there() -> None:
    assert len(vocabularies()) >= 12

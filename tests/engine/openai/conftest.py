from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import openai
import pytest

from alcove.engine.process import ModelProcess
from engine.conftest import KEY, start

_TEMPLATE = (
    "{% if tools %}<|im_start|>system\n"
    'Tools: {{ tools | tojson }}\n<tool_call>{"name": "", "arguments": {}}</tool_call><|im_end|>\n'
    "{% endif %}{% for m in messages %}<|im_start|>{{ m.role }}\n"
    "{{ m.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
_REPLACED = b"{% for message in messages %}{% if loop.first"


def connect(process: ModelProcess) -> openai.OpenAI:
    """Return OpenAI's client of a model process."""
    return openai.OpenAI(base_url=f"{process.url}/v1", api_key=KEY, max_retries=0)


@pytest.fixture
def remote(process: ModelProcess) -> Iterator[openai.OpenAI]:
    """OpenAI's client, connected to SmolLM2."""
    with connect(process) as remote:
        yield remote


@pytest.fixture(scope="module")
def toolsmith(
    smollm2_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[openai.OpenAI]:
    """OpenAI's client, connected to SmolLM2 with a chat template that knows tools."""
    with with_template(smollm2_path, tmp_path_factory.mktemp("tools"), _TEMPLATE) as remote:
        yield remote


@contextmanager
def with_template(path: Path, folder: Path, template: str) -> Iterator[openai.OpenAI]:
    """Serve SmolLM2 with another chat template, of 360 bytes at most."""
    data = bytearray(path.read_bytes())
    place = data.index(_REPLACED)
    length = int.from_bytes(data[place - 8 : place], "little")
    padding = " " * (length - len(template.encode()) - 4)
    data[place : place + length] = f"{template}{{#{padding}#}}".encode()
    (folder / "smollm2.gguf").write_bytes(data)
    process = start(folder / "smollm2.gguf", folder / "engine.log")
    try:
        with connect(process) as remote:
            yield remote
    finally:
        process.stop()
        (folder / "smollm2.gguf").unlink()

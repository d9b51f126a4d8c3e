"""Fills the context of a real model process, so that it takes all the memory that it ever will."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx2

from alcove.engine.load import LoadOptions
from alcove.engine.memory import memory_bytes
from alcove.engine.process import ModelProcess
from alcove.fit.configuration import CHECKPOINT_BYTES, Configuration
from alcove.fit.process_memory import TEMPLATES_BYTES, overhead_bytes
from alcove.fit.shape import Shape
from alcove.gguf.read import read_header

_LETTERS = "a bc d ef "
_SPARE = 40
_ANSWER = 16


def options_for(
    path: Path, configuration: Configuration, threads: int | None = None
) -> LoadOptions:
    """What a model process is told for a configuration."""
    return LoadOptions(
        path,
        path.stem,
        context=configuration.context,
        kv_type=configuration.kv_type,
        gpu_layers=configuration.gpu_layers,
        cpu_moe_layers=configuration.cpu_moe_layers,
        batch=configuration.batch,
        tensor_split=configuration.tensor_split,
        threads=threads,
        slots=configuration.slots,
        checkpoints=configuration.checkpoints,
        checkpoint_bytes=CHECKPOINT_BYTES,
    )


def fill(process: ModelProcess) -> int:
    """Have a prompt read that takes nearly all of the context; return its tokens."""
    with httpx2.Client(base_url=process.url, timeout=None, trust_env=False) as client:
        too_long = _LETTERS * process.context
        error = _ask(client, too_long)["error"]
        tokens = process.context - _SPARE
        prompt = too_long[: len(too_long) * tokens // error["n_prompt_tokens"]]
        timings = _ask(client, prompt)["timings"]
    return int(timings["prompt_n"] + timings["predicted_n"])


def resident_bytes(process: ModelProcess) -> int:
    """What the process takes of RAM now."""
    return memory_bytes(process.pid)


def beside(path: Path, shape: Shape) -> int:
    """What the process of a file should take beside buffers, by whether it has a chat template."""
    has_template = "tokenizer.chat_template" in read_header(path).metadata
    return overhead_bytes(shape) - (0 if has_template else TEMPLATES_BYTES)


def _ask(client: httpx2.Client, text: str) -> dict[str, Any]:
    body = {"messages": [{"role": "user", "content": text}], "max_tokens": _ANSWER}
    document: dict[str, Any] = client.post("/v1/chat/completions", json=body).json()
    return document

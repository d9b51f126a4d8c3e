"""Files whose names are not UTF-8, as Linux permits them."""

from __future__ import annotations

import os
from pathlib import Path

from alcove.llama import native
from alcove.llama.context import Context
from alcove.llama.model import Model
from alcove.llama.parameters import ContextOptions, ModelOptions


def test_names_may_hold_any_bytes(smollm2_path: Path, tmp_path: Path) -> None:
    folder = tmp_path / os.fsdecode(b"caf\xe9")
    folder.mkdir()
    (folder / "model.gguf").symlink_to(smollm2_path)
    native.start()
    model = Model(folder / "model.gguf", ModelOptions(gpu_layers=0))
    context = Context(model, ContextOptions(length=64))
    tokens = model.tokenize("One, two, three", special=False, begin=True)
    context.decode(tokens)
    path = folder / "session.kv"
    assert context.save(0, tokens, path)
    assert abs(path.stat().st_size - context.size(0) - 4 * len(tokens)) < 100
    context.forget(0)
    assert context.load(0, len(tokens), path)
    context.close()
    model.close()

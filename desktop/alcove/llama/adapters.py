"""LoRA adapters: small files that change what a model does."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import llama_cpp

from alcove.llama.context import Context
from alcove.llama.model import Model


class AdapterRefused(Exception):
    """llama.cpp does not take an adapter for this model; the argument is its path."""


@dataclass(frozen=True)
class Adapter:
    """A file, and how much of it is added to the model: 1 is as it was trained."""

    path: Path
    scale: float = 1.0


def put_on(model: Model, context: Context, adapters: Sequence[Adapter]) -> None:
    """Add adapters to a model for as long as it lives; raises AdapterRefused."""
    if not adapters:
        return
    loaded = [_loaded(model, adapter) for adapter in adapters]
    count = len(loaded)
    addresses = (ctypes.c_void_p * count)(*loaded)
    pointers = ctypes.cast(addresses, ctypes.POINTER(llama_cpp.llama_adapter_lora_p_ctypes))
    scales = (ctypes.c_float * count)(*(adapter.scale for adapter in adapters))
    if llama_cpp.llama_set_adapters_lora(context.pointer, pointers, count, scales) != 0:
        raise AdapterRefused(adapters[0].path)


def _loaded(model: Model, adapter: Adapter) -> int:
    pointer = llama_cpp.llama_adapter_lora_init(model.pointer, os.fsencode(adapter.path))
    if not pointer:
        raise AdapterRefused(adapter.path)
    return int(ctypes.cast(pointer, ctypes.c_void_p).value or 0)

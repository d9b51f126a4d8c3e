"""How a model file is loaded: what the verdict prices is what the model process gets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

FlashAttention = Literal["auto", "on", "off"]

KV_BYTES_PER_ELEMENT: dict[str, float] = {"f16": 2.0, "q8_0": 34 / 32, "q4_0": 18 / 32}
"""KV cache types and what one element takes; the quantized ones store blocks of 32."""

BATCH = 512
"""Tokens that llama.cpp processes at once (n_ubatch), unless memory is short."""

ALL_LAYERS = -1


@dataclass(frozen=True)
class Configuration:
    """One way to load a file.

    ``context`` is in tokens. ``gpu_layers`` counts as in llama.cpp, the output layer too;
    ALL_LAYERS is all of them. The experts of the first ``cpu_moe_layers`` layers stay in RAM
    (llama.cpp's --n-cpu-moe). ``batch`` is in tokens. ``tensor_split`` says in which proportion
    the layers go to several GPUs; empty leaves it to llama.cpp.
    """

    context: int
    kv_type: str = "f16"
    gpu_layers: int = ALL_LAYERS
    cpu_moe_layers: int = 0
    batch: int = BATCH
    tensor_split: tuple[float, ...] = ()
    flash_attention: FlashAttention = "auto"

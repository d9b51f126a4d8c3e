"""How a model file is loaded: what the verdict prices is what the model process gets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

FlashAttention = Literal["auto", "on", "off"]

KV_BYTES_PER_ELEMENT: dict[str, float] = {"f16": 2.0, "q8_0": 34 / 32, "q4_0": 18 / 32}
"""KV cache types and what one element takes; the quantized ones store blocks of 32."""

BATCH = 512
"""Tokens that llama.cpp processes at once (n_ubatch), unless memory is short."""

ALL_LAYERS = -1

CHECKPOINT_BYTES = 256 * 2**20
"""What the checkpoints of one conversation take at most; a larger state is never kept."""

_MOST_CHECKPOINTS, _TOKENS_PER_CHECKPOINT = 4, 4096


@dataclass(frozen=True)
class Configuration:
    """One way to load a file.

    ``context`` is in tokens. ``gpu_layers`` counts as in llama.cpp, the output layer too;
    ALL_LAYERS is all of them. The experts of the first ``cpu_moe_layers`` layers stay in RAM
    (llama.cpp's --n-cpu-moe). ``batch`` is in tokens. ``tensor_split`` says in which proportion
    the layers go to several GPUs; empty leaves it to llama.cpp. ``slots`` answers can go on at the
    same time and share the context.
    """

    context: int
    kv_type: str = "f16"
    gpu_layers: int = ALL_LAYERS
    cpu_moe_layers: int = 0
    batch: int = BATCH
    tensor_split: tuple[float, ...] = ()
    flash_attention: FlashAttention = "auto"
    slots: int = 1

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Configuration:
        """Read the JSON object that ``dataclasses.asdict`` makes of a configuration."""
        return cls(**{**document, "tensor_split": tuple(document["tensor_split"])})

    def on_gpus(self, layers: int) -> int:
        """Return how many of a model's ``layers`` lie on GPUs, where there are any."""
        return layers if self.gpu_layers == ALL_LAYERS else max(min(self.gpu_layers, layers), 0)

    @property
    def checkpoints(self) -> int:
        """How many states of a conversation are kept to go back to, where memory cannot be cut."""
        return min(1 + self.context // _TOKENS_PER_CHECKPOINT, _MOST_CHECKPOINTS)

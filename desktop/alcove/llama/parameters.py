"""How a model and its context are made: one place, so that what is priced is what is loaded."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from typing import Any, Literal

import llama_cpp

from alcove.llama.devices import function

KV_TYPES = {
    "f16": llama_cpp.GGML_TYPE_F16,
    "q8_0": llama_cpp.GGML_TYPE_Q8_0,
    "q4_0": llama_cpp.GGML_TYPE_Q4_0,
}
"""KV cache types by the name that llama.cpp's own tools use."""

BATCH = 512
"""Tokens evaluated at once: llama.cpp's default micro-batch, so that progress shows per step."""

OUTPUTS = 8
"""Tokens of one evaluation whose logits are wanted, at most: the next one, and those guessed."""

FlashAttention = Literal["auto", "on", "off"]

_FLASH_ATTENTION: dict[FlashAttention, int] = {"auto": -1, "off": 0, "on": 1}
_EXPERTS = r"blk\.{layer}\.ffn_(up|down|gate|gate_up)_(ch|)exps"
_LOAD_MODE_NONE = 0


@dataclass(frozen=True)
class ModelOptions:
    """Where the weights go.

    ``gpu_layers`` counts as in llama.cpp, the output layer too; -1 is all. The experts of the
    first ``cpu_moe_layers`` layers stay in RAM. ``tensor_split`` says in which proportion the
    layers go to several GPUs; empty leaves it to llama.cpp. With ``vocabulary_only`` there are no
    weights.
    """

    gpu_layers: int = -1
    cpu_moe_layers: int = 0
    tensor_split: tuple[float, ...] = ()
    vocabulary_only: bool = False


@dataclass(frozen=True)
class ContextOptions:
    """How a context is made: its length in tokens, its KV type, tokens evaluated at once.

    ``sequences`` is how many conversations share it; ``embeddings``: texts become vectors.
    ``threads`` are for the CPU's part of generation, ``batch_threads`` for that of reading a
    prompt; None is as many.
    """

    length: int
    kv_type: str = "f16"
    batch: int = BATCH
    flash_attention: FlashAttention = "auto"
    sequences: int = 1
    embeddings: bool = False
    threads: int = 1
    batch_threads: int | None = None


class _Override(ctypes.Structure):
    """``struct llama_model_tensor_buft_override``."""

    _fields_ = (("pattern", ctypes.c_char_p), ("buffer_type", ctypes.c_void_p))


def model_parameters(options: ModelOptions) -> llama_cpp.llama_model_params:
    """Return what llama.cpp loads a model with; keep it for as long as the model lives.

    Weights are read, not mapped: mapped ones would lie in memory twice where a CPU wants them in
    another order, and a dry run of a mapped model aborts.
    """
    parameters: llama_cpp.llama_model_params = llama_cpp.llama_model_default_params()
    parameters.n_gpu_layers = options.gpu_layers
    parameters.load_mode = _LOAD_MODE_NONE
    parameters.vocab_only = options.vocabulary_only
    if options.cpu_moe_layers:
        parameters.tensor_buft_overrides = _experts_in_ram(options.cpu_moe_layers)
    if options.tensor_split:
        parameters.tensor_split = _proportions(options.tensor_split)
    return parameters


def context_parameters(options: ContextOptions) -> llama_cpp.llama_context_params:
    """Return what llama.cpp makes a context with.

    Raises KeyError for a KV type that is not in KV_TYPES.
    """
    parameters: llama_cpp.llama_context_params = llama_cpp.llama_context_default_params()
    parameters.n_ctx = options.length
    parameters.n_batch = parameters.n_ubatch = options.batch
    parameters.n_outputs_max = (
        options.batch if options.embeddings else max(OUTPUTS, options.sequences)
    )
    parameters.n_seq_max = options.sequences
    parameters.kv_unified = options.sequences > 1
    parameters.embeddings = options.embeddings
    parameters.n_threads = options.threads
    parameters.n_threads_batch = options.batch_threads or options.threads
    parameters.flash_attn_type = _FLASH_ATTENTION[options.flash_attention]
    parameters.swa_full = False
    parameters.type_k = parameters.type_v = KV_TYPES[options.kv_type]
    return parameters


def _experts_in_ram(layers: int) -> Any:  # noqa: ANN401 - ctypes' own type
    """Make the list of overrides that llama.cpp's --n-cpu-moe makes; an empty one ends it."""
    ram = function("ggml_backend_cpu_buffer_type", ctypes.c_void_p)()
    patterns = (_EXPERTS.format(layer=layer) for layer in range(layers))
    overrides = (_Override(pattern.encode(), ram) for pattern in patterns)
    # A cast keeps alive what it was made from, and a structure keeps what is put into it.
    return ctypes.cast((_Override * (layers + 1))(*overrides), ctypes.c_void_p)


def _proportions(split: tuple[float, ...]) -> Any:  # noqa: ANN401 - ctypes' own type
    devices = (ctypes.c_float * llama_cpp.llama_max_devices())(*split)
    return ctypes.cast(devices, ctypes.POINTER(ctypes.c_float))

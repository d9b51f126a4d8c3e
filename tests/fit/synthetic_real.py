"""Loads a file for real, and prints what llama.cpp then says it takes.

    python tests/fit/synthetic_real.py MODEL.gguf '[{"context": 2048, "kv_type": "f16", ...}, ...]'

One JSON line per configuration: [weights, context, compute] in bytes, or null where there is no
context to be had. Written against the C API alone, so that it shares nothing with the dry run but
the reading of the breakdown, and that AMX is left out.
"""

from __future__ import annotations

import ctypes
import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import llama_cpp

from alcove.fit.configuration import Configuration
from alcove.fit.price import Buffers, Price
from alcove.llama import amx
from alcove.llama.breakdown import breakdown

Sizes = tuple[int, int, int]

OUTPUTS = 8
"""Rows of logits that the model process asks for."""

_FLASH = {"auto": -1, "off": 0, "on": 1}
_TYPES = {
    "f16": llama_cpp.GGML_TYPE_F16,
    "q8_0": llama_cpp.GGML_TYPE_Q8_0,
    "q4_0": llama_cpp.GGML_TYPE_Q4_0,
}


def real_sizes(path: Path, configurations: Sequence[Configuration]) -> list[Sizes | None]:
    """Load ``path`` in a process of its own; return bytes for each configuration."""
    asked = json.dumps([asdict(each) for each in configurations])
    command = [sys.executable, __file__, str(path), asked]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return [json.loads(line) and tuple(json.loads(line)) for line in output.splitlines()]


def dry_sizes(price: Price) -> Sizes | None:
    """Bytes of a price, as ``real_sizes`` gives them."""
    if not isinstance(price, Buffers):
        return None
    return price.weights_bytes, price.context_bytes, price.compute_bytes


def main() -> None:
    llama_cpp.llama_backend_init()
    amx.leave_out()
    parameters = llama_cpp.llama_model_default_params()
    parameters.load_mode = 0
    parameters.n_gpu_layers = -1
    model = llama_cpp.llama_model_load_from_file(sys.argv[1].encode(), parameters)
    assert model
    for asked in json.loads(sys.argv[2]):
        sys.stdout.write(json.dumps(_sizes(model, asked)) + "\n")


def _sizes(model: llama_cpp.llama_model_p, asked: dict[str, str]) -> list[int] | None:
    parameters = llama_cpp.llama_context_default_params()
    parameters.n_ctx = int(asked["context"])
    parameters.n_batch = parameters.n_ubatch = int(asked["batch"])
    parameters.n_outputs_max = OUTPUTS
    parameters.swa_full = False
    parameters.flash_attn_type = _FLASH[asked["flash_attention"]]
    parameters.type_k = parameters.type_v = _TYPES[asked["kv_type"]]
    context = llama_cpp.llama_init_from_model(model, parameters)
    if not context:
        return None
    shares = breakdown(ctypes.cast(context, ctypes.c_void_p).value or 0)
    sizes = [(share.weights, share.context, share.compute) for share in shares]
    llama_cpp.llama_free(context)
    return [sum(column) for column in zip(*sizes, strict=True)]


if __name__ == "__main__":
    main()

"""Asks llama.cpp's own quantizer which types it would give the tensors of a file.

    python tests/gguf/quantizer.py MODEL.gguf FTYPE [FTYPE ...]

Prints one line of JSON for each number of ``enum llama_ftype``: the types by the tensors' names.
The file may be sparse; nothing is quantized.
"""

from __future__ import annotations

import ctypes
import json
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import llama_cpp

_LINE = re.compile(r"^\[ *\d+/ *\d+\] (\S+) +- \[.*?\], type = +(\w+), size = .*?(?:\((\w+)\))?$")


def chosen_types(path: Path, file_types: Sequence[int]) -> list[dict[str, str]]:
    """Ask in a process of its own; types are as ggml spells them in capitals."""
    command = [sys.executable, __file__, str(path), *map(str, file_types)]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return [json.loads(line) for line in output.splitlines()]


def main() -> None:
    log: list[str] = []

    @llama_cpp.llama_log_callback
    def keep(_level: int, text: bytes, _data: object) -> None:
        log.append(text.decode(errors="replace"))

    llama_cpp.llama_log_set(keep, ctypes.c_void_p(0))
    llama_cpp.llama_backend_init()
    for file_type in sys.argv[2:]:
        log.clear()
        parameters = llama_cpp.llama_model_quantize_default_params()
        parameters.ftype = int(file_type)
        parameters.dry_run = True
        failed = llama_cpp.llama_model_quantize(
            sys.argv[1].encode(), f"{sys.argv[1]}.out".encode(), ctypes.byref(parameters)
        )
        assert not failed, "".join(log)
        matches = map(_LINE.match, "".join(log).splitlines())
        types = {found[1]: (found[3] or found[2]).upper() for found in matches if found}
        sys.stdout.write(json.dumps(types) + "\n")


if __name__ == "__main__":
    main()

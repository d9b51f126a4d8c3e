"""Keeps llama.cpp from Intel's matrix tiles (AMX), which crash the process as GCC compiles them.

The compiler drops most of the tile configuration as never read, and the kernel wants each thread to
ask for the tiles (github.com/ggml-org/llama.cpp/pull/26954). The weights are then kept as for any
other processor with AVX-512.
"""

from __future__ import annotations

import ctypes
from typing import Any

from alcove.llama.devices import AMX, function

_CPU = 0
_MOST = 64


def leave_out() -> None:
    """Take AMX off the list of ways in which llama.cpp may keep weights, before one is loaded."""
    offered = _offered()
    if not offered:
        return
    kept = [each for each in _until_null(offered) if not _name(each).startswith(AMX)]
    for index, each in enumerate([*kept, None]):
        offered[index] = each


def ways() -> tuple[str, ...]:
    """Return ggml's names of the ways beside the plain one in which a CPU may keep weights."""
    offered = _offered()
    return tuple(map(_name, _until_null(offered))) if offered else ()


def _offered() -> Any:  # noqa: ANN401 - ctypes has no type for a pointer
    """Return ggml's own list, which ends with a null pointer and lives as long as the process."""
    device = function("ggml_backend_dev_by_type", ctypes.c_void_p, ctypes.c_int)(_CPU)
    registry = function("ggml_backend_dev_backend_reg", ctypes.c_void_p, ctypes.c_void_p)(device)
    address = function(
        "ggml_backend_reg_get_proc_address", ctypes.c_void_p, ctypes.c_void_p, ctypes.c_char_p
    )(registry, b"ggml_backend_dev_get_extra_bufts")
    if address is None:
        return None
    return ctypes.CFUNCTYPE(ctypes.POINTER(ctypes.c_void_p), ctypes.c_void_p)(address)(device)


def _until_null(offered: Any) -> list[int]:  # noqa: ANN401
    found: list[int] = []
    while (each := offered[len(found)]) and len(found) < _MOST:
        found.append(int(each))
    return found


def _name(buffer_type: int) -> str:
    name = function("ggml_backend_buft_name", ctypes.c_char_p, ctypes.c_void_p)(buffer_type)
    return str(name.decode())

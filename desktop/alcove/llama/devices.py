"""The devices, backends and build of the installed llama.cpp.

Every ggml symbol is looked up in the libraries that llama_cpp has loaded already: opening a ggml
library by its path would load a second copy with a registry, and GPU contexts, of its own.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import llama_cpp
from llama_cpp.llama_cpp import _lib, llama_print_system_info

DeviceKind = Literal["cpu", "gpu", "integrated", "accelerator", "meta"]

AMX = "AMX"
"""What ggml's names of the kernels for Intel's matrix tiles begin with; ``llama.amx`` tells why."""

_KINDS: tuple[DeviceKind, ...] = ("cpu", "gpu", "integrated", "accelerator", "meta")
"""In the order of ``enum ggml_backend_dev_type``."""


@dataclass(frozen=True)
class Device:
    """One ggml device. ``backend`` is the name in ggml's registry ("CPU", "CUDA", "MTL", ...).

    ``identity`` is the PCI address in lower case, where the backend tells it. On Linux and macOS
    a CPU device calls all RAM free. A device with a total of 0 must not be used.
    """

    name: str
    description: str
    kind: DeviceKind
    free_bytes: int
    total_bytes: int
    identity: str | None
    backend: str


class _Properties(ctypes.Structure):
    """``struct ggml_backend_dev_props``, with room for what later versions append."""

    _fields_ = (
        ("name", ctypes.c_char_p),
        ("description", ctypes.c_char_p),
        ("memory_free", ctypes.c_size_t),
        ("memory_total", ctypes.c_size_t),
        ("type", ctypes.c_int),
        ("device_id", ctypes.c_char_p),
        ("capabilities", ctypes.c_bool * 5),
        ("room", ctypes.c_uint8 * 256),
    )


class _Feature(ctypes.Structure):
    """``struct ggml_backend_feature``."""

    _fields_ = (("name", ctypes.c_char_p), ("value", ctypes.c_char_p))


def build_version() -> str:
    """Return the version of the llama-cpp-python package."""
    return str(llama_cpp.__version__)


def system_info() -> str:
    """Return llama.cpp's own line about its backends and instruction sets."""
    return str(llama_print_system_info().decode())


def devices() -> tuple[Device, ...]:
    """Ask every backend for its devices and their memory now; this starts the GPU drivers."""
    count = function("ggml_backend_dev_count", ctypes.c_size_t)()
    get = function("ggml_backend_dev_get", ctypes.c_void_p, ctypes.c_size_t)
    return tuple(describe(get(index)) for index in range(count))


def backends() -> tuple[str, ...]:
    """Return the names of the compiled-in backends, whether or not they found a device."""
    count = function("ggml_backend_reg_count", ctypes.c_size_t)()
    get = function("ggml_backend_reg_get", ctypes.c_void_p, ctypes.c_size_t)
    return tuple(_backend_name(get(index)) for index in range(count))


def cpu_features() -> tuple[str, ...]:
    """Return the instruction sets and kernels of the CPU backend ("AVX2", "REPACK", ...).

    Those that are never used are left out; see ``llama.amx``.
    """
    registry = function("ggml_backend_reg_by_name", ctypes.c_void_p, ctypes.c_char_p)(b"CPU")
    if registry is None:
        return ()
    address = function(
        "ggml_backend_reg_get_proc_address", ctypes.c_void_p, ctypes.c_void_p, ctypes.c_char_p
    )(registry, b"ggml_backend_get_features")
    if address is None:
        return ()
    prototype = ctypes.CFUNCTYPE(ctypes.POINTER(_Feature), ctypes.c_void_p)
    return tuple(
        name for name in _enabled(prototype(address)(registry)) if not name.startswith(AMX)
    )


def _enabled(features: Any) -> Iterator[str]:  # noqa: ANN401 - ctypes has no type for a pointer
    index = 0
    while name := features[index].name:
        if features[index].value != b"0":
            yield name.decode()
        index += 1


def describe(handle: int) -> Device:
    """Read what ggml says of one of its devices."""
    properties = _Properties()
    function("ggml_backend_dev_get_props", None, ctypes.c_void_p, ctypes.POINTER(_Properties))(
        handle, ctypes.byref(properties)
    )
    registry = function("ggml_backend_dev_backend_reg", ctypes.c_void_p, ctypes.c_void_p)(handle)
    identity = properties.device_id
    return Device(
        name=properties.name.decode(),
        description=properties.description.decode(errors="replace").strip(),
        kind=_KINDS[properties.type],
        free_bytes=properties.memory_free,
        total_bytes=properties.memory_total,
        identity=identity.decode().lower() if identity else None,
        backend=_backend_name(registry),
    )


def _backend_name(registry: int) -> str:
    name = function("ggml_backend_reg_name", ctypes.c_char_p, ctypes.c_void_p)(registry)
    return str(name.decode())


def function(name: str, result: Any, *arguments: Any) -> Any:  # noqa: ANN401 - ctypes' own types
    """Return a function of ggml with its types; ``name`` is its symbol."""
    prototype = ctypes.CFUNCTYPE(result, *arguments)
    return prototype((name, _library_with(name)))


def _library_with(name: str) -> ctypes.CDLL:
    """Find the loaded library with the symbol ``name``.

    Elsewhere than on Windows, llama's own library answers for those it depends on. Windows looks
    into one module alone, but gives back the loaded one for a name without a path (untried).
    """
    library: ctypes.CDLL = _lib
    if sys.platform == "win32":
        for module in ("ggml.dll", "ggml-base.dll"):
            dependency = ctypes.CDLL(module)
            if hasattr(dependency, name):
                return dependency
    return library

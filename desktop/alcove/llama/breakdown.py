"""What a context takes of each device, as llama.cpp itself keeps account of it, to the byte.

``llama_get_memory_breakdown`` is exported, but it is C++: its name is mangled, and it returns a
``std::map``. How that lies in memory is an agreement among compilers and no API: whoever relies on
it asks for a case with a known answer first. libstdc++ is tried; libc++ and Microsoft's library
are written from their sources (untried).
"""

from __future__ import annotations

import ctypes
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from llama_cpp.llama_cpp import _lib

from alcove.llama.devices import Device, describe, function

_ITANIUM_NAME = "_Z26llama_get_memory_breakdownPK13llama_context"
_MICROSOFT_NAME = rb"\?llama_get_memory_breakdown@@[!-~]+"
_MOST_BUFFER_TYPES = 256


class BreakdownUnavailable(Exception):
    """The installed llama.cpp does not tell, or tells what cannot be."""


@dataclass(frozen=True)
class DeviceBytes:
    """Bytes on one device; those in any kind of host memory count for the CPU."""

    device: Device
    weights: int
    context: int
    compute: int


_VALUE = (
    ("buffer_type", ctypes.c_void_p),
    ("weights", ctypes.c_size_t),
    ("context", ctypes.c_size_t),
    ("compute", ctypes.c_size_t),
)


class _GnuMap(ctypes.Structure):
    _fields_ = (
        ("compare", ctypes.c_size_t),
        ("color", ctypes.c_int),
        ("root", ctypes.c_void_p),
        ("first", ctypes.c_void_p),
        ("last", ctypes.c_void_p),
        ("count", ctypes.c_size_t),
    )


class _GnuNode(ctypes.Structure):
    _fields_ = (
        ("color", ctypes.c_int),
        ("parent", ctypes.c_void_p),
        ("left", ctypes.c_void_p),
        ("right", ctypes.c_void_p),
        *_VALUE,
    )


class _LlvmMap(ctypes.Structure):
    _fields_ = (
        ("first", ctypes.c_void_p),
        ("root", ctypes.c_void_p),
        ("count", ctypes.c_size_t),
    )


class _LlvmNode(ctypes.Structure):
    _fields_ = (
        ("left", ctypes.c_void_p),
        ("right", ctypes.c_void_p),
        ("parent", ctypes.c_void_p),
        ("is_black", ctypes.c_bool),
        *_VALUE,
    )


class _MicrosoftMap(ctypes.Structure):
    _fields_ = (("head", ctypes.c_void_p), ("count", ctypes.c_size_t))


class _MicrosoftNode(ctypes.Structure):
    _fields_ = (
        ("left", ctypes.c_void_p),
        ("parent", ctypes.c_void_p),
        ("right", ctypes.c_void_p),
        ("color", ctypes.c_uint8),
        ("is_nil", ctypes.c_uint8),
        *_VALUE,
    )


def breakdown(context: int) -> tuple[DeviceBytes, ...]:
    """Return what ``context``, a llama_context, and its model take.

    The devices are in llama.cpp's order, the CPU last. Raises BreakdownUnavailable.
    """
    totals: dict[int, list[int]] = {}
    for node in _nodes(context):
        device = _device_of(node.buffer_type)
        sums = totals.setdefault(device, [0, 0, 0])
        for index, size in enumerate((node.weights, node.context, node.compute)):
            sums[index] += size
    cpu = _cpu()
    last = totals.pop(cpu, [0, 0, 0])
    # The map has them by the addresses of their buffer types.
    ordered = sorted(totals.items(), key=lambda total: _place(total[0]))
    return tuple(DeviceBytes(describe(handle), *sums) for handle, sums in (*ordered, (cpu, last)))


def _nodes(context: int) -> list[Any]:
    map_type, node_type, name = _layout()
    try:
        tree = function(name, map_type, ctypes.c_void_p)(context)
    except AttributeError as error:
        raise BreakdownUnavailable(name) from error
    if tree.count > _MOST_BUFFER_TYPES:
        raise BreakdownUnavailable(f"{tree.count} buffer types")
    root = tree.root if hasattr(tree, "root") else _MicrosoftNode.from_address(tree.head).parent
    nodes = list(_walk(node_type, root, tree.count))
    if len(nodes) != tree.count:
        raise BreakdownUnavailable(f"{len(nodes)} of {tree.count} buffer types")
    return nodes


def _layout() -> tuple[type[ctypes.Structure], type[ctypes.Structure], str]:
    if sys.platform == "darwin":
        return _LlvmMap, _LlvmNode, _ITANIUM_NAME
    if sys.platform == "win32":
        return _MicrosoftMap, _MicrosoftNode, _microsoft_name()
    return _GnuMap, _GnuNode, _ITANIUM_NAME


def _microsoft_name() -> str:
    """Find the mangled name, which spells out the whole map, in the library's table of exports."""
    match = re.search(_MICROSOFT_NAME, Path(_lib._name).read_bytes())
    if match is None:
        raise BreakdownUnavailable("llama_get_memory_breakdown")
    return match.group().decode()


def _walk(node_type: type[ctypes.Structure], address: int | None, depth: int) -> Iterator[Any]:
    if not address or depth < 0:
        return
    node: Any = node_type.from_address(address)
    if getattr(node, "is_nil", False):
        return
    yield from _walk(node_type, node.left, depth - 1)
    yield node
    yield from _walk(node_type, node.right, depth - 1)


def _device_of(buffer_type: int) -> int:
    """Return the ggml device to which the bytes in a buffer type count."""
    if function("ggml_backend_buft_is_host", ctypes.c_bool, ctypes.c_void_p)(buffer_type):
        return _cpu()
    device = function("ggml_backend_buft_get_device", ctypes.c_void_p, ctypes.c_void_p)(buffer_type)
    return int(device) if device else _cpu()


def _place(device: int) -> int:
    """Return the place of a device in ggml's list, in whose order llama.cpp fills them."""
    count = function("ggml_backend_dev_count", ctypes.c_size_t)()
    get = function("ggml_backend_dev_get", ctypes.c_void_p, ctypes.c_size_t)
    return next((index for index in range(count) if get(index) == device), count)


def _cpu() -> int:
    by_type = function("ggml_backend_dev_by_type", ctypes.c_void_p, ctypes.c_int)
    return int(by_type(0))

"""GPUs on Windows, through DXGI's COM interfaces; written from Microsoft's reference, untried."""

from __future__ import annotations

import ctypes
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from alcove.hardware.adapter import Adapter, Vendor

_VENDORS: dict[int, Vendor] = {0x10DE: "nvidia", 0x1002: "amd", 0x8086: "intel"}
_SMALLEST_CARD = 1024**3
"""Less memory of its own than this, in bytes, is what firmware sets aside for an integrated GPU."""

_IDXGI_FACTORY1 = UUID("770aae78-f26f-4dba-a829-253c83d1b387")
_IDXGI_ADAPTER3 = UUID("645967a4-1392-4310-a798-8053ce3e93fd")
# Places in the interfaces' tables of methods, inherited ones first.
_QUERY_INTERFACE, _RELEASE = 0, 2
_ENUM_ADAPTERS1, _GET_DESC1, _QUERY_VIDEO_MEMORY_INFO = 12, 10, 14


@dataclass(frozen=True)
class Description:
    """What DXGI tells of an adapter; ``budget_bytes`` is what Windows lets this process use."""

    name: str
    vendor_id: int
    dedicated_bytes: int
    shared_bytes: int
    budget_bytes: int | None


class _Desc1(ctypes.Structure):
    """``DXGI_ADAPTER_DESC1``."""

    _fields_ = (
        ("description", ctypes.c_wchar * 128),
        ("vendor_id", ctypes.c_uint),
        ("device_id", ctypes.c_uint),
        ("subsystem_id", ctypes.c_uint),
        ("revision", ctypes.c_uint),
        ("dedicated_video_memory", ctypes.c_size_t),
        ("dedicated_system_memory", ctypes.c_size_t),
        ("shared_system_memory", ctypes.c_size_t),
        ("luid", ctypes.c_int64),
        ("flags", ctypes.c_uint),
    )


class _MemoryInfo(ctypes.Structure):
    """``DXGI_QUERY_VIDEO_MEMORY_INFO``."""

    _fields_ = (
        ("budget", ctypes.c_uint64),
        ("current_usage", ctypes.c_uint64),
        ("available_for_reservation", ctypes.c_uint64),
        ("current_reservation", ctypes.c_uint64),
    )


def adapters() -> tuple[Adapter, ...]:
    """List the GPUs that Windows knows. Raises OSError if DXGI does not answer."""
    factory = ctypes.c_void_p()
    create = ctypes.CDLL("dxgi").CreateDXGIFactory1
    if create(_guid(_IDXGI_FACTORY1), ctypes.byref(factory)) != 0:
        raise OSError("CreateDXGIFactory1 failed")
    try:
        return to_adapters(describe(factory))
    finally:
        _call(factory, _RELEASE)


def to_adapters(descriptions: Iterable[Description]) -> tuple[Adapter, ...]:
    """Keep the real GPUs. Of a card only memory of its own counts: the shared kind is slow."""
    return tuple(_adapter(each) for each in descriptions if each.vendor_id in _VENDORS)


def _adapter(each: Description) -> Adapter:
    integrated = each.dedicated_bytes < _SMALLEST_CARD
    total = each.dedicated_bytes + (each.shared_bytes if integrated else 0)
    free = total if integrated or each.budget_bytes is None else min(total, each.budget_bytes)
    return Adapter(
        name=each.name,
        vendor=_VENDORS[each.vendor_id],
        kind="integrated" if integrated else "discrete",
        total_bytes=total,
        free_bytes=free,
        address=None,
    )


def describe(factory: ctypes.c_void_p) -> Iterator[Description]:
    """Yield what an ``IDXGIFactory1`` tells of each adapter."""
    index = 0
    adapter = ctypes.c_void_p()
    while _call(factory, _ENUM_ADAPTERS1, ctypes.c_uint(index), ctypes.byref(adapter)) >= 0:
        try:
            yield _describe(adapter)
        finally:
            _call(adapter, _RELEASE)
        index += 1


def _describe(adapter: ctypes.c_void_p) -> Description:
    desc = _Desc1()
    if _call(adapter, _GET_DESC1, ctypes.byref(desc)) < 0:
        raise OSError("IDXGIAdapter1::GetDesc1 failed")
    return Description(
        name=desc.description,
        vendor_id=desc.vendor_id,
        dedicated_bytes=desc.dedicated_video_memory,
        shared_bytes=desc.shared_system_memory,
        budget_bytes=_budget(adapter),
    )


def _budget(adapter: ctypes.c_void_p) -> int | None:
    """Ask for the local memory that Windows would give this process, in bytes."""
    newer = ctypes.c_void_p()
    if _call(adapter, _QUERY_INTERFACE, _guid(_IDXGI_ADAPTER3), ctypes.byref(newer)) < 0:
        return None
    info = _MemoryInfo()
    node, local = ctypes.c_uint(0), ctypes.c_int(0)
    status = _call(newer, _QUERY_VIDEO_MEMORY_INFO, node, local, ctypes.byref(info))
    _call(newer, _RELEASE)
    return None if status < 0 else max(0, int(info.budget) - int(info.current_usage))


def _guid(identifier: UUID) -> Any:  # noqa: ANN401 - a ctypes buffer, passed by its address
    return ctypes.create_string_buffer(identifier.bytes_le, 16)


def _call(instance: ctypes.c_void_p, method: int, *arguments: Any) -> int:  # noqa: ANN401
    """Call a method of a COM object by its place; a negative result is a failure.

    64-bit Windows has one calling convention, so ``CFUNCTYPE`` is right for COM too.
    """
    table = ctypes.cast(instance, ctypes.POINTER(ctypes.POINTER(ctypes.c_void_p))).contents
    prototype = ctypes.CFUNCTYPE(ctypes.c_int32)
    return int(prototype(table[method] or 0)(instance, *arguments))

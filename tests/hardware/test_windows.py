"""What DXGI tells, and the walk through its COM interfaces, on any system."""

from __future__ import annotations

import ctypes
from ctypes import CFUNCTYPE, POINTER, c_int32, c_uint, c_void_p
from typing import Any
from uuid import UUID

from alcove.hardware.vendors import windows
from alcove.hardware.vendors.windows import Description

GIB = 1024**3
NOT_FOUND = -2005270526


def test_only_a_cards_own_memory_counts_and_the_budget_bounds_what_is_free() -> None:
    (card,) = windows.to_adapters([Description("RTX 4070", 0x10DE, 12 * GIB, 16 * GIB, 9 * GIB)])
    assert (card.vendor, card.kind) == ("nvidia", "discrete")
    assert (card.total_bytes, card.free_bytes) == (12 * GIB, 9 * GIB)


def test_a_card_without_a_budget_is_taken_for_free() -> None:
    (card,) = windows.to_adapters([Description("RX 580", 0x1002, 8 * GIB, 16 * GIB, None)])
    assert card.free_bytes == 8 * GIB


def test_integrated_graphics_have_what_windows_shares() -> None:
    (gpu,) = windows.to_adapters([Description("Iris Xe", 0x8086, GIB // 8, 8 * GIB, GIB // 8)])
    assert (gpu.kind, gpu.total_bytes) == ("integrated", 8 * GIB + GIB // 8)


def test_windows_own_renderer_is_no_gpu() -> None:
    assert windows.to_adapters([Description("Basic Render Driver", 0x1414, 0, GIB, None)]) == ()


class ComObject:
    """An object with a table of methods, laid out as COM lays it out; the rest stay null."""

    def __init__(self, methods: dict[int, Any]) -> None:
        self._methods = methods
        self._table = (c_void_p * 16)()
        for place, method in methods.items():
            self._table[place] = ctypes.cast(method, c_void_p)
        self._instance = c_void_p(ctypes.addressof(self._table))
        self.pointer = c_void_p(ctypes.addressof(self._instance))


def test_every_adapter_is_described_and_released() -> None:
    released: list[str] = []

    def release(name: str) -> Any:
        return CFUNCTYPE(c_int32, c_void_p)(lambda _this: released.append(name) or 0)

    @CFUNCTYPE(c_int32, c_void_p, c_uint, c_uint, POINTER(windows._MemoryInfo))
    def memory_info(_this: int, node: int, segment: int, info: Any) -> int:
        assert (node, segment) == (0, 0)
        info.contents.budget, info.contents.current_usage = 10 * GIB, GIB
        return 0

    newer = ComObject({2: release("adapter3"), 14: memory_info})

    @CFUNCTYPE(c_int32, c_void_p, c_void_p, POINTER(c_void_p))
    def query_interface(_this: int, identifier: int, out: Any) -> int:
        wanted = UUID("645967a4-1392-4310-a798-8053ce3e93fd").bytes_le
        assert ctypes.string_at(identifier, 16) == wanted
        out[0] = newer.pointer.value
        return 0

    @CFUNCTYPE(c_int32, c_void_p, POINTER(windows._Desc1))
    def get_desc(_this: int, desc: Any) -> int:
        desc.contents.description = "NVIDIA GeForce RTX 4070"
        desc.contents.vendor_id = 0x10DE
        desc.contents.dedicated_video_memory = 12 * GIB
        desc.contents.shared_system_memory = 16 * GIB
        return 0

    adapter = ComObject({0: query_interface, 2: release("adapter"), 10: get_desc})

    @CFUNCTYPE(c_int32, c_void_p, c_uint, POINTER(c_void_p))
    def enum_adapters(_this: int, index: int, out: Any) -> int:
        if index == 2:
            return NOT_FOUND
        out[0] = adapter.pointer.value
        return 0

    factory = ComObject({12: enum_adapters})
    card = Description("NVIDIA GeForce RTX 4070", 0x10DE, 12 * GIB, 16 * GIB, 9 * GIB)
    assert list(windows.describe(factory.pointer)) == [card, card]
    assert released == ["adapter3", "adapter"] * 2

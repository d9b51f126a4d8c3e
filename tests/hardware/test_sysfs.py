from __future__ import annotations

import pytest

from alcove.hardware.vendors import amd, intel, pci
from hardware.conftest import Tree

GIB = 1024**3
BUS = "sys/bus/pci/devices"
PCI_IDS = (
    "# a comment\n1002  Advanced Micro Devices, Inc. [AMD/ATI]\n"
    "\t744c  Navi 31 [Radeon RX 7900 XT/7900 XTX]\n\t\t1002 0e3b  RX 7900 GRE\n"
    "8086  Intel Corporation\n\t744c  Not this one\n\t56a0  DG2 [Arc A770]\n\t3e92  UHD 630"
)


def device(
    address: str, *, vendor: str, number: str, kind: str = "0x030000", **files: object
) -> dict[str, object]:
    named = {"class": kind, "vendor": f"0x{vendor}", "device": f"0x{number}"}
    return {f"{BUS}/{address}/{name}": content for name, content in (named | files).items()}


@pytest.fixture
def radeon() -> dict[str, object]:
    return device(
        "0000:03:00.0",
        vendor="1002",
        number="744c",
        mem_info_vram_total=24 * GIB,
        mem_info_vram_used=4 * GIB,
        mem_info_gtt_total=16 * GIB,
        mem_info_gtt_used=0,
        mem_info_vram_vendor="samsung",
    )


def test_an_amd_card_has_its_own_memory_alone(tree: Tree, radeon: dict[str, object]) -> None:
    (card,) = amd.adapters(tree(radeon | {"usr/share/misc/pci.ids": PCI_IDS}))
    assert card.name == "Radeon RX 7900 XT/7900 XTX"
    assert (card.kind, card.address) == ("discrete", "0000:03:00.0")
    assert (card.total_bytes, card.free_bytes) == (24 * GIB, 20 * GIB)


def test_the_driver_knows_the_name_best(tree: Tree, radeon: dict[str, object]) -> None:
    root = tree(radeon | {f"{BUS}/0000:03:00.0/product_name": "AMD Radeon PRO W7900"})
    assert amd.adapters(root)[0].name == "AMD Radeon PRO W7900"


def test_an_apu_adds_what_the_driver_maps_of_the_ram(tree: Tree) -> None:
    files = device(
        "0000:c4:00.0",
        vendor="1002",
        number="15bf",
        mem_info_vram_total=GIB // 2,
        mem_info_vram_used=GIB // 4,
        mem_info_gtt_total=14 * GIB,
        mem_info_gtt_used=GIB,
        mem_info_vram_vendor="unknown",
    )
    (apu,) = amd.adapters(tree(files))
    assert (apu.kind, apu.name) == ("integrated", "AMD GPU 15bf")
    assert apu.total_bytes == 14 * GIB + GIB // 2
    assert apu.free_bytes == 13 * GIB + GIB // 4


def test_an_amd_gpu_without_its_driver_and_other_devices_are_left_out(tree: Tree) -> None:
    root = tree(
        device("0000:01:00.0", vendor="1002", number="6779")
        | device("0000:01:00.1", vendor="1002", number="aa98", kind="0x040300")
        | device("0000:02:00.0", vendor="8086", number="3e92")
    )
    assert amd.adapters(root) == ()


@pytest.mark.parametrize("file", ["drm/card1/lmem_total_bytes", "tile0/physical_vram_size_bytes"])
def test_an_intel_card_has_memory_of_its_own(tree: Tree, file: str) -> None:
    files = device("0000:03:00.0", vendor="8086", number="56a0", **{file: 16 * GIB})
    (card,) = intel.adapters(tree(files | {"usr/share/hwdata/pci.ids": PCI_IDS}))
    assert (card.name, card.kind, card.total_bytes) == ("Arc A770", "discrete", 16 * GIB)


def test_the_memory_of_all_tiles_counts(tree: Tree) -> None:
    tiles = {f"tile{number}/physical_vram_size_bytes": 64 * GIB for number in (0, 1)}
    files = device("0000:03:00.0", vendor="8086", number="0bd5", kind="0x038000", **tiles)
    assert intel.adapters(tree(files))[0].total_bytes == 128 * GIB


def test_intel_graphics_in_the_processor_share_the_ram(tree: Tree) -> None:
    files = device("0000:00:02.0", vendor="8086", number="3e92")
    (gpu,) = intel.adapters(tree(files | {"usr/share/misc/pci.ids": PCI_IDS}))
    assert (gpu.name, gpu.kind, gpu.total_bytes) == ("UHD 630", "integrated", None)


def test_an_accelerator_without_a_display_is_found(tree: Tree) -> None:
    root = tree(device("0000:05:00.0", vendor="1002", number="74a1", kind="0x120000"))
    assert [found.address for found in pci.displays(pci.AMD, root)] == ["0000:05:00.0"]

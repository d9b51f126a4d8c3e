from __future__ import annotations

from dataclasses import replace
from functools import partial

from alcove.hardware.adapter import Adapter, merge, pci_address
from alcove.hardware.gpus import identities, merge_backends, to_gpus
from alcove.hardware.machine import Gpu, GpuKind, Memory
from alcove.hardware.remedy import hiding_variable

HOST = Memory(total_bytes=32, available_bytes=10)


def adapter(
    name: str,
    *,
    address: str | None = None,
    backend: str | None = None,
    kind: GpuKind = "discrete",
    total: int | None = 24,
    free: int | None = 20,
) -> Adapter:
    return Adapter(name, "nvidia", kind, total, free, address, backend)


def test_nvmls_address_is_written_like_sysfs() -> None:
    assert pci_address("00000000:C1:00.0") == "0000:c1:00.0"
    assert pci_address("00010000:01:00.0") == "10000:01:00.0"


def test_the_address_decides_where_both_know_it() -> None:
    card = adapter("RTX 4090", address="0000:01:00.0", backend="CUDA")
    same = adapter("Other name", address="0000:01:00.0")
    second = adapter("RTX 4090", address="0000:02:00.0")
    assert merge((card,), [same, second]) == (card, second)


def test_names_are_compared_without_vendor_and_trademarks() -> None:
    vulkan = adapter("Intel(R) Arc(TM) A770 Graphics (DG2)", backend="SYCL")
    assert merge((vulkan,), [adapter("Arc A770", address="0000:03:00.0")]) == (vulkan,)


def test_two_equal_cards_stay_two() -> None:
    card = adapter("NVIDIA GeForce RTX 3090", backend="CUDA")
    windows = adapter("NVIDIA GeForce RTX 3090")
    assert merge((card, card), [windows, windows]) == (card, card)
    assert merge((card,), [windows, windows]) == (card, windows)


def test_a_gpu_that_two_backends_drive_is_listed_once() -> None:
    cuda = adapter("NVIDIA RTX A5000", address="0000:01:00.0", backend="CUDA")
    vulkan = adapter("NVIDIA RTX A5000", address="0000:01:00.0", backend="Vulkan")
    other = adapter("Radeon", address="0000:02:00.0", backend="Vulkan")
    assert merge_backends([cuda, vulkan, other]) == (cuda, other)


def test_an_idle_gpu_gets_the_remedy_of_its_vendor() -> None:
    idle = adapter("RTX", address="0000:01:00.0")
    (gpu,) = to_gpus([idle], HOST, lambda vendor: f"for {vendor}")
    assert (gpu.backend, gpu.remedy, gpu.identity) == (None, "for nvidia", "0000:01:00.0")


def test_what_may_hide_an_idle_gpu_is_told_where_another_build_is_no_help() -> None:
    def hidden_by(seen: Adapter, command: str | None) -> str | None:
        hiding = partial(hiding_variable, environment={"CUDA_VISIBLE_DEVICES": ""})
        (gpu,) = to_gpus([seen], HOST, lambda _vendor: command, hiding)
        return gpu.hidden_by

    assert hidden_by(adapter("RTX"), None) == "CUDA_VISIBLE_DEVICES"
    assert hidden_by(adapter("RTX"), "command") is None
    assert hidden_by(adapter("RTX", backend="CUDA"), None) is None
    assert hidden_by(replace(adapter("Radeon"), vendor="amd"), None) is None


def test_a_usable_gpu_needs_no_remedy() -> None:
    (gpu,) = to_gpus([adapter("RTX", backend="CUDA")], HOST, lambda vendor: f"for {vendor}")
    assert (gpu.backend, gpu.remedy, gpu.identity) == ("CUDA", None, "RTX")
    assert (gpu.free_bytes, gpu.total_bytes) == (20, 24)


def test_an_integrated_gpu_has_no_more_free_than_the_host() -> None:
    def gpu(total: int | None, free: int | None) -> Gpu:
        sighting = adapter("iGPU", kind="integrated", total=total, free=free, backend="Vulkan")
        (gpu,) = to_gpus([sighting], HOST, str)
        return gpu

    assert (gpu(24, 20).total_bytes, gpu(24, 20).free_bytes) == (24, 10)
    assert (gpu(None, None).total_bytes, gpu(None, None).free_bytes) == (32, 10)


def test_gpus_are_told_apart_by_address_else_by_name_and_number() -> None:
    cards = [
        adapter("Arc", backend="SYCL"),
        adapter("RTX", address="0000:01:00.0", backend="SYCL"),
        adapter("Arc", backend="SYCL"),
        adapter("Arc", backend="SYCL"),
    ]
    names = ("Arc", "0000:01:00.0", "Arc #2", "Arc #3")
    assert tuple(gpu.identity for gpu in to_gpus(cards, HOST, str)) == names
    assert identities((name, "GPU") for name in names) == names  # which stay as they are

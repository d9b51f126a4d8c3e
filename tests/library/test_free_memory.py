"""What is free on RAM and GPUs now, with what a loaded model gives back."""

from __future__ import annotations

from dataclasses import replace

from alcove.engine.load import DeviceTaken, ProcessMemory
from alcove.fit.dryrun.process import DeviceMemory
from alcove.hardware.adapter import Adapter
from alcove.hardware.gpus import to_gpus
from alcove.hardware.machine import Gpu, Machine, Memory
from alcove.library.free_memory import with_free
from fit.examples import GIB, gpu, machine

CARD = gpu(8 * GIB)
SHARED = gpu(8 * GIB, "integrated", "Vulkan")
FREE = Memory(total_bytes=16 * GIB, available_bytes=10 * GIB)
CPU = DeviceMemory("CPU", "CPU", "cpu", None, 16 * GIB, 16 * GIB)


def device(name: str, free: int, identity: str | None = "0000:01:00.0") -> DeviceMemory:
    return DeviceMemory(name, "GPU", "gpu", identity, free, 24 * GIB)


def named_alike(*addresses: str | None) -> tuple[Gpu, ...]:
    """Detect GPUs of the same name; llama.cpp may tell no address of them."""
    seen = [
        Adapter("GPU", "nvidia", "discrete", 24 * GIB, GIB, address, "Vulkan")
        for address in addresses
    ]
    return to_gpus(seen, FREE, lambda _vendor: None)


def free(now: Machine) -> list[int]:
    return [each.free_bytes for each in now.gpus]


def test_a_gpu_has_what_llama_cpp_says_of_it() -> None:
    now = with_free(machine(12 * GIB, CARD), FREE, [device("CUDA0", 3 * GIB), CPU])
    assert now.memory == FREE
    assert free(now) == [3 * GIB]


def test_what_the_loaded_model_took_comes_back_where_it_was_taken() -> None:
    held = ProcessMemory(GIB, (DeviceTaken("CUDA0", "0000:01:00.0", 4 * GIB),))
    now = with_free(machine(12 * GIB, CARD), FREE, [device("CUDA0", 3 * GIB)], held)
    assert now.memory.available_bytes == 11 * GIB
    assert free(now) == [7 * GIB]


def test_nothing_comes_back_beyond_what_there_is() -> None:
    taken = DeviceTaken("CUDA0", None, 30 * GIB)
    held = ProcessMemory(30 * GIB, (taken,))
    now = with_free(machine(12 * GIB, CARD), FREE, [device("CUDA0", GIB)], held)
    assert (now.memory.available_bytes, free(now)) == (FREE.total_bytes, [CARD.total_bytes])


def test_what_others_gave_back_while_it_was_loaded_is_not_taken_away() -> None:
    held = ProcessMemory(0, (DeviceTaken("CUDA0", None, -GIB),))
    now = with_free(machine(12 * GIB, CARD), FREE, [device("CUDA0", 3 * GIB)], held)
    assert free(now) == [3 * GIB]


def test_an_integrated_gpu_never_has_more_than_is_free_in_ram() -> None:
    little = replace(FREE, available_bytes=2 * GIB)
    now = with_free(machine(12 * GIB, SHARED), little, [device("Vulkan0", 7 * GIB)])
    assert free(now) == [2 * GIB]
    now = with_free(machine(12 * GIB, SHARED), FREE, [device("Vulkan0", 7 * GIB)])
    assert free(now) == [7 * GIB]


def test_what_an_integrated_gpu_gives_back_is_free_in_ram_too() -> None:
    little = replace(FREE, available_bytes=2 * GIB)
    held = ProcessMemory(GIB, (DeviceTaken("Vulkan0", None, 3 * GIB),))
    now = with_free(machine(12 * GIB, SHARED), little, [device("Vulkan0", 2 * GIB)], held)
    assert now.memory.available_bytes == 6 * GIB
    assert free(now) == [5 * GIB]


def test_gpus_are_told_apart_by_their_addresses() -> None:
    host = machine(12 * GIB, *named_alike("0000:c1:00.0", "0000:01:00.0"))
    there = [device("CUDA0", 2 * GIB, "0000:01:00.0"), device("CUDA1", 5 * GIB, "0000:C1:00.0")]
    held = ProcessMemory(0, (DeviceTaken("CUDA0", "0000:01:00.0", GIB),))
    assert free(with_free(host, FREE, there, held)) == [5 * GIB, 3 * GIB]


def test_gpus_of_one_name_without_addresses_are_told_apart_by_their_order() -> None:
    host = machine(12 * GIB, *named_alike(None, None))
    there = [device("Vulkan0", 2 * GIB, None), device("Vulkan1", 5 * GIB, None), CPU]
    held = ProcessMemory(0, (DeviceTaken("Vulkan1", None, GIB),))
    assert free(with_free(host, FREE, there, held)) == [2 * GIB, 6 * GIB]


def test_a_gpu_of_which_nothing_is_said_stays_as_it_was() -> None:
    unusable = replace(CARD, backend=None)
    host = machine(12 * GIB, unusable, replace(CARD, identity="0000:02:00.0"))
    held = ProcessMemory(0, (DeviceTaken("CUDA0", "0000:02:00.0", GIB),))
    assert free(with_free(host, FREE, [device("CUDA0", GIB)])) == [8 * GIB, 8 * GIB]
    assert free(with_free(host, FREE, (), held)) == [8 * GIB, 8 * GIB]

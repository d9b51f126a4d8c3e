"""NVML's mapping, against a small module that behaves as its reference says."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType, SimpleNamespace
from typing import NoReturn

import pynvml
import pytest

from alcove.hardware.adapter import SourceError
from alcove.hardware.vendors import nvidia

GIB = 1024**3


def nvml(**replaced: object) -> ModuleType:
    """Return a module with one RTX 4090; the constants and errors are pynvml's own."""

    def no_mig(_handle: str) -> list[int]:
        raise pynvml.NVMLError(pynvml.NVML_ERROR_NOT_SUPPORTED)

    def memory(handle: str, version: int | None = None) -> SimpleNamespace:
        assert (handle, version) == ("card", pynvml.nvmlMemory_v2)
        return SimpleNamespace(total=24 * GIB, reserved=GIB // 2, free=20 * GIB, used=3 * GIB)

    module = ModuleType("pynvml")
    constants = {name: getattr(pynvml, name) for name in dir(pynvml) if name.startswith("NVML")}
    functions = {
        "nvmlMemory_v2": pynvml.nvmlMemory_v2,
        "nvmlInit": lambda: None,
        "nvmlShutdown": lambda: None,
        "nvmlDeviceGetCount": lambda: 1,
        "nvmlDeviceGetHandleByIndex": lambda index: ("card",)[index],
        "nvmlDeviceGetName": lambda _handle: "NVIDIA GeForce RTX 4090",
        "nvmlDeviceGetPciInfo": lambda _handle: SimpleNamespace(busId="00000000:C1:00.0"),
        "nvmlDeviceGetMemoryInfo": memory,
        "nvmlDeviceGetMigMode": no_mig,
    }
    vars(module).update(constants | functions | replaced)
    return module


def failing(code: int) -> Callable[..., NoReturn]:
    def fail(*_arguments: object, **_options: object) -> NoReturn:
        raise pynvml.NVMLError(code)

    return fail


def test_a_card_is_told_with_name_memory_and_address() -> None:
    (card,) = nvidia.adapters(nvml(), lambda: True)
    assert card.name == "NVIDIA GeForce RTX 4090"
    assert (card.kind, card.address) == ("discrete", "0000:c1:00.0")
    assert (card.total_bytes, card.free_bytes) == (24 * GIB, 20 * GIB)
    assert card.backend is None


def test_an_old_driver_is_asked_the_old_way() -> None:
    def memory(_handle: str, version: int | None = None) -> SimpleNamespace:
        if version is not None:
            raise pynvml.NVMLError(pynvml.NVML_ERROR_FUNCTION_NOT_FOUND)
        return SimpleNamespace(total=8 * GIB, free=7 * GIB, used=GIB)

    (card,) = nvidia.adapters(nvml(nvmlDeviceGetMemoryInfo=memory), lambda: True)
    assert (card.total_bytes, card.free_bytes) == (8 * GIB, 7 * GIB)


def test_a_gpu_without_memory_of_its_own_is_integrated() -> None:
    module = nvml(nvmlDeviceGetMemoryInfo=failing(pynvml.NVML_ERROR_NOT_SUPPORTED))
    (card,) = nvidia.adapters(module, lambda: True)
    assert (card.kind, card.total_bytes, card.free_bytes) == ("integrated", None, None)


def test_of_a_partitioned_card_the_first_instance_counts() -> None:
    def memory(handle: str, **_version: int) -> SimpleNamespace:
        size = {"card": 80 * GIB, "instance": 10 * GIB}[handle]
        return SimpleNamespace(total=size, free=size, used=0)

    module = nvml(
        nvmlDeviceGetMemoryInfo=memory,
        nvmlDeviceGetMigMode=lambda _handle: [pynvml.NVML_DEVICE_MIG_ENABLE, 1],
        nvmlDeviceGetMigDeviceHandleByIndex=lambda _handle, index: ("instance",)[index],
    )
    (card,) = nvidia.adapters(module, lambda: True)
    assert card.total_bytes == 10 * GIB


@pytest.mark.parametrize(
    "code", [pynvml.NVML_ERROR_LIBRARY_NOT_FOUND, pynvml.NVML_ERROR_DRIVER_NOT_LOADED]
)
def test_a_missing_driver_matters_where_there_is_a_card(code: int) -> None:
    module = nvml(nvmlInit=failing(code))
    assert nvidia.adapters(module, lambda: False) == ()
    with pytest.raises(SourceError, match="driver"):
        nvidia.adapters(module, lambda: True)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (pynvml.NVML_ERROR_LIB_RM_VERSION_MISMATCH, "updated"),
        (pynvml.NVML_ERROR_GPU_IS_LOST, "Restart"),
        (pynvml.NVML_ERROR_NO_PERMISSION, "permission"),
        (pynvml.NVML_ERROR_UNKNOWN, "Unknown Error"),
    ],
)
def test_what_the_driver_says_becomes_a_sentence(code: int, words: str) -> None:
    with pytest.raises(SourceError, match=words) as caught:
        nvidia.adapters(nvml(nvmlDeviceGetName=failing(code)), lambda: True)
    assert caught.value.advice


def test_without_a_driver_the_real_library_tells_of_nothing_or_of_cards() -> None:
    assert all(card.vendor == "nvidia" for card in nvidia.adapters(pynvml, lambda: False))

from __future__ import annotations

from alcove.hardware.vendors import apple

CHIP = {"hw.optional.arm64": "1", "machdep.cpu.brand_string": "Apple M2 Pro"}


def test_the_chip_shares_the_ram() -> None:
    (gpu,) = apple.adapters((CHIP | {"iogpu.wired_limit_mb": "0"}).get)
    assert (gpu.name, gpu.kind, gpu.total_bytes) == ("Apple M2 Pro", "integrated", None)


def test_a_bound_that_the_user_set_counts() -> None:
    (gpu,) = apple.adapters((CHIP | {"iogpu.wired_limit_mb": "24576"}).get)
    assert gpu.total_bytes == gpu.free_bytes == 24 * 1024**3


def test_a_mac_with_an_intel_processor_has_none() -> None:
    assert apple.adapters({}.get) == ()

from __future__ import annotations

import shlex

import pytest

from alcove.hardware.adapter import Vendor
from alcove.hardware.remedy import install_command, is_built_for


@pytest.mark.parametrize(
    ("vendor", "rocm", "argument"),
    [
        ("nvidia", False, "-DGGML_CUDA=on"),
        ("amd", False, "-DGGML_VULKAN=on"),
        ("amd", True, "-DGGML_HIP=on"),
        ("intel", False, "-DGGML_VULKAN=on"),
        ("apple", False, "-DGGML_METAL=on"),
    ],
)
def test_each_vendor_has_its_backend(vendor: Vendor, rocm: bool, argument: str) -> None:
    command = install_command(vendor, system="Linux", version="0.3.36", python="py", rocm=rocm)
    assert command == (
        f'CMAKE_ARGS="{argument}" py -m pip install --force-reinstall --no-deps --no-cache-dir '
        "--no-binary llama-cpp-python llama-cpp-python==0.3.36"
    )


@pytest.mark.parametrize(
    ("vendor", "backends", "built"),
    [
        ("nvidia", ("CUDA", "CPU"), True),
        ("nvidia", ("ROCm", "CPU"), False),
        ("amd", ("Vulkan", "CPU"), True),
        ("apple", ("CPU",), False),
    ],
)
def test_a_build_can_drive_the_gpus_of_its_backends(
    vendor: Vendor, backends: tuple[str, ...], built: bool
) -> None:
    assert is_built_for(vendor, backends) == built


def test_powershell_sets_the_variable_its_own_way() -> None:
    command = install_command("nvidia", system="Windows", python=r"C:\My Tools\python.exe")
    assert command.startswith(
        r'$env:CMAKE_ARGS = "-DGGML_CUDA=on"; & "C:\My Tools\python.exe" -m pip install '
    )
    assert command.endswith(" llama-cpp-python")


def test_a_shell_keeps_a_path_with_blanks_together() -> None:
    command = install_command(None, system="Linux", python="/my tools/python")
    assert shlex.split(command)[:3] == ["/my tools/python", "-m", "pip"]

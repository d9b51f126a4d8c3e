"""The command that installs a llama.cpp which can use a GPU, see llama-cpp-python's README."""

from __future__ import annotations

import shlex
import shutil
import sys
from collections.abc import Iterable, Mapping

from alcove.hardware.adapter import Vendor

_BACKENDS: dict[Vendor, frozenset[str]] = {
    "nvidia": frozenset({"CUDA", "Vulkan"}),
    "amd": frozenset({"ROCm", "Vulkan"}),
    "intel": frozenset({"SYCL", "Vulkan"}),
    "apple": frozenset({"Metal"}),
}
_HIDING: dict[Vendor, tuple[str, ...]] = {
    "nvidia": ("CUDA_VISIBLE_DEVICES",),
    "amd": ("HIP_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES"),
    "intel": (),
    "apple": (),
}
"""Environment variables that say which GPUs of a vendor programs get to see."""


def hiding_variable(vendor: Vendor, environment: Mapping[str, str]) -> str | None:
    """Return the variable that may keep GPUs of ``vendor`` from llama.cpp, None if none is set."""
    names = (*_HIDING[vendor], "GGML_VK_VISIBLE_DEVICES")
    return next((name for name in names if name in environment), None)


def is_built_for(vendor: Vendor, backends: Iterable[str]) -> bool:
    """Tell whether a llama.cpp with ``backends`` can drive GPUs of ``vendor``."""
    return not _BACKENDS[vendor].isdisjoint(backends)


def install_command(
    vendor: Vendor | None,
    *,
    system: str,
    version: str | None = None,
    python: str = sys.executable,
    rocm: bool | None = None,
) -> str:
    """Return the command for the shell of ``system`` that builds llama-cpp-python from source.

    ``vendor`` None builds for the processor alone; ``version`` None takes the newest. ``rocm``:
    whether ROCm's compiler is there, None to look for it; without it AMD GPUs run on Vulkan.
    """
    package = f"llama-cpp-python=={version}" if version else "llama-cpp-python"
    options = "--force-reinstall --no-deps --no-cache-dir --no-binary llama-cpp-python"
    argument = _argument(vendor, shutil.which("hipcc") is not None if rocm is None else rocm)
    if system == "Windows":
        setting = f'$env:CMAKE_ARGS = "{argument}"; ' if argument else ""
        return f'{setting}& "{python}" -m pip install {options} {package}'
    setting = f'CMAKE_ARGS="{argument}" ' if argument else ""
    return f"{setting}{shlex.quote(python)} -m pip install {options} {package}"


def _argument(vendor: Vendor | None, rocm: bool) -> str | None:
    match vendor:
        case "nvidia":
            return "-DGGML_CUDA=on"
        case "amd":
            return "-DGGML_HIP=on" if rocm else "-DGGML_VULKAN=on"
        case "intel":
            return "-DGGML_VULKAN=on"
        case "apple":
            return "-DGGML_METAL=on"
        case None:
            return None

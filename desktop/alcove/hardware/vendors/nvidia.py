"""NVIDIA GPUs, through NVML. Written from NVML's reference; MIG and unified memory are untried."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

from alcove.errors import reason
from alcove.hardware.adapter import Adapter, SourceError, pci_address
from alcove.i18n import _


def adapters(nvml: ModuleType, built_in: Callable[[], bool]) -> tuple[Adapter, ...]:
    """List what NVML sees; ``nvml`` is the module pynvml.

    ``built_in`` tells whether the PCI bus has an NVIDIA GPU, so that a missing driver is
    reported where it matters. Raises SourceError if the driver does not answer.
    """
    try:
        nvml.nvmlInit()
        try:
            count = nvml.nvmlDeviceGetCount()
            return tuple(_adapter(nvml, index) for index in range(count))
        finally:
            nvml.nvmlShutdown()
    except nvml.NVMLError as error:
        absent = (nvml.NVML_ERROR_LIBRARY_NOT_FOUND, nvml.NVML_ERROR_DRIVER_NOT_LOADED)
        if error.value in absent and not built_in():
            return ()
        raise _explained(nvml, error) from error


def _adapter(nvml: ModuleType, index: int) -> Adapter:
    handle = nvml.nvmlDeviceGetHandleByIndex(index)
    memory = _memory(nvml, _first_instance(nvml, handle) or handle)
    return Adapter(
        name=str(nvml.nvmlDeviceGetName(handle)),
        vendor="nvidia",
        kind="integrated" if memory is None else "discrete",
        total_bytes=None if memory is None else int(memory.total),
        free_bytes=None if memory is None else int(memory.free),
        address=pci_address(str(nvml.nvmlDeviceGetPciInfo(handle).busId)),
    )


def _memory(nvml: ModuleType, handle: object) -> Any:  # noqa: ANN401 - a structure of NVML
    """Return NVML's memory structure, or None for a GPU that works in the host's RAM."""
    try:
        return nvml.nvmlDeviceGetMemoryInfo(handle, version=nvml.nvmlMemory_v2)
    except nvml.NVMLError as error:
        if error.value == nvml.NVML_ERROR_FUNCTION_NOT_FOUND:  # a driver before version 510
            return nvml.nvmlDeviceGetMemoryInfo(handle)
        if error.value == nvml.NVML_ERROR_NOT_SUPPORTED:
            return None
        raise


def _first_instance(nvml: ModuleType, handle: object) -> object | None:
    """Return the MIG instance that CUDA gives to a process, the first one; None without MIG."""
    try:
        current, _pending = nvml.nvmlDeviceGetMigMode(handle)
        if current != nvml.NVML_DEVICE_MIG_ENABLE:
            return None
        instance: object = nvml.nvmlDeviceGetMigDeviceHandleByIndex(handle, 0)
    except nvml.NVMLError as error:
        unsupported = (
            nvml.NVML_ERROR_NOT_SUPPORTED,
            nvml.NVML_ERROR_NOT_FOUND,
            nvml.NVML_ERROR_FUNCTION_NOT_FOUND,
        )
        if error.value in unsupported:
            return None
        raise
    return instance


def _explained(nvml: ModuleType, error: Any) -> SourceError:  # noqa: ANN401 - made at run time
    restart = _("Restart the computer.")
    match error.value:
        case nvml.NVML_ERROR_LIBRARY_NOT_FOUND:
            return SourceError(
                _("An NVIDIA GPU is built in, but NVIDIA's driver is not installed."),
                _("Install the driver."),
            )
        case nvml.NVML_ERROR_DRIVER_NOT_LOADED:
            return SourceError(_("NVIDIA's driver is installed but does not run."), restart)
        case nvml.NVML_ERROR_LIB_RM_VERSION_MISMATCH:
            return SourceError(_("NVIDIA's driver was updated while it ran."), restart)
        case nvml.NVML_ERROR_GPU_IS_LOST | nvml.NVML_ERROR_RESET_REQUIRED:
            return SourceError(_("An NVIDIA GPU stopped answering its driver."), restart)
        case nvml.NVML_ERROR_NO_PERMISSION:
            return SourceError(
                _("The system does not let you use the NVIDIA GPU."),
                _("Ask for permission to use its device files."),
            )
        case _unknown:
            return SourceError(
                _("NVIDIA's driver does not answer: {reason}.").format(reason=reason(error)),
                _("Restart the computer; if that does not help, install the driver again."),
            )

"""Files that look as large as a model and take no space: a skeleton, then nothing."""

from __future__ import annotations

import ctypes
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_SET_SPARSE = 0x900C4  # FSCTL_SET_SPARSE


@contextmanager
def sparse_file(data: bytes, size: int) -> Iterator[str]:
    """Give the path of a file of ``size`` bytes that begins with ``data``, and is gone afterwards.

    Raises OSError where the system does not make files of that size.
    """
    with _memory_file(data, size) if hasattr(os, "memfd_create") else _file(data, size) as path:
        yield path


@contextmanager
def _memory_file(data: bytes, size: int) -> Iterator[str]:
    """Make a file that has no place on any disk."""
    descriptor = os.memfd_create("skeleton")
    try:
        _fill(descriptor, data, size)
        yield f"/proc/self/fd/{descriptor}"
    finally:
        os.close(descriptor)


@contextmanager
def _file(data: bytes, size: int) -> Iterator[str]:
    """Make a file in the system's folder for temporary ones, which can hold sparse files."""
    descriptor, name = tempfile.mkstemp(suffix=".gguf")
    try:
        try:
            _fill(descriptor, data, size)
        finally:
            os.close(descriptor)
        yield name
    finally:
        Path(name).unlink()


def _fill(descriptor: int, data: bytes, size: int) -> None:
    with os.fdopen(descriptor, "wb", closefd=False) as file:
        file.write(data)
    if sys.platform == "win32":
        _extend_on_windows(descriptor, size)
    else:
        os.ftruncate(descriptor, size)


def _extend_on_windows(descriptor: int, size: int) -> None:
    """Make a file sparse, then long; ``os.ftruncate`` would write the zeros (untried)."""
    if sys.platform == "win32":
        import msvcrt

        kernel = ctypes.WinDLL("kernel32", use_last_error=True)
        handle = ctypes.c_void_p(msvcrt.get_osfhandle(descriptor))
        returned = ctypes.c_uint32()
        done = (
            kernel.DeviceIoControl(
                handle, _SET_SPARSE, None, 0, None, 0, ctypes.byref(returned), None
            )
            and kernel.SetFilePointerEx(handle, ctypes.c_int64(size), None, 0)
            and kernel.SetEndOfFile(handle)
        )
        if not done:
            raise ctypes.WinError(ctypes.get_last_error())

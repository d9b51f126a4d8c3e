"""The C library itself: its one-time set-up, and what it said last.

llama.cpp keeps its log callback and its backends for the whole process; that is why this module
is set up once, by the entry module of a child process.
"""

from __future__ import annotations

import ctypes
import sys
from collections import deque

import llama_cpp

from alcove.llama import amx

_WARNING = 3
_ERROR = 4
_CONTINUES = 5


class Log:
    """What llama.cpp logs: warnings and errors go to standard error, the last errors are kept."""

    def __init__(self, keep: int = 40) -> None:
        self._lines: deque[str] = deque(maxlen=keep)
        self._level = 0

    @property
    def errors(self) -> str:
        """The last errors, oldest first, one text."""
        return "".join(self._lines)

    def attach(self) -> None:
        """Receive everything that llama.cpp logs from now on."""
        callback = llama_cpp.llama_log_callback(self._receive)
        # llama.cpp calls it for as long as the process lives, so it must never be collected.
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(callback))
        llama_cpp.llama_log_set(callback, ctypes.c_void_p(0))

    def _receive(self, level: int, text: bytes, _data: object) -> None:
        self._level = self._level if level == _CONTINUES else level
        if self._level not in (_WARNING, _ERROR):
            return
        line = text.decode("utf-8", errors="replace")
        sys.stderr.write(line)
        if self._level == _ERROR:
            self._lines.append(line)


def start() -> Log:
    """Initialise llama.cpp for this process and return its log."""
    log = Log()
    log.attach()
    initialise()
    return log


def initialise() -> None:
    """Start llama.cpp's backends, once in a process, before anything is loaded."""
    llama_cpp.llama_backend_init()
    amx.leave_out()


def give_memory_back() -> None:
    """Return memory that was freed to the system, where the C library keeps it (glibc)."""
    if sys.platform == "linux":
        library = ctypes.CDLL(None)
        if hasattr(library, "malloc_trim"):
            library.malloc_trim(0)

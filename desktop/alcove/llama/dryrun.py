"""Models and contexts that llama.cpp plans without allocating them."""

from __future__ import annotations

import ctypes
import re
from collections.abc import Iterator
from contextlib import contextmanager

import llama_cpp

from alcove.llama import native
from alcove.llama.parameters import (
    ContextOptions,
    ModelOptions,
    context_parameters,
    model_parameters,
)
from alcove.llama.sparse import sparse_file

_WARNING, _ERROR, _CONTINUES = 3, 4, 5
_ORIGIN = re.compile(r"^(\w+: |error loading model( \w+)*: )+")


class Refused(Exception):
    """llama.cpp does not take this file, or this configuration of it; the text says why."""


class Transcript:
    """Everything that llama.cpp logged since ``clear``, as pairs of level and line."""

    def __init__(self) -> None:
        self.lines: list[tuple[int, str]] = []
        self.callback = llama_cpp.llama_log_callback(self._receive)
        """What llama.cpp is to call."""

    def clear(self) -> None:
        """Forget all lines."""
        self.lines.clear()

    def refusal(self) -> Refused:
        """Return the error with the reason that was logged first."""
        errors = [line for level, line in self.lines if level == _ERROR]
        warnings = [line for level, line in self.lines if level == _WARNING]
        reason = next(iter(errors or warnings), "llama.cpp does not say why")
        return Refused(_ORIGIN.sub("", reason.strip()))

    def _receive(self, level: int, text: bytes, _data: object) -> None:
        line = text.decode(errors="replace")
        if level == _CONTINUES and self.lines:
            level, begun = self.lines.pop()
            line = begun + line
        self.lines.append((level, line))


def start() -> Transcript:
    """Initialise llama.cpp for this process, and return what it will log from now on."""
    transcript = Transcript()
    # llama.cpp calls it for as long as the process lives, so it must never be collected.
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(transcript.callback))
    llama_cpp.llama_log_set(transcript.callback, ctypes.c_void_p(0))
    native.initialise()
    return transcript


class DryModel:
    """A model of which only the plan is loaded; ``close`` frees it."""

    def __init__(
        self, data: bytes, size: int, options: ModelOptions, transcript: Transcript
    ) -> None:
        """Plan a file of ``size`` bytes that begins with ``data``; raises Refused and OSError."""
        self._transcript = transcript
        self._parameters = model_parameters(options)
        self._parameters.no_alloc = True
        transcript.clear()
        with sparse_file(data, size) as path:
            self._pointer = llama_cpp.llama_model_load_from_file(path.encode(), self._parameters)
        self.log = tuple(line for _level, line in transcript.lines)
        """What llama.cpp said about the file."""
        if not self._pointer:
            raise transcript.refusal()

    def close(self) -> None:
        """Free the plan."""
        llama_cpp.llama_model_free(self._pointer)

    @contextmanager
    def context(self, options: ContextOptions) -> Iterator[int]:
        """Plan a context as the model process makes it; give its address. Raises Refused."""
        self._transcript.clear()
        pointer = llama_cpp.llama_init_from_model(self._pointer, context_parameters(options))
        if not pointer:
            raise self._transcript.refusal()
        try:
            yield ctypes.cast(pointer, ctypes.c_void_p).value or 0
        finally:
            llama_cpp.llama_free(pointer)

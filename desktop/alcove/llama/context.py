"""One sequence being evaluated: KV cache and decoding."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Sequence
from typing import Any

import llama_cpp

from alcove.llama.model import Model, token_array
from alcove.llama.parameters import ContextOptions, context_parameters

_NO_SLOT = 1
_ABORTED = 2


class ContextFailed(Exception):
    """llama.cpp could not make the context; its log says why."""


class DecodeFailed(Exception):
    """llama.cpp could not evaluate a batch."""


class Aborted(Exception):
    """The evaluation was interrupted on request."""


class Context:
    """The state of one sequence. The caller keeps count of the tokens that are in it."""

    def __init__(self, model: Model, options: ContextOptions) -> None:
        """Allocate KV cache and buffers; raises ContextFailed."""
        parameters = context_parameters(options)
        # llama.cpp asks this between operations. strlen answers without Python and its lock:
        # an empty string is "go on", a string of one character is "stop".
        self._stop = ctypes.create_string_buffer(2)
        self._abort = _abort_callback()
        parameters.abort_callback = self._abort
        parameters.abort_callback_data = ctypes.cast(self._stop, ctypes.c_void_p)
        self.pointer = llama_cpp.llama_init_from_model(model.pointer, parameters)
        if not self.pointer:
            raise ContextFailed
        self.batch = options.batch
        """Tokens that are evaluated at once, at most."""
        self._memory = llama_cpp.llama_get_memory(self.pointer)
        self._window = model.window
        self._single = (llama_cpp.llama_token * 1)()

    @property
    def length(self) -> int:
        """The context in tokens, as llama.cpp rounded it."""
        return int(llama_cpp.llama_n_ctx(self.pointer))

    def close(self) -> None:
        """Free the KV cache and the buffers."""
        llama_cpp.llama_free(self.pointer)

    def decode(self, tokens: Sequence[int]) -> None:
        """Evaluate at most ``batch`` tokens after those that are there.

        Raises Aborted after ``interrupt``, DecodeFailed otherwise; either way the tokens that
        are in the context afterwards must be cut back with ``keep``.
        """
        array = token_array(tokens)
        self._decode(llama_cpp.llama_batch_get_one(array, len(tokens)))

    def decode_one(self, token: int) -> None:
        """Evaluate one token after those that are there; see ``decode``."""
        self._single[0] = token
        self._decode(llama_cpp.llama_batch_get_one(self._single, 1))

    def interrupt(self) -> None:
        """Make the evaluation that runs, or else the next one, raise Aborted. Any thread."""
        self._stop[0] = b"x"

    def resume(self) -> None:
        """Take back an ``interrupt`` that was not needed."""
        self._stop[0] = b"\0"

    def keep(self, count: int) -> int:
        """Forget all but the first ``count`` tokens; return how many could be kept.

        Fewer remain where the state cannot be cut: sliding windows that have moved on, recurrent
        models.
        """
        if (
            count > 0
            and self._window_covers(count)
            and llama_cpp.llama_memory_seq_rm(self._memory, 0, count, -1)
        ):
            return count
        llama_cpp.llama_memory_clear(self._memory, True)
        return 0

    def _window_covers(self, count: int) -> bool:
        if self._window == 0:
            return True
        oldest = llama_cpp.llama_memory_seq_pos_min(self._memory, 0)
        return bool(oldest <= max(0, count - self._window - 1))

    def _decode(self, batch: llama_cpp.llama_batch) -> None:
        status = llama_cpp.llama_decode(self.pointer, batch)
        if status == _ABORTED:
            self.resume()
            raise Aborted
        if status != 0:
            reason = "no slot for the batch" if status == _NO_SLOT else f"status {status}"
            raise DecodeFailed(reason)


def _abort_callback() -> Any:  # noqa: ANN401 - ctypes' own type
    library = ctypes.cdll.msvcrt if os.name == "nt" else ctypes.CDLL(None)
    return ctypes.cast(library.strlen, llama_cpp.ggml_abort_callback)

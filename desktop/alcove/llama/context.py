"""Sequences being evaluated: their memory, and decoding."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import llama_cpp
import numpy as np

from alcove.llama.batch import Batch
from alcove.llama.candidates import Logits
from alcove.llama.model import Model, token_array
from alcove.llama.parameters import ContextOptions, context_parameters

_NO_SLOT = 1
_ABORTED = 2


class ContextFailed(Exception):
    """llama.cpp could not make the context; its log says why."""


class DecodeFailed(Exception):
    """llama.cpp could not evaluate a batch."""


class NoRoom(DecodeFailed):
    """The memory of the sequences holds no more tokens; nothing was changed."""


class Aborted(Exception):
    """The evaluation was interrupted on request."""


class Context:
    """The memory of one or several sequences. The caller keeps count of the tokens in each."""

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
        self.sequences = options.sequences
        self._memory = llama_cpp.llama_get_memory(self.pointer)
        self._window = model.window
        self._recurrent = model.is_recurrent
        self._vocabulary_size = model.vocabulary_size
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

        They are those of the first sequence. Raises Aborted after ``interrupt``, and DecodeFailed.
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

    def evaluate(self, batch: Batch) -> None:
        """Evaluate the tokens of ``batch``, each after those that its sequence has.

        Raises NoRoom, Aborted after ``interrupt``, and DecodeFailed. After the latter two the
        tokens that are in the sequences must be cut back with ``cut``.
        """
        self._decode(batch.native())

    def logits(self, index: int) -> Logits:
        """Return one output of the last evaluation, by place in the batch; valid until the next."""
        pointer = llama_cpp.llama_get_logits_ith(self.pointer, index)
        return np.ctypeslib.as_array(pointer, (self._vocabulary_size,))

    @property
    def can_rewind(self) -> bool:
        """Whether a sequence can be cut back to any length."""
        return not (self._window or self._recurrent)

    @property
    def can_take_back(self) -> bool:
        """Whether the newest tokens of a sequence can be removed."""
        return not self._recurrent

    def cut(self, sequence: int, count: int) -> bool:
        """Forget all but the first ``count`` tokens of a sequence, if its memory allows that.

        It does not where a sliding window has moved on, or for recurrent layers; then the
        sequence is as it was.
        """
        if count == 0:
            self.forget(sequence)
            return True
        if not self._window_covers(sequence, count):
            return False
        return bool(llama_cpp.llama_memory_seq_rm(self._memory, sequence, count, -1))

    def forget(self, sequence: int) -> None:
        """Forget a whole sequence."""
        llama_cpp.llama_memory_seq_rm(self._memory, sequence, -1, -1)

    def share(self, source: int, target: int, count: int) -> None:
        """Give ``target``, which is empty, the first ``count`` tokens of ``source``."""
        llama_cpp.llama_memory_seq_cp(self._memory, source, target, 0, count)

    def state(self, sequence: int) -> bytearray:
        """Return what ``cut`` cannot bring back: sliding windows and recurrent states."""
        flags = llama_cpp.LLAMA_STATE_SEQ_FLAGS_PARTIAL_ONLY
        size = llama_cpp.llama_state_seq_get_size_ext(self.pointer, sequence, flags)
        state = bytearray(size)
        data = (ctypes.c_uint8 * size).from_buffer(state)
        llama_cpp.llama_state_seq_get_data_ext(self.pointer, data, size, sequence, flags)
        return state

    def restore(self, sequence: int, count: int, state: bytearray) -> bool:
        """Go back to ``count`` tokens, after which ``state`` was what ``state`` returned.

        False if llama.cpp does not take it.
        """
        flags = llama_cpp.LLAMA_STATE_SEQ_FLAGS_PARTIAL_ONLY
        size = len(state)
        data = (ctypes.c_uint8 * size).from_buffer(state)
        read = llama_cpp.llama_state_seq_set_data_ext(self.pointer, data, size, sequence, flags)
        return read == size and bool(
            llama_cpp.llama_memory_seq_rm(self._memory, sequence, count, -1)
        )

    def size(self, sequence: int) -> int:
        """Return how many bytes ``save`` writes of a sequence, apart from its tokens."""
        return int(llama_cpp.llama_state_seq_get_size(self.pointer, sequence))

    def save(self, sequence: int, tokens: Sequence[int], path: Path) -> bool:
        """Write all that the memory holds of a sequence, whose tokens these are, to a file."""
        array, name = token_array(tokens), os.fsencode(path)
        size = llama_cpp.llama_state_seq_save_file(self.pointer, name, sequence, array, len(tokens))
        return bool(size > 0)

    def load(self, sequence: int, count: int, path: Path) -> bool:
        """Put back what ``save`` wrote of ``count`` tokens; False if llama.cpp does not take it."""
        array, read = (llama_cpp.llama_token * count)(), ctypes.c_size_t()
        size = llama_cpp.llama_state_seq_load_file(
            self.pointer, os.fsencode(path), sequence, array, count, ctypes.byref(read)
        )
        return bool(size > 0 and read.value == count)

    def _window_covers(self, sequence: int, count: int) -> bool:
        if self._window == 0:
            return True
        oldest = llama_cpp.llama_memory_seq_pos_min(self._memory, sequence)
        return bool(oldest <= max(0, count - self._window - 1))

    def _decode(self, batch: llama_cpp.llama_batch) -> None:
        status = llama_cpp.llama_decode(self.pointer, batch)
        if status == _ABORTED:
            self.resume()
            raise Aborted
        if status == _NO_SLOT:
            raise NoRoom("no room for the batch")
        if status != 0:
            raise DecodeFailed(f"status {status}")


def _abort_callback() -> Any:  # noqa: ANN401 - ctypes' own type
    library = ctypes.cdll.msvcrt if os.name == "nt" else ctypes.CDLL(None)
    return ctypes.cast(library.strlen, llama_cpp.ggml_abort_callback)

"""Tokens of one or several sequences, to be evaluated at once."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence

import llama_cpp


class Batch:
    """A batch that is filled, evaluated, and filled again."""

    def __init__(self, capacity: int) -> None:
        """Make room for ``capacity`` tokens, each in one sequence."""
        self.capacity = capacity
        self._tokens = (llama_cpp.llama_token * capacity)()
        self._positions = (llama_cpp.llama_pos * capacity)()
        self._sequences = (llama_cpp.llama_seq_id * capacity)()
        self._outputs = (ctypes.c_int8 * capacity)()
        self._counts = (ctypes.c_int32 * capacity)(*[1] * capacity)
        each = ctypes.POINTER(llama_cpp.llama_seq_id)
        start, size = ctypes.addressof(self._sequences), ctypes.sizeof(llama_cpp.llama_seq_id)
        addresses = (ctypes.c_void_p * capacity)(*(start + n * size for n in range(capacity)))
        self._pointers = ctypes.cast(addresses, ctypes.POINTER(each))
        self.count = 0

    @property
    def room(self) -> int:
        """How many tokens can still be added."""
        return self.capacity - self.count

    def clear(self) -> None:
        """Forget the tokens."""
        self.count = 0

    def add(self, token: int, position: int, sequence: int) -> int:
        """Add one token whose logits are wanted; return where they will be found."""
        place = self.count
        self._tokens[place] = token
        self._positions[place] = position
        self._sequences[place] = sequence
        self._outputs[place] = 1
        self.count = place + 1
        return place

    def extend(self, tokens: Sequence[int], position: int, sequence: int, *, output: bool) -> int:
        """Add tokens that follow one another; ``output``: the logits of the last are wanted.

        Returns where those are found.
        """
        start, size = self.count, len(tokens)
        end = start + size
        self._tokens[start:end] = list(tokens)
        self._positions[start:end] = list(range(position, position + size))
        self._sequences[start:end] = [sequence] * size
        self._outputs[start:end] = [0] * size
        self._outputs[end - 1] = int(output)
        self.count = end
        return end - 1

    def native(self) -> llama_cpp.llama_batch:
        """Return what llama.cpp reads; valid until the next change."""
        return llama_cpp.llama_batch(
            n_tokens=self.count,
            token=self._tokens,
            embd=None,
            pos=self._positions,
            n_seq_id=self._counts,
            seq_id=self._pointers,
            logits=self._outputs,
        )

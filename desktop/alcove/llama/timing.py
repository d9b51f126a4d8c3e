"""How long a loaded model takes: for a token at some depth, for a prompt, for a choice."""

from __future__ import annotations

import ctypes
import random
from collections.abc import Callable

import llama_cpp

from alcove.llama.context import Context
from alcove.llama.filled import NotUnderstood, filled
from alcove.llama.model import Model
from alcove.llama.sampler import Sampler, SamplerOptions
from alcove.llama.stopwatch import Stopwatch

_TOKENS = 64
"""Different tokens that are decoded: those whose embeddings may have been given contents."""

_MOST_READ = 1024
"""The depth, in tokens, that is reached by reading where the caches cannot be filled at once."""


class Timed:
    """A model and its context, timed as a chat would use them on a computer without other work."""

    def __init__(self, model: Model, context: Context) -> None:
        self.model = model
        self.context = context
        self._memory = llama_cpp.llama_get_memory(context.pointer)
        self._random = random.Random(1)
        self._tokens = min(_TOKENS, model.vocabulary_size)

    def close(self) -> None:
        """Free both."""
        self.context.close()
        self.model.close()

    def use_threads(self, threads: int) -> None:
        """Let the CPU work with this many threads from now on."""
        llama_cpp.llama_set_n_threads(self.context.pointer, threads, threads)

    def go_to(self, depth: int) -> int:
        """Bring the context to ``depth`` tokens, and return how many they are.

        Where that takes reading so many, they are fewer. Raises DecodeFailed.
        """
        llama_cpp.llama_memory_clear(self._memory, True)
        if depth > 0:
            self.context.decode_one(0)
        if depth > 1 and not self._fill(depth):
            while (missing := min(depth, _MOST_READ) - self.depth) > 0:
                self.context.decode(self._some(min(missing, self.context.batch)))
        return self.depth

    @property
    def depth(self) -> int:
        """How many tokens are in the context."""
        return int(llama_cpp.llama_memory_seq_pos_max(self._memory, 0)) + 1

    def token(self) -> float:
        """Decode one token and return the seconds that it took; raises DecodeFailed."""
        (token,) = self._some(1)
        watch = Stopwatch()
        self.context.decode_one(token)
        llama_cpp.llama_synchronize(self.context.pointer)
        return watch.seconds()

    def prompt(self, count: int) -> float:
        """Read ``count`` tokens, a batch at a time, and return seconds; raises DecodeFailed."""
        tokens, size = self._some(count), self.context.batch
        watch = Stopwatch()
        for start in range(0, count, size):
            self.context.decode(tokens[start : start + size])
        llama_cpp.llama_synchronize(self.context.pointer)
        return watch.seconds()

    def sampling(self) -> Callable[[], float]:
        """Return what times one choice of a token, among scores that are spread as in a model."""
        self.go_to(0)
        self.context.decode_one(0)
        size = self.model.vocabulary_size
        scores = (ctypes.c_float * size)(*(self._random.gauss(0, 3) for _ in range(size)))
        logits = llama_cpp.llama_get_logits_ith(self.context.pointer, -1)
        ctypes.memmove(logits, scores, ctypes.sizeof(scores))
        sampler = Sampler(SamplerOptions(), self.model)

        def choose() -> float:
            watch = Stopwatch()
            sampler.sample(self.context)
            return watch.seconds()

        return choose

    def _some(self, count: int) -> list[int]:
        return [self._random.randrange(self._tokens) for _ in range(count)]

    def _fill(self, depth: int) -> bool:
        """Try to fill the caches without computing; the context is as it was where that fails."""
        pointer = self.context.pointer
        size = llama_cpp.llama_state_seq_get_size(pointer, 0)
        state = (ctypes.c_uint8 * size)()
        written = llama_cpp.llama_state_seq_get_data(pointer, state, size, 0)
        try:
            full = filled(bytes(state)[:written], depth, self.model.window)
        except NotUnderstood:
            return False
        data = (ctypes.c_uint8 * len(full)).from_buffer(full)
        read = llama_cpp.llama_state_seq_set_data(pointer, data, len(full), 0)
        if read and self.depth == depth:
            return True
        llama_cpp.llama_memory_clear(self._memory, True)
        return False

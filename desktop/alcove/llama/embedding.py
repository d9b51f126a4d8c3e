"""Texts as vectors, from models that are made for that."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace

import llama_cpp
import numpy as np

from alcove.llama.batch import Batch
from alcove.llama.context import Context, DecodeFailed
from alcove.llama.model import Model
from alcove.llama.parameters import ContextOptions

_LONGEST = 2048
"""Tokens of a text at most: all of them are evaluated at once, which takes memory."""


class Embedder:
    """Turns texts into vectors, one after the other; threads may share it."""

    def __init__(self, model: Model, options: ContextOptions) -> None:
        """Allocate what that takes; raises ContextFailed."""
        self.longest = min(options.length, _LONGEST)
        """Tokens of a text, at most."""
        whole = replace(options, length=self.longest, batch=self.longest, embeddings=True)
        self.context = Context(model, whole)
        self._batch = Batch(self.context.batch)
        self._width = model.width
        self._lock = threading.Lock()

    def embed(self, inputs: Sequence[Sequence[int]]) -> list[list[float]]:
        """Return the vector of each text, of length 1; raises DecodeFailed."""
        with self._lock:
            return [self._embedded(tokens) for tokens in inputs]

    def _embedded(self, tokens: Sequence[int]) -> list[float]:
        self.context.forget(0)
        self._batch.clear()
        self._batch.extend(tokens, 0, 0, output=True)
        self.context.evaluate(self._batch)
        pointer = llama_cpp.llama_get_embeddings_seq(self.context.pointer, 0)
        if not pointer:
            raise DecodeFailed("no vector came")
        vector = np.ctypeslib.as_array(pointer, (self._width,)).astype(np.float64)
        return list(map(float, vector / (np.linalg.norm(vector) or 1.0)))

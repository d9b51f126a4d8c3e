"""All tokens with their logits, for what llama.cpp's chain of samplers does not do by itself."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator

import llama_cpp
import numpy as np
import numpy.typing as npt

from alcove.llama.stages import NativeSampler

Logits = npt.NDArray[np.float32]

_ENTRY = np.dtype([("id", np.int32), ("logit", np.float32), ("p", np.float32)])
"""``llama_token_data``."""


class Candidates:
    """The array that llama.cpp's samplers work on, made once for many tokens."""

    def __init__(self, vocabulary_size: int) -> None:
        self._entries = np.zeros(vocabulary_size, _ENTRY)
        self._ids = np.arange(vocabulary_size, dtype=np.int32)
        self._one = np.zeros(1, _ENTRY)

    def choose(self, logits: Logits, *samplers: NativeSampler) -> int:
        """Return the token that ``samplers`` choose, one after another; -1 if they leave none."""
        entries = self._entries
        entries["id"], entries["logit"], entries["p"] = self._ids, logits, 0
        array = _array(entries)
        for sampler in samplers:
            llama_cpp.llama_sampler_apply(sampler, ctypes.byref(array))
        if array.selected < 0 or array.selected >= array.size:
            return -1
        chosen = array.data[array.selected]
        return int(chosen.id) if chosen.logit > -np.inf else -1

    def allows(self, token: int, grammar: NativeSampler) -> bool:
        """Whether ``grammar`` takes ``token`` next."""
        self._one[0] = (token, 1.0, 0.0)
        llama_cpp.llama_sampler_apply(grammar, ctypes.byref(_array(self._one)))
        return bool(self._one["logit"][0] > -np.inf)


def likeliest(logits: Logits, chosen: int, count: int) -> Iterator[tuple[int, float]]:
    """Yield ``chosen``, then the ``count`` likeliest tokens, best first, with log-probabilities."""
    shifted = logits.astype(np.float64) - float(logits.max())
    total = float(np.log(np.exp(shifted).sum()))
    yield chosen, float(shifted[chosen]) - total
    if count:
        best = np.argpartition(-logits, count)[:count] if count < len(logits) else range(count)
        for token in sorted(best, key=lambda token: -logits[token]):
            yield int(token), float(shifted[token]) - total


def _array(entries: npt.NDArray[np.void]) -> llama_cpp.llama_token_data_array:
    data = ctypes.cast(entries.ctypes.data, ctypes.POINTER(llama_cpp.llama_token_data))
    return llama_cpp.llama_token_data_array(data, len(entries), -1, False)

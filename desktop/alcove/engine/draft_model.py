"""A small model that guesses what a large one will say."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from alcove.engine.load import FEW_TOKENS
from alcove.engine.slots import common
from alcove.llama.batch import Batch
from alcove.llama.context import Context, DecodeFailed
from alcove.llama.model import Model
from alcove.llama.parameters import OUTPUTS

_SURE = 0.6
"""The probability below which a token is not worth guessing on."""


class DraftModel:
    """Follows one conversation after another, as far as it has to."""

    def __init__(self, model: Model, context: Context) -> None:
        self._context = context
        self._model = model
        self._batch = Batch(context.batch)
        self._tokens: list[int] = []

    def propose(self, tokens: Sequence[int], most: int) -> list[int] | None:
        """Return up to ``most`` tokens that are likely to follow ``tokens``, all of them so far.

        None says nothing of whether there are any: it has read first. It reads one batch at most,
        since nothing can be cancelled meanwhile.
        """
        if len(tokens) + most > self._context.length:
            return []
        try:
            new = self._follow(tokens)
            guesses = self._guess(most) if len(self._tokens) == len(tokens) else []
            return guesses or (None if new > OUTPUTS else [])
        except DecodeFailed:
            self._go_back(0)
            return []

    def forget(self) -> None:
        """Forget the conversation that it followed last."""
        self._go_back(0)

    def suits(self, model: Model) -> bool:
        """Whether its tokens are those of another model."""
        sizes = self._model.vocabulary_size, model.vocabulary_size
        if max(sizes) - min(sizes) > FEW_TOKENS:
            return False
        sample = range(0, min(sizes), max(min(sizes) // 500, 1))
        return all(
            self._model.piece(token, special=True) == model.piece(token, special=True)
            for token in sample
        )

    def _follow(self, tokens: Sequence[int]) -> int:
        """Evaluate what is new of a conversation, a batch at most; return how much was new.

        The last token always is.
        """
        self._go_back(min(common(self._tokens, tokens), len(tokens) - 1))
        start = len(self._tokens)
        self._evaluate(tokens[start : start + self._context.batch])
        return len(tokens) - start

    def _guess(self, most: int) -> list[int]:
        guesses: list[int] = []
        while len(guesses) < most:
            logits = self._context.logits(-1)
            token = int(np.argmax(logits))
            sure = 1 / float(np.exp(logits - logits[token]).sum())
            if sure < _SURE or self._model.ends_generation(token):
                break
            guesses.append(token)
            if len(guesses) < most:
                self._evaluate([token])
        return guesses

    def _evaluate(self, tokens: Sequence[int]) -> None:
        self._batch.clear()
        self._batch.extend(tokens, len(self._tokens), 0, output=True)
        self._context.evaluate(self._batch)
        self._tokens.extend(tokens)

    def _go_back(self, count: int) -> None:
        if not self._context.cut(0, count):
            self._context.forget(0)
            count = 0
        del self._tokens[count:]

"""Guessing the next tokens, so that several are evaluated at once."""

from __future__ import annotations

from collections.abc import Sequence

from alcove.llama.parameters import OUTPUTS

_GRAM = 4
"""Tokens that must have stood there before, in the same order, for a guess."""

_FIRST = 4
_SLOW = 0.2
"""How much the newest measurement counts."""

_FIRST_PAUSE, _LONGEST_PAUSE = 16, 512
_WASTE = 0.05
"""The share of the time that may be lost by asking a model that has no guess."""

_WORTH = 1.05
"""How many times faster guessing must be than not guessing."""


class PromptLookup:
    """Guesses that the text goes on as it did where its last tokens stood before."""

    def __init__(self, tokens: Sequence[int]) -> None:
        """Begin with the tokens of a prompt."""
        self._tokens: list[int] = []
        self._ends: dict[tuple[int, ...], int] = {}
        """Where the tokens after each sequence of _GRAM tokens begin, the last time it stood."""
        self._before: int | None = None
        self.extend(tokens)

    def extend(self, tokens: Sequence[int]) -> None:
        """Take tokens that follow."""
        for token in tokens:
            self._tokens.append(token)
            gram = tuple(self._tokens[-_GRAM:])
            self._before = self._ends.get(gram)
            self._ends[gram] = len(self._tokens)

    def propose(self, most: int) -> list[int]:
        """Return up to ``most`` tokens that may come next; none where the text is new."""
        if self._before is None or len(self._tokens) < _GRAM:
            return []
        return self._tokens[self._before : self._before + most]


class Prudence:
    """Decides how many tokens to guess, from what guesses have cost and brought so far.

    Evaluating several tokens at once takes longer than one, on a processor much longer. Where that
    does not pay, guessing pauses, longer each time.
    """

    def __init__(self) -> None:
        self._single: float | None = None
        """Seconds of an evaluation without a guess."""
        self._length = _FIRST
        self._pause = _FIRST_PAUSE
        self._waiting = 0

    def most(self) -> int:
        """Return how many tokens to guess now; 0 while it does not pay."""
        if self._single is None:
            return 0
        if self._waiting:
            self._waiting -= 1
            return 0
        return self._length

    def note_unsure(self, seconds: float) -> None:
        """Pause until it matters little that a model was asked so long and had no guess."""
        assert self._single is not None
        self._waiting = min(int(seconds / (self._single * _WASTE)), _LONGEST_PAUSE)

    def note(self, drafted: int, accepted: int, seconds: float) -> None:
        """Take in what one evaluation took, and how many of the tokens guessed were right."""
        if not drafted:
            known = self._single or seconds
            self._single = min(known + _SLOW * (seconds - known), 1.2 * known)
            return
        assert self._single is not None
        gain = (1 + accepted) * self._single / seconds
        if gain < _WORTH:
            self._pause_longer()
        else:
            self._pause = _FIRST_PAUSE
            if accepted == drafted:
                self._length = min(2 * self._length, OUTPUTS - 1)

    def _pause_longer(self) -> None:
        """Pause, longer each time: a guess did not pay."""
        self._length = _FIRST
        self._waiting = self._pause
        self._pause = min(2 * self._pause, _LONGEST_PAUSE)

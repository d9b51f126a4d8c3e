"""Counting the tokens of an answer that are reasoning."""

from __future__ import annotations

from collections import deque

Span = tuple[int, int]
"""Characters of the answer, from the first to the one behind the last."""


class Tally:
    """Matches tokens with the parts of the answer that turned out to be reasoning.

    A token counts if a character of it is given as reasoning.
    """

    def __init__(self) -> None:
        self._length = 0
        self._tokens: deque[Span] = deque()
        self._thoughts: deque[Span] = deque()

    def add(self, characters: int) -> None:
        """Take a token that brought so many characters; one without any is part of the next."""
        end = self._length + characters
        self._tokens.append((self._length, max(end, self._length + 1)))
        self._length = end

    def settle(self, thoughts: list[Span], decided: int | None) -> int:
        """Take more reasoning; return how many more tokens hold some.

        What stands before the character ``decided`` is known for good; None: all is.
        """
        self._thoughts.extend(thoughts)
        count = 0
        while self._tokens and (decided is None or self._tokens[0][1] <= decided):
            begin, end = self._tokens.popleft()
            while self._thoughts and self._thoughts[0][1] <= begin:
                self._thoughts.popleft()
            count += bool(self._thoughts and self._thoughts[0][0] < end)
        return count

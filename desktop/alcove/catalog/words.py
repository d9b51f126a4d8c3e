"""Words and the models that they lead to, looked up by how they begin or what they have inside."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate

_LAST = "\U0010ffff"
_MARK = "\n"
"""Stands before each word where all are one text; no word has it inside."""


class Words:
    """A sorted list of words, each with the ids of models; made once."""

    def __init__(self, ids: Mapping[str, Sequence[str]]) -> None:
        self._words = sorted(ids)
        self._ids = [model_id for word in self._words for model_id in ids[word]]
        """Those of all words, one after the other, so that a range of words is one slice."""
        self._starts = [0, *accumulate(len(ids[word]) for word in self._words)]
        self._text = _MARK + _MARK.join(self._words)
        self._places = [0, *accumulate(len(word) + 1 for word in self._words)]

    def beginning(self, start: str) -> range:
        """Return the numbers of the words that begin with ``start``."""
        return range(bisect_left(self._words, start), bisect_left(self._words, start + _LAST))

    def beginning_exactly(self, start: str) -> list[int]:
        """Return the same without words in which a number goes on: 3 is not meant by 32."""
        end = len(start)
        found = self.beginning(start)
        if not start[-1:].isdigit():
            return list(found)
        return [number for number in found if not self._words[number][end : end + 1].isdigit()]

    def having(self, part: str) -> Iterator[int]:
        """Yield the numbers of the words that have ``part`` anywhere inside."""
        place = self._text.find(part)
        while place >= 0:
            number = bisect_right(self._places, place) - 1
            yield number
            place = self._text.find(part, self._places[number + 1])

    def number_of(self, word: str) -> int | None:
        """Return the number of a word; None if it is not there."""
        number = bisect_left(self._words, word)
        return number if self._words[number : number + 1] == [word] else None

    def ids(self, numbers: Sequence[int]) -> set[str]:
        """Return the ids of the models that words lead to."""
        if not numbers:
            return set()
        if len(numbers) == numbers[-1] - numbers[0] + 1:  # a range, as the start of a name gives
            return set(self._ids[self._starts[numbers[0]] : self._starts[numbers[-1] + 1]])
        starts = self._starts
        return {
            model_id for one in numbers for model_id in self._ids[starts[one] : starts[one + 1]]
        }

"""Pieces of an answer: put together, and looked through for marks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from alcove.engine.answer import CallPiece, Delta


def joined(first: Delta, second: Delta) -> Delta:
    """Return two pieces of an answer as one."""
    return Delta(
        first.text + second.text,
        first.reasoning + second.reasoning,
        first.tokens + second.tokens,
        _joined_calls(first.calls, second.calls),
        first.logprobs + second.logprobs,
        first.reasoning_tokens + second.reasoning_tokens,
    )


def unfinished(text: str, markers: Sequence[str]) -> int:
    """Return the length of the longest end of ``text`` that one of ``markers`` may go on from."""
    longest = min(len(text), max(map(len, markers), default=1) - 1)
    for length in range(longest, 0, -1):
        end = text[-length:]
        if any(marker.startswith(end) for marker in markers):
            return length
    return 0


class Marks:
    """Finds the first of several marks in text that is still coming."""

    def __init__(self, marks: Iterable[str]) -> None:
        self._marks = tuple(sorted({mark for mark in marks if mark}, key=len, reverse=True))
        self._pattern = re.compile("|".join(map(re.escape, self._marks)) or "(?!)")

    def __bool__(self) -> bool:
        return bool(self._marks)

    def split(self, text: str, *, final: bool = False) -> tuple[str, str, str]:
        """Return what is before the first mark, the mark, and what comes after it.

        Without a mark, the last part is the end of ``text`` that may still become one. Where marks
        begin alike, the longest counts. ``final``: no more text comes.
        """
        found = self._pattern.search(text)
        open_end = len(text) if final else len(text) - unfinished(text, self._marks)
        if found and found.start() < open_end:
            return text[: found.start()], found.group(), text[found.end() :]
        return text[:open_end], "", text[open_end:]


def _joined_calls(
    first: tuple[CallPiece, ...], second: tuple[CallPiece, ...]
) -> tuple[CallPiece, ...]:
    """Put two runs of pieces together; where a call goes on, its pieces become one."""
    whole = list(first)
    for piece in second:
        if whole and whole[-1].index == piece.index:
            arguments = whole[-1].arguments + piece.arguments
            whole[-1] = replace(whole[-1], arguments=arguments)
        else:
            whole.append(piece)
    return tuple(whole)

"""Calls that are read once they are whole."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from alcove.engine.answer import CallPiece
from alcove.engine.formats.calls import Begun, CallReader, CallSyntax, GivenCall, Progress
from alcove.engine.formats.values import Tools

ReadCall = tuple[str, str]
"""A function's name, and its arguments as JSON."""

Read = Callable[[str, Tools], list[ReadCall]]


def _read_nothing(_body: str, _tools: Tools) -> list[ReadCall]:
    return []


@dataclass(frozen=True)
class WholeCalls(CallSyntax):
    """Calls up to the mark that closes; ``read`` returns them, none if the text is no call.

    ``lead`` is how they begin.
    """

    lead: str = ""
    read: Read = _read_nothing

    def reader(self, begun: Begun) -> CallReader:
        """Return a reader for the text after the mark."""
        return _WholeReader(self, begun)


class _WholeReader:
    def __init__(self, syntax: WholeCalls, begun: Begun) -> None:
        self._syntax = syntax
        self._begun = begun
        self._held = ""

    def push(self, text: str) -> Progress:
        close = self._syntax.close
        searched = max(0, len(self._held) - len(close))
        self._held += text
        begin = self._held.lstrip()
        if not (begin.startswith(self._syntax.lead) or self._syntax.lead.startswith(begin)):
            return Progress((), "broken")
        place = self._held.find(close, searched) if close else -1
        if place < 0:
            return Progress()
        return self._end(self._held[:place], self._held[place + len(close) :])

    def finish(self) -> Progress:
        return self._end(self._held, "")

    def _end(self, body: str, rest: str) -> Progress:
        pieces: tuple[CallPiece, ...] = ()
        for index, (name, arguments) in enumerate(self._syntax.read(body, self._begun.tools)):
            pieces += GivenCall(index, name, "", self._begun).push(arguments)
        return Progress(pieces, "done", rest) if pieces else Progress((), "broken")

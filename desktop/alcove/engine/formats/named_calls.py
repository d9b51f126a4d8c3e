"""Calls whose name stands before their arguments, which are a JSON object."""

from __future__ import annotations

import re
from dataclasses import dataclass

from alcove.engine.answer import CallPiece
from alcove.engine.formats.calls import Begun, CallReader, CallSyntax, GivenCall, Progress
from alcove.engine.formats.json_stream import JsonStream
from alcove.engine.formats.spoiled import SpoiledCall

_LONGEST_HEADER = 400
"""Characters between the mark and the arguments, at most: more is no name of a function."""

_PADDING = " \t\r\n`"
"""What may stand between the arguments and the mark that closes."""


@dataclass(frozen=True)
class NamedCalls(CallSyntax):
    """One call: after the mark its name, then its arguments.

    ``header`` matches all that is between, with the groups "name" and, if there is one, "id".
    """

    header: str = ""

    def reader(self, begun: Begun) -> CallReader:
        """Return a reader for the text after the mark."""
        return _NamedReader(self, begun)


class _NamedReader:
    def __init__(self, syntax: NamedCalls, begun: Begun) -> None:
        self._header = re.compile(syntax.header)
        self._close = syntax.close
        self._begun = begun
        self._held = ""
        self._arguments = JsonStream()
        self._call: GivenCall | None = None
        if begun.name:
            self._call = GivenCall(0, begun.name, "", begun)
        self._spoiled: SpoiledCall | None = None

    def push(self, text: str) -> Progress:
        if self._spoiled:
            return self._spoiled.push(text)
        text, self._held = self._held + text, ""
        if self._arguments.complete:
            return self._behind((), text)
        if self._call is None:
            return self._before(text)
        return self._inside(self._call, text)

    def finish(self) -> Progress:
        if self._spoiled:
            return self._spoiled.finish()
        if self._call is None or not self._call.begun:
            return Progress((), "broken")
        return Progress(self._call.push(self._arguments.held), "done")

    def _before(self, text: str) -> Progress:
        """Look for where the arguments begin, and for the name before that."""
        end, close = text.find("{"), text.find(self._close) if self._close else -1
        empty = close >= 0 and (end < 0 or close < end)
        end = close if empty else end
        if end < 0 and len(text) <= _LONGEST_HEADER:
            self._held = text
            return Progress()
        found = self._header.fullmatch(text[: max(end, 0)])
        if found is None or end > _LONGEST_HEADER:
            return Progress((), "broken")
        call_id = found.groupdict().get("id") or ""
        self._call = GivenCall(0, found["name"], call_id, self._begun)
        if empty:
            return Progress(self._call.push("{}"), "done", text[close + len(self._close) :])
        return self._inside(self._call, text[end:])

    def _inside(self, call: GivenCall, text: str) -> Progress:
        piece, rest = self._arguments.push(text)
        pieces = call.push(piece)
        if self._arguments.complete:
            if not call.begun:
                return Progress((), "broken")  # JSON, but no object
            return self._behind(pieces, rest)
        if not self._arguments.broken:
            return Progress(pieces)
        if not call.begun:
            return Progress((), "broken")
        self._spoiled = SpoiledCall(0, self._close, self._begun.ends)
        spoiled = self._spoiled.push(rest)
        return Progress(pieces + spoiled.pieces, spoiled.state, spoiled.rest)

    def _behind(self, pieces: tuple[CallPiece, ...], text: str) -> Progress:
        """Look for the mark that closes; what else follows the arguments is the answer again."""
        if not self._close:
            return Progress(pieces, "done", text)
        after = text.lstrip(_PADDING)
        if after.startswith(self._close):
            return Progress(pieces, "done", after[len(self._close) :])
        if self._close.startswith(after):
            self._held = text
            return Progress(pieces)
        return Progress(pieces, "done", text)

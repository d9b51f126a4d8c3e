"""Calls whose arguments are tagged one by one, as in XML."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from alcove.engine.answer import CallPiece
from alcove.engine.formats.calls import Begun, CallReader, CallSyntax, GivenCall, Progress
from alcove.engine.formats.values import argument_of, encoded, property_schema

_STRING_KINDS = ("true", "string")
"""What the group "kind" matches where the model says that an argument is a string."""

_NAME = re.compile(r"[^\s<{\[]+\s*")


@dataclass(frozen=True)
class TaggedCalls(CallSyntax):
    """A block of calls.

    ``lead`` is how a call in the block begins, as plain text; empty: with the function's name.
    The rest are regular expressions: ``head`` matches a call's beginning, with the group "name";
    ``parameter`` what stands before a value, with the group "key" and perhaps "kind";
    ``value_end`` what ends a value. ``end`` is what ends the call, as plain text; where that is
    ``close``, there is one call in a block.
    """

    lead: str = ""
    head: str = ""
    parameter: str = ""
    value_end: str = ""
    end: str = ""

    def reader(self, begun: Begun) -> CallReader:
        """Return a reader for the text after the mark."""
        return _TaggedReader(self, begun)


class _Unfinished(Exception):
    """More text may make a call of it."""


class _NoCall(Exception):
    """No more text can make a call of it."""


class _TaggedReader:
    def __init__(self, syntax: TaggedCalls, begun: Begun) -> None:
        self._syntax = syntax
        self._begun = begun
        self._head = re.compile(syntax.head, re.DOTALL)
        self._parameter = re.compile(syntax.parameter, re.DOTALL)
        self._value_end = re.compile(syntax.value_end, re.DOTALL)
        self._ends = tuple(dict.fromkeys(end for end in (syntax.end, syntax.close) if end))
        self._count = 0
        self._held = ""
        self._searched = 0
        """How much of what is held was searched for the end of the call."""

    def push(self, text: str) -> Progress:
        self._held += text
        pieces: tuple[CallPiece, ...] = ()
        while True:
            if (over := self._over()) is not None:
                return Progress(pieces, "done" if self._count else "broken", over)
            if not self._begins():
                return Progress(pieces, "done" if self._count else "broken", self._held)
            try:
                pieces += self._next()
            except _Unfinished:
                return Progress(pieces)
            except _NoCall:
                return Progress(pieces, "done" if self._count else "broken", self._held)

    def finish(self) -> Progress:
        """Take the end of the answer: a call that is not closed may lack arguments."""
        over = self._syntax.close.startswith(self._held.strip())  # but a part of the mark is there
        return Progress((), "done" if self._count else "broken", "" if over else self._held)

    def _over(self) -> str | None:
        """Return what follows the block once it is closed after a call."""
        syntax = self._syntax
        if not self._count:
            return None
        if not syntax.close or syntax.close == syntax.end:
            return self._held
        after = self._held.lstrip()
        return after[len(syntax.close) :] if after.startswith(syntax.close) else None

    def _begins(self) -> bool:
        """Whether what is held may begin a call, or close the block."""
        after = self._held.lstrip()
        if self._count and self._syntax.close.startswith(after):
            return True
        lead = self._syntax.lead
        if self._count and not lead:
            return False
        if not lead:  # the name itself, then a tag
            name = _NAME.match(after)
            return not after or (name is not None and after[name.end() :][:1] in ("", "<"))
        return lead.startswith(after) or after.startswith(lead)

    def _next(self) -> tuple[CallPiece, ...]:
        """Return the next call, which begins with what is held, once it is whole."""
        while True:
            places = [(self._held.find(end, self._searched), end) for end in self._ends]
            found = [(place, end) for place, end in places if place >= 0]
            if not found:
                longest = max(map(len, self._ends))
                self._searched = max(self._searched, len(self._held) - longest + 1)
                raise _Unfinished
            place, end = min(found)
            try:
                pieces = self._call(self._held[: place + len(end)], place)
            except _Unfinished:
                self._searched = place + len(end)
                continue
            kept = place + len(end) if end == self._syntax.end else place
            self._held, self._searched = self._held[kept:], 0
            return pieces

    def _call(self, text: str, end: int) -> tuple[CallPiece, ...]:
        """Read ``text``, a call up to ``end`` and the text that ends it."""
        head = self._head.match(text, 0, end)
        if head is None:
            raise _NoCall
        arguments: dict[str, Any] = {}
        at = head.end()
        while parameter := self._parameter.match(text, at):
            value_end = self._value_end.search(text, parameter.end())
            if value_end is None:
                raise _Unfinished
            key, value = parameter["key"].strip(), text[parameter.end() : value_end.start()]
            if key in arguments:
                raise _NoCall
            arguments[key] = self._argument(head["name"], parameter, value)
            at = value_end.end()
        if text[at:end].strip():
            raise _NoCall
        try:
            written = encoded(arguments)
        except ValueError as error:
            raise _NoCall from error
        call = GivenCall(self._count, head["name"], "", self._begun)
        self._count += 1
        return call.push(written)

    def _argument(self, function: str, parameter: re.Match[str], value: str) -> Any:  # noqa: ANN401
        kind = str(parameter.groupdict().get("kind") or "")
        schema = property_schema(self._begun.tools, function, parameter["key"].strip())
        return argument_of(value, schema, string=kind in _STRING_KINDS)

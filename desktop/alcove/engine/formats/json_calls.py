"""Calls written as JSON objects, {"name": ..., "arguments": {...}}, singly or in a list."""

from __future__ import annotations

from dataclasses import dataclass, replace

from alcove.engine.answer import CallPiece
from alcove.engine.formats.call_object import CallObject, ObjectRules
from alcove.engine.formats.calls import Begun, CallReader, CallSyntax, Progress
from alcove.engine.formats.spoiled import SpoiledCall
from alcove.engine.formats.writing import Writing

_SPACE = frozenset(" \t\r\n")
_BETWEEN = frozenset(",;]}")
"""What may stand between objects and after them; models like to write one brace too many."""


@dataclass(frozen=True)
class JsonCalls(CallSyntax):
    """Calls as JSON objects, singly or in a list; ``late_id``: an id follows the arguments."""

    late_id: bool = False

    def reader(self, begun: Begun) -> CallReader:
        """Return a reader for the text after the mark.

        Without a mark only known functions are called: JSON may be what the user asked for.
        """
        rules = ObjectRules(self.late_id, known_only=not self.open)
        return _ObjectsReader(self, rules, begun)


class _ObjectsReader:
    def __init__(self, syntax: JsonCalls, rules: ObjectRules, begun: Begun) -> None:
        self._close = syntax.close
        self._rules = rules
        self._begun = begun
        self._count = 0
        self._in_list = False
        self._object: CallObject | None = None
        self._spoiled: SpoiledCall | None = None
        self._raw = ""
        """The text of the object that is being read, or a part of the mark that closes."""

    def push(self, text: str) -> Progress:
        pieces: list[CallPiece] = []
        while text:
            if self._spoiled:
                progress = self._spoiled.push(text)
            elif self._object:
                progress = self._go_on(self._object, text)
            else:
                progress = self._between(text)
            pieces += progress.pieces
            if progress.state != "going":
                return replace(progress, pieces=tuple(pieces))
            text = progress.rest
        return Progress(tuple(pieces))

    def finish(self) -> Progress:
        if self._spoiled:
            return self._spoiled.finish()
        pieces = self._object.finish() if self._object else ()
        given = bool(pieces) or bool(self._object and self._object.given)
        if given or (self._count and not self._object):
            return Progress(pieces, "done")
        return Progress((), "done", self._raw) if self._count else Progress((), "broken")

    def _between(self, text: str) -> Progress:
        """Take what is in no object."""
        text, self._raw = self._raw + text, ""
        first = text[0]
        if first == "{":
            self._object = CallObject(self._count, self._rules, self._begun)
            return Progress(rest=text)
        if self._close and self._close.startswith(text[: len(self._close)]):
            return self._closing(text)
        if first == "[" and not self._in_list and not self._count:
            self._in_list = True
        elif first == "]" and self._count and self._in_list and not self._close:
            return Progress((), "done", text[1:])
        elif first not in _SPACE and not (self._count and first in _BETWEEN):
            return Progress((), "done" if self._count else "broken", text)
        return Progress(rest=text[1:])

    def _closing(self, text: str) -> Progress:
        if len(text) < len(self._close):
            self._raw = text
            return Progress()
        return Progress((), "done" if self._count else "broken", text[len(self._close) :])

    def _go_on(self, call: CallObject, text: str) -> Progress:
        pieces, rest = call.push(text)
        if call.state == "going":
            self._raw += text
            return Progress(pieces)
        self._object = None
        if call.state == "complete":
            self._count, self._raw = self._count + 1, ""
            return Progress(pieces, rest=rest)
        if call.given:
            self._spoiled = SpoiledCall(self._count, self._close, self._begun.ends)
            return Progress(pieces, rest=rest)
        if self._count:
            return Progress((), "done", self._raw + text)
        return Progress((), "broken")


def json_calls(
    begin: str,
    end: str = "",
    *,
    keys: tuple[str, str] = ("name", "arguments"),
    padding: str = "",
    together: bool = False,
) -> JsonCalls:
    """Return calls as objects of which each is written between the marks.

    ``keys`` are those that the model was trained on; others are read as well. ``padding`` is what
    stands between the marks and an object. ``together``: all objects are between the same marks.
    """
    name, arguments = keys
    head = f'{{"{name}": "{{name}}", "{arguments}": '
    if together:
        around = Writing(head, "}", begin + padding, "\n", padding + end)
    else:
        around = Writing(begin + padding + head, "}" + padding + end, between="{line}")
    return JsonCalls(begin, end, writing=around)


def listed_calls(
    begin: str,
    end: str = "",
    *,
    keys: tuple[str, str] = ("name", "arguments"),
    late_id: bool = False,
    last: str = "",
) -> JsonCalls:
    """Return calls as objects in one list between the marks.

    ``keys`` are those that the model was trained on, and ``last`` what follows the arguments.
    """
    name, arguments = keys
    head = f'{{"{name}": "{{name}}", "{arguments}": '
    written = Writing(head, f"{last}}}", f"{begin}[", ", ", f"]{end}")
    return JsonCalls(begin, end, late_id, writing=written)

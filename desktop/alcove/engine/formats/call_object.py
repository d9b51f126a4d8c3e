"""One tool call as a JSON object that is still coming."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from alcove.engine.answer import CallPiece
from alcove.engine.formats.calls import Begun, GivenCall
from alcove.engine.formats.json_stream import JsonStream
from alcove.engine.formats.values import encoded, is_unicode, parsed

_NAMES = ("name", "tool_name")
_ARGUMENTS = ("arguments", "parameters")
_ID = "id"
_KNOWN = (*_NAMES, *_ARGUMENTS, _ID, "type")
_SPACE = frozenset(" \t\r\n")
_EMPTY = ("null", '""', "[]")
"""How models write that a function takes no arguments, apart from an empty object."""


@dataclass(frozen=True)
class ObjectRules:
    """``late_id``: the id may follow the arguments. ``known_only``: nothing else is a call."""

    late_id: bool = False
    known_only: bool = False


class CallObject:
    """Reads one object; its arguments are given as they come, once its name is known."""

    def __init__(self, index: int, rules: ObjectRules, begun: Begun) -> None:
        self.state: Literal["going", "complete", "broken"] = "going"
        self._index = index
        self._rules = rules
        self._begun = begun
        self._expected = "{"
        self._value: JsonStream | None = None
        self._text = ""
        """Of the key or the value that is being read."""
        self._key = ""
        self._name = ""
        self._id = ""
        self._arguments = ""
        self._call: GivenCall | None = None

    @property
    def given(self) -> bool:
        """Whether a piece of the call was given."""
        return self._call is not None and self._call.begun

    def push(self, text: str) -> tuple[tuple[CallPiece, ...], str]:
        """Return what can be given of the call, and what is left of ``text`` after its end."""
        pieces: tuple[CallPiece, ...] = ()
        while text and self.state == "going":
            if self._value:
                more, text = self._read(self._value, text)
            else:
                more, text = self._structure(text)
            pieces += more
        return pieces, text

    def finish(self) -> tuple[CallPiece, ...]:
        """Take the end of the answer; the call counts if its arguments are whole."""
        if self._value:
            held, self._value.held = self._value.held, ""
            return self._call.push(held) if self._call and self.given else ()
        whole = bool(self._arguments) and self._expected in (",", "key")
        return self._whole() if whole and not self.given else ()

    def _structure(self, text: str) -> tuple[tuple[CallPiece, ...], str]:
        """Take a character between keys and values."""
        character = text[0]
        if character in _SPACE:
            return (), text[1:]
        if character == "}" and self._expected in (",", "first key"):
            self.state = "complete"
            return self._whole(), text[1:]
        if character == '"' and self._expected in ("key", "first key"):
            self._value, self._text, self._key = JsonStream(), "", ""
            return (), text
        if character != self._expected:
            self.state = "complete" if self.given else "broken"
            return (), text
        if character == ":":
            self._value, self._text = JsonStream(), ""
        self._expected = {"{": "first key", ":": "value", ",": "key"}[character]
        return (), text[1:]

    def _read(self, value: JsonStream, text: str) -> tuple[tuple[CallPiece, ...], str]:
        """Go on with a key or a value."""
        piece, rest = value.push(text)
        self._text += piece
        if self._expected in ("key", "first key"):
            if value.complete:
                self._end_key()
            return (), rest
        pieces = self._stream(piece) if self._key in _ARGUMENTS else ()
        if value.complete:
            self._value, self._expected = None, ","
            self._end_value()
        elif value.broken:
            self.state = "broken"
        return pieces, rest

    def _stream(self, piece: str) -> tuple[CallPiece, ...]:
        if not self._name or self._arguments or self._rules.late_id:
            return ()
        if self._call is None:
            self._call = GivenCall(self._index, self._name, self._id, self._begun)
            piece = self._text
        return self._call.push(piece)

    def _end_key(self) -> None:
        self._key = _string(self._text)
        self._value, self._expected = None, ":"
        if self._rules.known_only and self._key not in _KNOWN and not self.given:
            self.state = "broken"

    def _end_value(self) -> None:
        if self._key in _ARGUMENTS:
            self._arguments = _as_object(self._text)
            valid = bool(self._arguments)
        elif self._key in _NAMES:
            self._name = _string(self._text)
            known = self._name in self._begun.tools or not self._rules.known_only
            valid = bool(self._name) and known
        else:
            valid = True
            if self._key == _ID:
                self._id = _string(self._text)
        if not valid and not self.given:
            self.state = "broken"

    def _whole(self) -> tuple[CallPiece, ...]:
        """Give the call, now that it is whole, unless that has been done on the way."""
        if self.given:
            return ()
        if not self._name or (self._rules.known_only and not self._arguments):
            self.state = "broken"
            return ()
        call = GivenCall(self._index, self._name, self._id, self._begun)
        return call.push(self._arguments or "{}")


def _as_object(text: str) -> str:
    """Return arguments as the text of a JSON object; empty if they are none.

    Some models write them as a string that holds the object.
    """
    text = text.strip()
    if text in _EMPTY:
        return "{}"
    if not text.startswith('"'):
        return text if text.startswith("{") else ""
    try:
        value = parsed(str(parsed(text)))
        return encoded(value) if isinstance(value, dict) else ""
    except ValueError:
        return ""


def _string(text: str) -> str:
    """Return the string that JSON text is; empty if it is none that can be passed on."""
    text = text.strip()
    value = str(parsed(text)) if text.startswith('"') else ""
    return value if is_unicode(value) else ""

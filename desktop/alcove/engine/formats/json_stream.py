"""JSON that is still coming."""

from __future__ import annotations

import re
from typing import Literal

_PLAIN = re.compile(r'[^"\\\x00-\x1f]+')
_SCALAR = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null")
_SCALAR_CHARACTERS = frozenset("+-.0123456789Eaeflnrstu")
_SCALAR_BEGINNINGS = frozenset("-0123456789tfn")
_SPACE = frozenset(" \t\r\n")
_ESCAPES = frozenset('"\\/bfnrt')
_HEXADECIMAL = frozenset("0123456789abcdefABCDEF")
_CLOSERS = {"{": "}", "[": "]"}
_UNICODE_ESCAPE = len("\\u0000")

Expected = Literal["value", "first value", "key", "first key", "colon", "next"]


class JsonStream:
    """Follows one JSON value through pieces of text to its end.

    What models often get wrong inside strings is set right: line breaks and other control
    characters that are not escaped, and backslashes that escape nothing.
    """

    def __init__(self) -> None:
        self.complete = False
        self.broken = False
        self.held = ""
        """What was taken but not given yet: part of an escape, a number or a word."""
        self._closers: list[str] = []
        self._expected: Expected = "value"
        self._in_string = False

    def push(self, text: str) -> tuple[str, str]:
        """Return what of ``text`` belongs to the value, and what is left once that has ended."""
        given: list[str] = []
        at = 0
        while at < len(text) and not (self.complete or self.broken):
            if self._in_string:
                piece, at = self._string(text, at)
            elif self.held:
                piece, at = self._scalar(text, at)
            else:
                piece, at = self._structure(text[at]), at + 1
            given.append(piece)
        if self.broken:
            rest, self.held = self.held + text[at:], ""
            return "".join(given), rest
        return "".join(given), text[at:]

    def _structure(self, character: str) -> str:
        """Take a character that is in no string, number or word."""
        if character in _SPACE:
            return character
        if self._closers and character == self._closers[-1] and self._may_close():
            self._closers.pop()
            self._end_value()
        elif self._expected in ("value", "first value"):
            return self._begin_value(character)
        elif self._expected in ("key", "first key") and character == '"':
            self._in_string = True
        elif self._expected == "colon" and character == ":":
            self._expected = "value"
        elif self._expected == "next" and character == ",":
            self._expected = "key" if self._closers[-1] == "}" else "value"
        else:
            return self._break(character)
        return character

    def _may_close(self) -> bool:
        return self._expected in ("next", "first key", "first value")

    def _begin_value(self, character: str) -> str:
        if character in _CLOSERS:
            self._closers.append(_CLOSERS[character])
            self._expected = "first key" if character == "{" else "first value"
        elif character == '"':
            self._in_string = True
        elif character in _SCALAR_BEGINNINGS:
            self.held = character
            return ""
        else:
            return self._break(character)
        return character

    def _scalar(self, text: str, at: int) -> tuple[str, int]:
        """Go on with a number or a word; it is given once it is whole and valid."""
        if text[at] in _SCALAR_CHARACTERS:
            self.held += text[at]
            return "", at + 1
        if not _SCALAR.fullmatch(self.held):
            self.broken = True
            return "", at
        whole, self.held = self.held, ""
        self._end_value()
        return whole, at

    def _string(self, text: str, at: int) -> tuple[str, int]:
        if self.held:
            return self._escape(text[at], at)
        if plain := _PLAIN.match(text, at):
            return plain.group(), plain.end()
        character = text[at]
        if character == "\\":
            self.held = character
            return "", at + 1
        if character == '"':
            self._end_string()
            return character, at + 1
        return f"\\u{ord(character):04x}", at + 1

    def _escape(self, character: str, at: int) -> tuple[str, int]:
        """Go on with an escape; one that is none becomes a backslash and plain text."""
        begun = self.held + character
        if len(begun) > 2:
            valid = character in _HEXADECIMAL
            going = valid and len(begun) < _UNICODE_ESCAPE
        else:
            valid = character in _ESCAPES or character == "u"
            going = character == "u"
        if going:
            self.held = begun
            return "", at + 1
        broken, self.held = self.held, ""
        return (begun, at + 1) if valid else ("\\" + broken, at)

    def _end_string(self) -> None:
        self._in_string = False
        if self._expected in ("key", "first key"):
            self._expected = "colon"
        else:
            self._end_value()

    def _end_value(self) -> None:
        self._expected = "next"
        self.complete = not self._closers

    def _break(self, character: str) -> str:
        """Stop before ``character``, which cannot stand here."""
        self.broken = True
        self.held = character
        return ""

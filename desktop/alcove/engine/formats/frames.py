"""Arguments that are written one by one, each between two texts of its own."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from alcove.engine.formats.values import kind_of
from alcove.llama.grammar import GrammarError


@dataclass(frozen=True)
class Nesting:
    """How objects and lists within arguments are written, if not as JSON.

    Each is what stands before and after the object, the list, and an item of the list.
    """

    object: tuple[str, str] = ("", "")
    array: tuple[str, str] = ("", "")
    item: tuple[str, str] = ("", "")


@dataclass(frozen=True)
class Frames:
    """Arguments with ``key`` before each value and ``close`` after it.

    In both {key} is the argument's name and {kind} the type of its value: ``string_kind`` for
    strings, ``other_kind`` for the rest, or JSON's word for it if that is empty. {line} is a line
    break that may be left out. Strings are written as they are, between ``quotes``, and hold no
    ``stop``; without one they are written as JSON, like all else that is not ``nested``.
    ``dialect`` says whose escapes JSON's strings have. ``names`` is the regular expression of keys
    that can be written.
    """

    key: str
    close: str = ""
    stop: str = ""
    quotes: tuple[str, str] = ("", "")
    between: str = ""
    string_kind: str = "string"
    other_kind: str = ""
    nested: Nesting | None = None
    dialect: str = "json"
    names: str = r"[\w.$@-]+"

    def written(self, arguments: Mapping[str, Any]) -> str:
        """Return these arguments as the model writes them; raises GrammarError."""
        return self.between.join(
            self.filled(self.key, key, kind_of(value))
            + self.value(value)
            + self.filled(self.close, key, kind_of(value))
            for key, value in arguments.items()
        )

    def filled(self, text: str, key: str, kind: str) -> str:
        """Return the text before or after a value of a kind, with {line} where it is."""
        if not re.fullmatch(self.names, key):
            raise GrammarError(f"the argument {key!r} cannot be written as this model does")
        other = self.other_kind or ("number" if kind == "integer" else kind)
        named = self.string_kind if kind == "string" else other
        return text.replace("{key}", key).replace("{kind}", named)

    def value(self, value: object) -> str:
        """Return a value as the model writes it; raises GrammarError."""
        nested = self.nested
        if isinstance(value, str) and self.stop:
            if self.stop in value:
                raise GrammarError(f"no argument may hold {self.stop}")
            return value.join(self.quotes)
        if isinstance(value, dict) and nested:
            return self.written(value).join(nested.object)
        if isinstance(value, list) and nested:
            items = (self.value(item).join(nested.item) for item in value)
            return self.between.join(items).join(nested.array)
        return json.dumps(value, ensure_ascii=False)

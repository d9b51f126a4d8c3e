"""The grammar of arguments that are written one by one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from alcove.engine.formats.frames import Frames
from alcove.engine.formats.schemas import Schemas
from alcove.engine.formats.values import kind_of
from alcove.engine.formats.writing import Arguments
from alcove.llama.grammar import GrammarError, schema_grammar
from alcove.llama.rules import Rules, in_order, in_set, literal, repeated

_DEPTH = 40
"""Schemas within schemas, at most."""

_QUOTED = re.compile(r'^([\w-]+ ::= )"\\"" (.*) "\\"" space$', re.MULTILINE)
_ALL_BUT = re.compile(r'"(?:\\.|[^"\\])*"|(\[\^)')


@dataclass(frozen=True)
class FramedArguments(Frames, Arguments):
    """Arguments in frames, as a way of writing calls."""

    def expression(self, schema: Mapping[str, Any], rules: Rules) -> str:
        """Return the GBNF of all arguments that fit the schema; raises GrammarError."""
        return _Values(self, Schemas(schema), rules).members(schema)


class _Values:
    """Makes rules for values, by their schemas."""

    def __init__(self, frames: Frames, schemas: Schemas, rules: Rules) -> None:
        self._frames = frames
        self._schemas = schemas
        self._rules = rules
        self._references: dict[str, str] = {}
        self._depth = 0

    def members(self, schema: object) -> str:
        """Return the GBNF of the members of an object."""
        known = self._schemas.members(schema)
        members = [(self._member(key, value), needed) for key, value, needed in known]
        return in_order(members, self._frames.between)

    def _member(self, key: str, schema: object) -> str:
        frames = self._frames
        ways = [
            f"{framed(frames.filled(frames.key, key, kind))} {value} "
            f"{framed(frames.filled(frames.close, key, kind))}"
            for kind, value in self._ways(schema)
        ]
        return self._rules.add(" | ".join(dict.fromkeys(ways)))

    def _ways(self, schema: object) -> Iterator[tuple[str, str]]:
        """Yield what a value may be: the type, and the GBNF of its values."""
        self._depth += 1
        if self._depth > _DEPTH:
            raise GrammarError(f"its schemas are nested more than {_DEPTH} deep")
        found = self._schemas.plain(schema)
        if "$ref" in found and not self._frames.nested:
            found = self._schemas.followed(found)
        if "$ref" in found:
            yield "", self._reference(str(found["$ref"]))
        elif options := self._schemas.options(found):
            for option in options:
                yield from self._ways(option)
        elif (values := self._schemas.values(found)) is not None:
            for value in values:
                yield kind_of(value), literal(self._frames.value(value))
        else:
            for kind in self._schemas.kinds(found):
                yield kind, self._of_kind(kind, found)
        self._depth -= 1

    def _reference(self, reference: str) -> str:
        """Return the rule for a schema that others refer to, perhaps from within it."""
        if reference not in self._references:
            self._references[reference] = name = self._rules.declare()
            ways = (value for _, value in self._ways(self._schemas.target(reference)))
            self._rules.define(name, " | ".join(ways))
        return self._references[reference]

    def _of_kind(self, kind: str, schema: Mapping[str, Any]) -> str:
        nested = self._frames.nested
        if kind == "string" and self._frames.stop:
            return self._string(schema)
        if nested and kind == "object" and self._schemas.members(schema):
            return _between(nested.object, self.members(schema))
        if nested and kind == "array" and isinstance(schema.get("items"), Mapping):
            return _between(nested.array, self._items(schema))
        whole = self._schemas.alone(schema, kind)
        dialect = self._frames.dialect
        return self._rules.include(schema_grammar(whole, dialect), dialect)

    def _items(self, schema: Mapping[str, Any]) -> str:
        nested = self._frames.nested
        assert nested is not None
        ways = (value for _, value in self._ways(schema["items"]))
        item = self._rules.add(" | ".join(_between(nested.item, way) for way in ways))
        low, high = self._schemas.bounds(schema, "minItems", "maxItems")
        return repeated(item, self._frames.between, low, high)

    def _string(self, schema: Mapping[str, Any]) -> str:
        """Return the GBNF of a text that is written as it is."""
        stop = self._frames.stop
        low, high = self._schemas.bounds(schema, "minLength", "maxLength")
        if "pattern" in schema or "format" in schema:
            text = _ALL_BUT.sub(
                lambda found: f"{found[0]}{in_set(stop[0])}" if found[1] else found[0],
                schema_grammar(self._schemas.alone(schema, "string")),
            )
            said = self._rules.include(_QUOTED.sub(r"\1\2", text), f"{self._frames.dialect}-text")
        elif low or high is not None:
            most = "" if high is None else str(high)
            said = f"[^{in_set(stop[0])}]{{{low},{most}}}"
        else:
            said = self._rules.without(stop)
        return _between(self._frames.quotes, said)


def framed(text: str) -> str:
    """Return the GBNF of a text of a frame; in it {line} is a line break that may be left out."""
    parts = text.split("{line}")
    return ' "\\n"? '.join(literal(part) for part in parts)


def _between(frame: tuple[str, str], inner: str) -> str:
    return f"{literal(frame[0])} {inner} {literal(frame[1])}"

"""What JSON schemas say, as far as it takes to write values in other ways than as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any

from alcove.engine.formats.values import types_of
from alcove.llama.grammar import MOST_SCHEMAS, GrammarError

KINDS = ("string", "number", "boolean", "null", "object", "array")
_DEFINITIONS = ("$defs", "definitions")
_MOST = 1000
"""The largest bound of a length."""

_MERGED = 20
"""Schemas that one refers to in a row, at most."""


class Schemas:
    """A schema and all within it; what they refer to is looked up in the whole."""

    def __init__(self, root: Mapping[str, Any]) -> None:
        self._root = root
        self._number = count(1)
        self._parts = 0
        """Within how many parts of one another is being read."""

    def plain(self, schema: object) -> Mapping[str, Any]:
        """Return a schema as an object, the parts of which all must hold put together."""
        if next(self._number) > MOST_SCHEMAS:
            raise GrammarError(f"it comes to more than {MOST_SCHEMAS} schemas")
        if schema is True:
            return {}
        if not isinstance(schema, Mapping):
            raise GrammarError("a schema in it is not an object")
        parts = schema.get("allOf")
        if not isinstance(parts, list):
            return schema
        merged = {name: value for name, value in schema.items() if name != "allOf"}
        if self._parts == _MERGED:
            raise GrammarError("its references lead nowhere")
        self._parts += 1
        for part in parts:
            merged = _merged(merged, self.followed(part))
        self._parts -= 1
        return merged

    def followed(self, schema: object) -> Mapping[str, Any]:
        """Return what a schema refers to, and itself if it refers to nothing."""
        found = self.plain(schema)
        for _step in range(_MERGED):
            if "$ref" not in found:
                return found
            found = self.plain(self.target(str(found["$ref"])))
        raise GrammarError("its references lead nowhere")

    def target(self, reference: str) -> object:
        """Return what a reference points to, a part of the whole; raises GrammarError."""
        place, _, path = reference.partition("#")
        target: Any = self._root
        for part in path.split("/")[1:]:
            key = part.replace("~1", "/").replace("~0", "~")
            if isinstance(target, list) and key.isdecimal() and int(key) < len(target):
                target = target[int(key)]
            elif isinstance(target, Mapping) and key in target:
                target = target[key]
            else:
                raise GrammarError(f"{reference} is not in it")
        if place:
            raise GrammarError(f"{reference} is elsewhere")
        return target

    def members(self, schema: object) -> list[tuple[str, object, bool]]:
        """Return the members of an object: key, schema, and whether it must be there."""
        found = self.followed(schema)
        if options := self.options(found):
            found = _merged(found, self.followed(options[0]))
        properties, required = found.get("properties"), found.get("required")
        if not isinstance(properties, Mapping):
            return []
        needed = required if isinstance(required, list) else []
        return [(str(key), value, key in needed) for key, value in properties.items()]

    def options(self, schema: Mapping[str, Any]) -> Sequence[object]:
        """Return the schemas one of which holds, none if it is this one."""
        options = schema.get("anyOf") or schema.get("oneOf")
        return options if isinstance(options, list) else ()

    def values(self, schema: Mapping[str, Any]) -> Sequence[object] | None:
        """Return the only values that there are, None if there are others."""
        if "const" in schema:
            return (schema["const"],)
        values = schema.get("enum")
        return values if isinstance(values, list) and values else None

    def kinds(self, schema: Mapping[str, Any]) -> Sequence[str]:
        """Return the types that a value may have."""
        found = types_of(schema)
        if not found and "properties" in schema:
            return ("object",)
        if unknown := found.difference(KINDS, ("integer",)):
            raise GrammarError(f"it knows no type '{unknown.pop()}'")
        return [kind for kind in (*KINDS, "integer") if kind in found] or KINDS

    def bounds(self, schema: Mapping[str, Any], low: str, high: str) -> tuple[int, int | None]:
        """Return the least and the largest length; raises GrammarError."""
        least, most = schema.get(low, 0), schema.get(high)
        for name, bound in ((low, least), (high, 0 if most is None else most)):
            if not isinstance(bound, int) or not 0 <= bound <= _MOST:
                raise GrammarError(f"'{name}' must be a whole number from 0 to {_MOST}")
        if most is not None and most < least:
            raise GrammarError(f"'{high}' is less than '{low}'")
        return least, most

    def alone(self, schema: Mapping[str, Any], kind: str) -> Mapping[str, Any]:
        """Return the schema for values of one type, with all that it may refer to."""
        found = self.followed(schema)
        defined = {name: self._root[name] for name in _DEFINITIONS if name in self._root}
        return {**defined, **found, "type": kind}


def _merged(first: Mapping[str, Any], second: Mapping[str, Any]) -> dict[str, Any]:
    """Return one schema that asks for what both ask for; raises GrammarError."""
    merged = {**first, **second}
    if "properties" in first and "properties" in second:
        merged["properties"] = {**_properties(first), **_properties(second)}
    if "required" in first and "required" in second:
        merged["required"] = [*_required(first), *_required(second)]
    return merged


def _properties(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    if isinstance(properties := schema["properties"], Mapping):
        return properties
    raise GrammarError("'properties' is not an object")


def _required(schema: Mapping[str, Any]) -> Sequence[Any]:
    if isinstance(required := schema["required"], list):
        return required
    raise GrammarError("'required' is not a list")

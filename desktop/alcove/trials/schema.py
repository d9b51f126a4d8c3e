"""The part of JSON Schema by which answers are checked."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from alcove.i18n import _

Schema = Mapping[str, Any]

_TYPES: dict[str, Callable[[Any], bool]] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
    "number": lambda value: _is_number(value),
    "integer": lambda value: _is_number(value) and float(value).is_integer(),
}
_REMARKS = ("title", "description", "$schema", "default", "examples")
_INNER = ("items", "additionalProperties")
_KEYWORDS = (
    *_REMARKS,
    *_INNER,
    *("type", "enum", "const", "properties", "required", "minItems", "maxItems"),
    *("minLength", "maxLength", "pattern", "minimum", "maximum"),
)
_BOUNDS: dict[str, tuple[str, Callable[[Any, Any], bool]]] = {
    "minItems": ("array", lambda value, bound: len(value) >= bound),
    "maxItems": ("array", lambda value, bound: len(value) <= bound),
    "minLength": ("string", lambda value, bound: len(value) >= bound),
    "maxLength": ("string", lambda value, bound: len(value) <= bound),
    "pattern": ("string", lambda value, bound: re.search(bound, value) is not None),
    "minimum": ("number", lambda value, bound: value >= bound),
    "maximum": ("number", lambda value, bound: value <= bound),
}


def unknown_keyword(schema: Schema) -> str | None:
    """Return a keyword, anywhere in a schema, that ``faults`` does not know or cannot use."""
    for keyword, value in schema.items():
        if keyword not in _KEYWORDS or not _is_usable(keyword, value):
            return keyword
    inner = [schema[name] for name in _INNER if isinstance(schema.get(name), Mapping)]
    inner += schema.get("properties", {}).values()
    return next((found for one in inner if (found := unknown_keyword(one))), None)


def faults(value: object, schema: Schema, where: str = "$") -> Iterator[str]:
    """Yield what is wrong with a JSON value, in words; nothing if it is as the schema says."""
    if not _has_type(value, schema):
        yield _("{where} must be of the type {type}").format(where=where, type=schema["type"])
        return
    if "enum" in schema and not any(_same(value, one) for one in schema["enum"]):
        yield _("{where} must be one of {values}").format(where=where, values=schema["enum"])
    if "const" in schema and not _same(value, schema["const"]):
        yield _("{where} must be {value!r}").format(where=where, value=schema["const"])
    for keyword, (kind, holds) in _BOUNDS.items():
        if keyword in schema and _TYPES[kind](value) and not holds(value, schema[keyword]):
            yield _("{where} breaks {keyword} {bound}").format(
                where=where, keyword=keyword, bound=schema[keyword]
            )
    if isinstance(value, dict):
        yield from _of_object(value, schema, where)
    if isinstance(value, list) and "items" in schema:
        for place, one in enumerate(value):
            yield from faults(one, schema["items"], f"{where}[{place}]")


def _of_object(value: dict[str, Any], schema: Schema, where: str) -> Iterator[str]:
    properties = schema.get("properties", {})
    others = schema.get("additionalProperties", True)
    for name in schema.get("required", ()):
        if name not in value:
            yield _("{where} lacks {name!r}").format(where=where, name=name)
    for name, one in value.items():
        if name in properties:
            yield from faults(one, properties[name], f"{where}.{name}")
        elif others is False:
            yield _("{where} has {name!r}, which is not asked for").format(where=where, name=name)
        elif isinstance(others, Mapping):
            yield from faults(one, others, f"{where}.{name}")


def _has_type(value: object, schema: Schema) -> bool:
    kinds = schema.get("type", list(_TYPES))
    return any(_TYPES[kind](value) for kind in ([kinds] if isinstance(kinds, str) else kinds))


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _same(one: Any, other: Any) -> bool:  # noqa: ANN401 - JSON
    """Whether two values are one in JSON, where true is not 1."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)


def _is_usable(keyword: str, value: Any) -> bool:  # noqa: ANN401 - JSON
    match keyword:
        case "type":
            kinds = [value] if isinstance(value, str) else value
            return isinstance(kinds, list) and all(kind in _TYPES for kind in kinds)
        case "properties":
            return isinstance(value, Mapping) and all(
                isinstance(one, Mapping) for one in value.values()
            )
        case "items":
            return isinstance(value, Mapping)
        case "additionalProperties":
            return isinstance(value, Mapping | bool)
        case "enum" | "required":
            return isinstance(value, list)
        case "pattern":
            return isinstance(value, str) and _compiles(value)
    return keyword not in _BOUNDS or _is_number(value)


def _compiles(expression: str) -> bool:
    try:
        re.compile(expression)
    except re.error:
        return False
    return True

"""Arguments that models write as text, as the JSON that the tool's schema asks for."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any, NoReturn

Tools = Mapping[str, Mapping[str, Any]]
"""The JSON schema of each function's parameters, by the function's name."""

_PYTHON = {"True": True, "False": False, "None": None}
"""How models that learned from Python write what JSON writes in small letters."""

_NAMES: dict[type, str] = {
    str: "string",
    bool: "boolean",
    int: "integer",
    float: "number",
    type(None): "null",
    list: "array",
}


def argument_of(text: str, schema: object, *, string: bool = False) -> Any:  # noqa: ANN401
    """Return the value that ``text`` stands for, by its JSON schema.

    Where that says nothing, ``string`` tells whether the model called it one; else what is JSON and
    no string is taken as JSON.
    """
    types = types_of(schema)
    if types == {"string"} or (not types and string):
        return text
    if text.strip() in _PYTHON and types and "string" not in types:
        return _PYTHON[text.strip()]
    try:
        value = parsed(text)
    except ValueError:
        return text
    if isinstance(value, str) and (not types or "string" in types):
        return text
    return text if "string" in types and not _is_one_of(types, value) else value


def property_schema(tools: Tools, function: str, name: str) -> object:
    """Return the schema of one parameter; None where it is not known."""
    properties = tools.get(function, {}).get("properties")
    return properties.get(name) if isinstance(properties, Mapping) else None


def parsed(text: str) -> Any:  # noqa: ANN401 - whatever a model writes
    """Return the value of JSON text; raises ValueError."""
    try:
        return json.loads(text, strict=False, parse_constant=_refuse, parse_float=_finite)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def encoded(value: object) -> str:
    """Return ``value`` as JSON text that UTF-8 can carry; raises ValueError for what JSON lacks."""
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    return text if is_unicode(text) else json.dumps(value, allow_nan=False)


def is_unicode(text: str) -> bool:
    """Whether UTF-8 can carry ``text``: JSON can escape halves of surrogate pairs."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def kind_of(value: object) -> str:
    """Return JSON's word for the type of a value."""
    return _NAMES.get(type(value), "object")


def types_of(schema: object) -> set[str]:
    """Return the types that a schema allows; none if it does not say."""
    if not isinstance(schema, Mapping):
        return set()
    if "type" in schema:
        declared = schema["type"]
        names = declared if isinstance(declared, list) else [declared]
        return {name for name in names if isinstance(name, str)}
    for choice in ("anyOf", "oneOf"):
        if isinstance(schema.get(choice), list):
            each = [types_of(option) for option in schema[choice]]
            return set[str]().union(*each) if all(each) else set()
    values = schema["enum"] if isinstance(schema.get("enum"), list) else []
    values = [schema["const"]] if "const" in schema else values
    return {kind_of(value) for value in values}


def _is_one_of(types: set[str], value: object) -> bool:
    kind = kind_of(value)
    return kind in types or (kind == "integer" and "number" in types)


def _finite(number: str) -> float:
    if not math.isfinite(value := float(number)):
        raise ValueError(f"{number} is too large")
    return value


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON")

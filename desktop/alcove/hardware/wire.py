"""A machine as JSON, for the probe process and for machines described in a file."""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import MISSING, asdict, fields, is_dataclass
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from alcove.hardware.machine import Machine


def to_json(machine: Machine) -> dict[str, Any]:
    """Turn ``machine`` into what ``json.dumps`` takes."""
    return asdict(machine)


def from_json(document: object) -> Machine:
    """Turn the JSON of a machine back into one; ValueError says what is wrong with it."""
    machine: Machine = _decode(Machine, document, "machine")
    return machine


def _decode(kind: Any, value: Any, place: str) -> Any:  # noqa: ANN401 - any JSON to any field
    """Check ``value`` against the annotation ``kind``, and build dataclasses and tuples."""
    if is_dataclass(kind) and isinstance(kind, type):
        return _decode_dataclass(kind, value, place)
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is tuple and isinstance(value, list | tuple):
        return tuple(_decode(arguments[0], item, place) for item in value)
    if origin in (Union, types.UnionType):
        inner = next(argument for argument in arguments if argument is not type(None))
        return None if value is None else _decode(inner, value, place)
    if origin is Literal and value in arguments:
        return value
    if kind is float and type(value) is int:
        return float(value)
    if origin is None and type(value) is kind:
        return value
    raise ValueError(f"{place} is {value!r}")


def _decode_dataclass(kind: type[Any], value: Any, place: str) -> Any:  # noqa: ANN401
    if not isinstance(value, Mapping):
        raise ValueError(f"{place} is {value!r}")
    hints = get_type_hints(kind)
    decoded = {}
    for field in fields(kind):
        inside = f"{place}.{field.name}"
        if field.name in value:
            decoded[field.name] = _decode(hints[field.name], value[field.name], inside)
        elif field.default is MISSING:
            raise ValueError(f"{inside} is missing")
    return kind(**decoded)

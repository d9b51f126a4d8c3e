from __future__ import annotations

from typing import Any

import pytest

from alcove.trials.schema import faults, unknown_keyword

PERSON = {
    "type": "object",
    "required": ["name"],
    "additionalProperties": False,
    "properties": {
        "name": {"type": "string", "minLength": 2, "pattern": "^[A-Z]"},
        "age": {"type": ["integer", "null"], "minimum": 0, "maximum": 150},
        "tags": {"type": "array", "maxItems": 2, "items": {"enum": ["a", "b"]}},
    },
}


@pytest.mark.parametrize(
    "value",
    [{"name": "Al"}, {"name": "Al", "age": 3.0, "tags": ["a", "b"]}, {"name": "Al", "age": None}],
)
def test_what_follows_a_schema_has_no_faults(value: object) -> None:
    assert list(faults(value, PERSON)) == []


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        ([], "$ must be of the type object"),
        ({}, "$ lacks 'name'"),
        ({"name": "Al", "more": 1}, "$ has 'more', which is not asked for"),
        ({"name": "A"}, "$.name breaks minLength 2"),
        ({"name": "al"}, "$.name breaks pattern ^[A-Z]"),
        ({"name": "Al", "age": 1.5}, "$.age must be of the type ['integer', 'null']"),
        ({"name": "Al", "age": True}, "$.age must be of the type ['integer', 'null']"),
        ({"name": "Al", "age": -1}, "$.age breaks minimum 0"),
        ({"name": "Al", "tags": ["a", "c"]}, "$.tags[1] must be one of ['a', 'b']"),
        ({"name": "Al", "tags": ["a", "b", "a"]}, "$.tags breaks maxItems 2"),
    ],
)
def test_a_fault_is_said_with_its_place(value: object, fault: str) -> None:
    assert list(faults(value, PERSON)) == [fault]


@pytest.mark.parametrize(
    ("value", "constant", "same"),
    [(True, 1, False), (1, 1.0, True), ({"a": [False]}, {"a": [0]}, False), ([1, 2], [1], False)],
)
def test_values_are_the_same_as_json(value: object, constant: object, same: bool) -> None:
    assert (not list(faults(value, {"const": constant}))) == same


def test_numbers_beyond_any_integer_are_none() -> None:
    assert list(faults(float("inf"), {"type": "integer"}))


@pytest.mark.parametrize(
    ("schema", "keyword"),
    [
        ({"type": "object", "properties": {"a": {"format": "date"}}}, "format"),
        ({"items": {"items": {"$ref": "#"}}}, "$ref"),
        ({"additionalProperties": {"not": {}}}, "not"),
        ({"properties": []}, "properties"),
        ({"minItems": "2"}, "minItems"),
        ({"pattern": "("}, "pattern"),
        ({"enum": 3}, "enum"),
        (PERSON, None),
    ],
)
def test_a_keyword_that_cannot_be_checked_is_named(
    schema: dict[str, Any], keyword: str | None
) -> None:
    assert unknown_keyword(schema) == keyword

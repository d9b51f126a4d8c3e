"""Grammars that an answer must follow: from JSON schemas to GBNF, and what is safe to parse."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from itertools import count
from typing import Any

import llama_cpp
from llama_cpp.llama_grammar import SchemaConverter

from alcove.llama.model import Model
from alcove.llama.rules import in_set, literal

_SIZE = 128 * 2**10
_DEPTH = 1010
"""llama.cpp's parser is recursive; thousands of nested groups end the process."""

_REPETITIONS = 1000
"""llama-cpp-python nests one group into another for each repetition that may be left out."""

MOST_SCHEMAS = 10_000
"""Schemas within a schema, at most, each counted as often as it has to be written anew."""

_REASON = 200
"""Characters of a reason that may quote the whole schema, at most."""

_PART = re.compile(
    r'"(?:\\.|[^"\\])*"|\[(?:\\.|[^\]\\])*\]|<[^>]*>|#[^\r\n]*|[\w-]+|[()]|\{[^}]*\}', re.DOTALL
)
"""What matters in GBNF: literals, sets of characters, tokens, comments, names, groups, counts."""

_COUNTS = re.compile(r"\{\s*(\d+)\s*,\s*(\d+)\s*\}")

_CHARACTER = re.compile(r"^char ::= .*$", re.MULTILINE)
_STRICT_CHARACTER = (
    r'char ::= [^"\\\x7F\x00-\x1F] | [\\] (["\\/bfnrt] | '
    '"u" [0-9a-fA-F] [0-9a-fA-F] [0-9a-fA-F] [0-9a-fA-F])'
)
"""JSON forbids control characters in strings; the rule of llama-cpp-python lets them pass."""

_CHARACTERS = {
    "json": _STRICT_CHARACTER,
    "python": r'char ::= [^"\\\x7F\x00-\x1F] | [\\] ["\\bfnrt]',
}
"""What strings hold; Python does not know all escapes of JSON."""

_ANY_CHARACTER = re.compile(r"^dot ::= .*$", re.MULTILINE)
_NO_CHARACTERS = r'"\\\x7F\x00-\x1F'
"""What stands in no JSON string as it is; patterns do not reckon with that."""

_BOUNDS = ("minItems", "maxItems", "minLength", "maxLength")
_CLASSES = {"d": "0-9", "w": "a-zA-Z0-9_", "s": " \\t\\n\\r"}
_SPECIAL = re.compile(r"\[(?:\\.|[^\]\\])*\]|\{[^}]*\}|\\(.)|([\]}])", re.DOTALL)
"""In a regular expression: sets of characters, quantifiers, escapes, ends without a beginning."""

_KEPT = frozenset("[]()|{}*+?\\nrt")
"""Escapes outside of sets that llama-cpp-python understands."""

_QUANTIFIER = re.compile(r"\{(\d*)(?:,(\d*))?\}")
_LISTS = ("anyOf", "oneOf", "allOf", "prefixItems")
_MAPPINGS = ("properties", "$defs", "definitions")
_OF_OBJECTS = {"properties", "required", "additionalProperties", "patternProperties"}
_OF_ARRAYS = {"items", "prefixItems", "minItems", "maxItems"}
_SHAPES = frozenset(
    ("type", "$ref", "anyOf", "oneOf", "allOf", "const", "enum", "properties", "items")
) | {"prefixItems", "additionalProperties", "pattern"}
_ANY = {"type": "value"}
"""llama-cpp-python's name for a value of any type."""


class GrammarError(Exception):
    """A grammar or a schema cannot be enforced; the message is the reason, without a full stop."""


def schema_grammar(schema: Mapping[str, Any], dialect: str = "json") -> str:
    """Return the GBNF of the JSON documents that ``schema`` allows; raises GrammarError.

    Bounds of numbers are not enforced. ``dialect`` "python": strings are Python's as well.
    """
    try:
        text = _converted(json.loads(json.dumps(_plain(schema, count(1)))))
    except (AssertionError, ValueError) as error:
        raise GrammarError(str(error)[:_REASON].rstrip(".")) from error
    except (AttributeError, KeyError, IndexError, TypeError, RecursionError) as error:
        raise GrammarError("it is not a JSON schema") from error
    text = _ANY_CHARACTER.sub(lambda _match: f"dot ::= [^{_NO_CHARACTERS}]", text)
    return checked(_CHARACTER.sub(lambda _match: _CHARACTERS[dialect], text))


def checked(grammar: str) -> str:
    """Return ``grammar``; raises GrammarError if llama.cpp's parser might not survive it."""
    if len(grammar) > _SIZE:
        raise GrammarError(f"it is larger than {_SIZE // 2**10} KiB")
    depth = deepest = 0
    for part in _PART.findall(grammar):
        depth += {"(": 1, ")": -1}.get(part, 0)
        deepest = max(deepest, depth)
        counts = _COUNTS.fullmatch(part)
        if counts and int(counts[1]) > int(counts[2]):  # llama.cpp would count to 2 ** 64
            raise GrammarError(f"it repeats something {part} times")
    if deepest > _DEPTH:
        raise GrammarError(f"its groups are nested more than {_DEPTH} deep")
    return grammar


def compile_grammar(grammar: str, model: Model) -> None:
    """Let llama.cpp parse ``grammar`` for ``model``; raises GrammarError if it refuses."""
    text = checked(grammar).encode()
    sampler = llama_cpp.llama_sampler_init_grammar(model.vocabulary, text, b"root")
    if not sampler:
        raise GrammarError("it is not valid GBNF with a rule named root")
    llama_cpp.llama_sampler_free(sampler)


class _Converter(SchemaConverter):
    """llama-cpp-python's converter, with values and keys written right whatever they hold."""

    def _format_literal(self, text: str) -> str:
        return literal(json.dumps(json.loads(text), ensure_ascii=False))

    def _generate_constant_rule(self, value: object) -> str:
        return literal(json.dumps(value, ensure_ascii=False))


def _converted(schema: dict[str, Any]) -> str:
    converter = _Converter(  # type: ignore[no-untyped-call]
        prop_order={}, allow_fetch=False, dotall=False, raw_pattern=False
    )
    converter.visit(converter.resolve_refs(schema, "stdin"), "")  # type: ignore[no-untyped-call]
    return str(converter.format_grammar())  # type: ignore[no-untyped-call]


def _plain(schema: Any, number: Iterator[int]) -> Any:  # noqa: ANN401 - may be true or false
    """Write a schema so that llama-cpp-python understands all of it; raises GrammarError.

    ``number`` counts the schemas that are written.
    """
    if next(number) > MOST_SCHEMAS:
        raise GrammarError(f"it comes to more than {MOST_SCHEMAS} schemas")
    if schema is True:
        return _ANY
    if not isinstance(schema, Mapping):
        raise GrammarError("a schema in it is not an object")
    _check_bounds(schema)
    if isinstance(schema.get("type"), list):
        kinds = {str(kind): kind for kind in schema["type"]}.values()
        return {"anyOf": [_plain(_of_kind(schema, kind), number) for kind in kinds]}
    plain = {name: _plain_keyword(name, value, number) for name, value in schema.items()}
    match plain.get("allOf"):
        case [dict(only)]:
            return {**{k: v for k, v in plain.items() if k != "allOf"}, **only}
    return plain if _SHAPES & plain.keys() else plain | _ANY


def _of_kind(schema: Mapping[str, Any], kind: object) -> dict[str, Any]:
    """Return what a schema says of values of one kind; nothing is said twice of their parts."""
    foreign = (_OF_ARRAYS if kind != "array" else set()) | (
        _OF_OBJECTS if kind != "object" else set()
    )
    told = {name: value for name, value in schema.items() if name not in foreign}
    return told | {"type": kind}


def _plain_keyword(name: str, value: Any, number: Iterator[int]) -> Any:  # noqa: ANN401 - any JSON
    if name == "pattern" and isinstance(value, str):
        return _SPECIAL.sub(_spelled, value)
    if name in _MAPPINGS and isinstance(value, Mapping):
        return {key: _plain(inner, number) for key, inner in value.items()}
    if name in (*_LISTS, "items") and isinstance(value, list):
        return [_plain(inner, number) for inner in value]
    if (name == "items" and value is not False) or (
        name == "additionalProperties" and not isinstance(value, bool)
    ):
        return _plain(value, number)
    if name == "additionalProperties" and value is True:
        return _ANY
    return value


def _spelled(match: re.Match[str]) -> str:
    """Write a part of a regular expression as llama-cpp-python, and GBNF, understand it."""
    escaped, stray = match.groups()
    if stray:
        return f"[{in_set(stray)}]"
    if escaped:
        return match[0] if escaped in _KEPT else f"[{_in_brackets(escaped)}]"
    spelled = re.sub(r"\\(.)", lambda escape: _in_brackets(escape[1]), match[0])
    return f"[^{_NO_CHARACTERS}{spelled[2:]}" if spelled.startswith("[^") else spelled


def _in_brackets(escaped: str) -> str:
    if escaped in _CLASSES:
        return _CLASSES[escaped]
    if escaped in "nrt\\[]-":
        return f"\\{escaped}"
    if escaped.isalnum():
        raise GrammarError(f"a pattern holds \\{escaped}")
    return in_set(escaped)


def _check_bounds(schema: Mapping[str, Any]) -> None:
    for name in _BOUNDS:
        value = schema.get(name, 0)
        if not isinstance(value, int) or not 0 <= value <= _REPETITIONS:
            raise GrammarError(f"'{name}' must be a whole number from 0 to {_REPETITIONS}")
    for low, high in _QUANTIFIER.findall(str(schema.get("pattern", ""))):
        if int(low or 0) > _REPETITIONS or int(high or 0) > _REPETITIONS:
            raise GrammarError(f"a pattern repeats more than {_REPETITIONS} times")

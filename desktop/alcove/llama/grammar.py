"""Grammars that an answer must follow: from JSON schemas to GBNF, and what is safe to parse."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

import llama_cpp
from llama_cpp.llama_grammar import json_schema_to_gbnf

from alcove.llama.model import Model

_SIZE = 128 * 2**10
_DEPTH = 1010
"""llama.cpp's parser is recursive; thousands of nested groups end the process."""

_REPETITIONS = 1000
"""llama-cpp-python nests one group into another for each repetition that may be left out."""

_REASON = 200
"""Characters of a reason that may quote the whole schema, at most."""

_PART = re.compile(
    r'"(?:\\.|[^"\\])*"|\[(?:\\.|[^\]\\])*\]|<[^>]*>|#[^\r\n]*|[\w-]+|[()]', re.DOTALL
)
"""What matters in GBNF: literals, sets of characters, tokens, comments, names, groups."""

_CHARACTER = re.compile(r"^char ::= .*$", re.MULTILINE)
_STRICT_CHARACTER = (
    r'char ::= [^"\\\x7F\x00-\x1F] | [\\] (["\\/bfnrt] | '
    '"u" [0-9a-fA-F] [0-9a-fA-F] [0-9a-fA-F] [0-9a-fA-F])'
)
"""JSON forbids control characters in strings; the rule of llama-cpp-python lets them pass."""

_BOUNDS = ("minItems", "maxItems", "minLength", "maxLength")
_CLASSES = {"d": "0-9", "w": "a-zA-Z0-9_", "s": " \\t\\n\\r"}
_SPECIAL = re.compile(r"\[(?:\\.|[^\]\\])*\]|\{[^}]*\}|\\(.)|([\]}])", re.DOTALL)
"""In a regular expression: sets of characters, quantifiers, escapes, ends without a beginning."""

_KEPT = frozenset("[]()|{}*+?\\nrt")
"""Escapes outside of sets that llama-cpp-python understands."""

_QUANTIFIER = re.compile(r"\{(\d*)(?:,(\d*))?\}")
_LISTS = ("anyOf", "oneOf", "allOf", "prefixItems")
_MAPPINGS = ("properties", "$defs", "definitions")
_SHAPES = frozenset(
    ("type", "$ref", "anyOf", "oneOf", "allOf", "const", "enum", "properties", "items")
) | {"prefixItems", "additionalProperties", "pattern"}
_ANY = {"type": "value"}
"""llama-cpp-python's name for a value of any type."""


class GrammarError(Exception):
    """A grammar or a schema cannot be enforced; the message is the reason, without a full stop."""


def schema_grammar(schema: Mapping[str, Any]) -> str:
    """Return the GBNF of the JSON documents that ``schema`` allows; raises GrammarError.

    Bounds of numbers are not enforced.
    """
    try:
        text = json_schema_to_gbnf(json.dumps(_plain(schema)))
    except (AssertionError, ValueError) as error:
        raise GrammarError(str(error)[:_REASON].rstrip(".")) from error
    except (AttributeError, KeyError, IndexError, TypeError, RecursionError) as error:
        raise GrammarError("it is not a JSON schema") from error
    return checked(_CHARACTER.sub(lambda _match: _STRICT_CHARACTER, text))


def checked(grammar: str) -> str:
    """Return ``grammar``; raises GrammarError if llama.cpp's parser might not survive it."""
    if len(grammar) > _SIZE:
        raise GrammarError(f"it is larger than {_SIZE // 2**10} KiB")
    depth = deepest = 0
    for part in _PART.findall(grammar):
        depth += {"(": 1, ")": -1}.get(part, 0)
        deepest = max(deepest, depth)
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


def after(mark: str, grammar: str) -> str:
    """Return the grammar of any text up to the first ``mark``, then white space and ``grammar``.

    The rule ``until-3`` has just read the first three characters of the mark.
    """
    rules = [f"root ::= until-0 [ \\t\\n]* {_INNER}"]
    for matched, character in enumerate(mark):
        ways = {other: _longest(mark, mark[:matched] + other) for other in dict.fromkeys(mark)}
        steps = [
            _literal(other) + (f" until-{state}" if state < len(mark) else "")
            for other, state in ways.items()
            if state > 0 or other == character
        ]
        rest = "".join(_in_set(other) for other, state in ways.items() if state > 0)
        rules.append(f"until-{matched} ::= {' | '.join(steps)} | [^{rest}] until-0")
    return "\n".join((*rules, _inner(grammar)))


_INNER = "inner-root"
_OF_OBJECTS = {"properties", "required", "additionalProperties", "patternProperties"}
_OF_ARRAYS = {"items", "prefixItems", "minItems", "maxItems"}


def _inner(grammar: str) -> str:
    """Rename the rule ``root``."""
    return _PART.sub(lambda match: _INNER if match[0] == "root" else match[0], grammar)


def _longest(mark: str, read: str) -> int:
    """Return how many characters of ``mark`` the text ``read`` ends with."""
    return next(size for size in range(len(read), -1, -1) if read.endswith(mark[:size]))


def _literal(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + escaped.replace("\n", "\\n").replace("\r", "\\r") + '"'


def _in_set(character: str) -> str:
    return f"\\x{ord(character):02X}" if ord(character) < 128 else character


def _plain(schema: Any) -> Any:  # noqa: ANN401 - a schema may be true or false
    """Write a schema so that llama-cpp-python understands all of it; raises GrammarError."""
    if schema is True:
        return _ANY
    if not isinstance(schema, Mapping):
        raise GrammarError("a schema in it is not an object")
    _check_bounds(schema)
    if isinstance(schema.get("type"), list):
        kinds = {str(kind): kind for kind in schema["type"]}.values()
        return {"anyOf": [_plain(_of_kind(schema, kind)) for kind in kinds]}
    plain = {name: _plain_keyword(name, value) for name, value in schema.items()}
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


def _plain_keyword(name: str, value: Any) -> Any:  # noqa: ANN401 - any JSON
    if name == "pattern" and isinstance(value, str):
        return _SPECIAL.sub(_spelled, value)
    if name in _MAPPINGS and isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    if name in _LISTS and isinstance(value, Sequence):
        return [_plain(inner) for inner in value]
    if name == "items" and isinstance(value, list):
        return [_plain(inner) for inner in value]
    if (name == "items" and value is not False) or (
        name == "additionalProperties" and not isinstance(value, bool)
    ):
        return _plain(value)
    if name == "additionalProperties" and value is True:
        return _ANY
    return value


def _spelled(match: re.Match[str]) -> str:
    """Write a part of a regular expression as llama-cpp-python, and GBNF, understand it."""
    escaped, stray = match.groups()
    if stray:
        return f"[{_in_set(stray)}]"
    if escaped:
        return match[0] if escaped in _KEPT else f"[{_in_brackets(escaped)}]"
    return re.sub(r"\\(.)", lambda escape: _in_brackets(escape[1]), match[0])


def _in_brackets(escaped: str) -> str:
    if escaped in _CLASSES:
        return _CLASSES[escaped]
    if escaped in "nrt\\[]-":
        return f"\\{escaped}"
    if escaped.isalnum():
        raise GrammarError(f"a pattern holds \\{escaped}")
    return _in_set(escaped)


def _check_bounds(schema: Mapping[str, Any]) -> None:
    for name in _BOUNDS:
        value = schema.get(name, 0)
        if not isinstance(value, int) or not 0 <= value <= _REPETITIONS:
            raise GrammarError(f"'{name}' must be a whole number from 0 to {_REPETITIONS}")
    for low, high in _QUANTIFIER.findall(str(schema.get("pattern", ""))):
        if int(low or 0) > _REPETITIONS or int(high or 0) > _REPETITIONS:
            raise GrammarError(f"a pattern repeats more than {_REPETITIONS} times")

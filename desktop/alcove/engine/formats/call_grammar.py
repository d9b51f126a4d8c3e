"""The grammar of calls, as each family of models writes them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from alcove.engine.formats.framed import framed
from alcove.engine.formats.writing import Writing
from alcove.llama.grammar import GrammarError
from alcove.llama.rules import Rules, literal

_NAME = re.compile(r"[\w.-]+")
"""Names of functions that every family can write."""

_PLACES = re.compile(r"(\{number\}|\{id\}|\{short id\})")
_IN_PLACES = {
    "{number}": "[0-9]{1,3}",
    "{id}": "[a-z0-9]{10}",
    "{short id}": "[a-zA-Z0-9]{9}",
}


@dataclass(frozen=True)
class Function:
    """A function that may be called, with the JSON schema of its parameters."""

    name: str
    parameters: Mapping[str, Any]


def calls(
    writing: Writing, functions: Sequence[Function], rules: Rules, tail: str, *, several: bool
) -> str:
    """Return the GBNF of one call, or ``several``, of these functions; raises GrammarError.

    ``tail`` is how the prompt ends, which a call may go on from.
    """
    first = _one_of(writing.behind(tail), functions, rules)
    skipped = (f"{literal(text)}?" for text in writing.skipped)
    parts = [*skipped, framed(writing.behind(tail).begin), first]
    if several and not writing.single:
        parts.append(f"({framed(writing.between)} {_one_of(writing, functions, rules)})*")
    return " ".join((*parts, framed(writing.end)))


def _one_of(writing: Writing, functions: Sequence[Function], rules: Rules) -> str:
    return rules.add(" | ".join(_call(writing, function, rules) for function in functions))


def _call(writing: Writing, function: Function, rules: Rules) -> str:
    if not _NAME.fullmatch(function.name):
        raise GrammarError(f"the name {function.name!r} cannot be written as this model does")
    before, after = (
        _framed(text.replace("{name}", function.name)) for text in (writing.before, writing.after)
    )
    arguments = rules.add(writing.arguments.expression(function.parameters, rules))
    return f"{before} {arguments} {after}"


def _framed(text: str) -> str:
    """Return the GBNF of the text around a call."""
    parts = _PLACES.split(text)
    return " ".join(_IN_PLACES.get(part) or framed(part) for part in parts)

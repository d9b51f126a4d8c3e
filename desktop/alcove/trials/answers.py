"""What stands in an answer: code blocks, JSON, and a text without its ornaments."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

_FENCED = re.compile(
    r"^[ \t]*(`{3,}|~{3,})[ \t]*([\w+-]*)[^\n]*\n(.*?)(?:^[ \t]*\1|\Z)", re.M | re.S
)
_ORNAMENTS = " \t\r\n*_`\"'“”„‘’.!"
_PYTHON = ("", "python", "python3", "py")
_JSON = ("", "json", "json5", "jsonc")


@dataclass(frozen=True)
class Block:
    """A fenced code block; ``language`` is in small letters, empty where none is named."""

    language: str
    text: str


def blocks_of(answer: str) -> tuple[Block, ...]:
    """Return the fenced code blocks of an answer; the last one need not be closed."""
    return tuple(Block(found[2].casefold(), found[3]) for found in _FENCED.finditer(answer))


def code_of(answer: str) -> str:
    """Return the first code block that may be Python, or the answer itself where there is none."""
    found = (block.text for block in blocks_of(answer) if block.language in _PYTHON)
    return next(found, answer)


def json_of(answer: str) -> Any:  # noqa: ANN401 - JSON
    """Return the JSON value that an answer is, or that its first code block for JSON holds.

    Raises ValueError where there is none, or it is no JSON, such as NaN.
    """
    found = (block.text for block in blocks_of(answer) if block.language in _JSON)
    try:
        return json.loads(next(found, answer), parse_constant=_refuse)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error


def plain(text: str) -> str:
    """Write a text in one way: small letters, single spaces, no quotes, emphasis or full stop."""
    return " ".join(text.casefold().split()).strip(_ORNAMENTS)


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")

"""Answers as each family of models writes them, and what is to be read in them."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from alcove.engine.answer import Delta
from alcove.engine.formats import NOTHING, Format, Opening, Reader, joined

TOOLS: Mapping[str, Mapping[str, Any]] = {
    "get_weather": {
        "type": "object",
        "properties": {"city": {"type": "string"}, "days": {"type": "integer"}},
        "required": ["city"],
    }
}

PARIS = ("get_weather", {"city": "Paris", "days": 2})
ROME = ("get_weather", {"city": 'Rome "x" <b>\n½'})


def read(
    form: Format,
    chunks: Iterable[str],
    *,
    opening: Opening = NOTHING,
    tools: Mapping[str, Mapping[str, Any]] | None = TOOLS,
) -> Delta:
    """Read an answer that comes in ``chunks``; ids that the model gave none are id0, id1, ..."""
    ids = itertools.count()
    reader = Reader(form, opening, tools, lambda: f"id{next(ids)}")
    whole = Delta()
    for chunk in chunks:
        whole = joined(whole, reader.push(chunk))
    return joined(whole, reader.finish())


def calls_of(delta: Delta) -> list[tuple[str, Any]]:
    """Return names and arguments of the calls in a whole answer."""
    assert [piece.index for piece in delta.calls] == list(range(len(delta.calls)))
    assert all(piece.id for piece in delta.calls)
    return [(piece.name, json.loads(piece.arguments)) for piece in delta.calls]


@dataclass(frozen=True)
class Sample:
    """One answer; ``calls`` are names with arguments, or with the text of broken ones."""

    form: Format
    answer: str
    text: str = ""
    reasoning: str = ""
    calls: tuple[tuple[str, object], ...] = ()
    opening: Opening = NOTHING

"""Making a model call a tool: how its answer is begun for it, and what it may write then."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from alcove.engine.formats.format import NOTHING, Format, Opening
from alcove.engine.formats.json_calls import JsonCalls
from alcove.engine.formats.named_calls import NamedCalls

_BEHIND_REASONING = "\n\n"


@dataclass(frozen=True)
class ForcedCall:
    """What makes a model call a tool.

    ``prefix`` is added to the prompt, then the answer must match the JSON ``schema``, and
    ``close`` would follow. ``opening`` is where the reader of the answer begins.
    """

    prefix: str
    schema: Mapping[str, Any]
    close: str
    opening: Opening


def forced_call(
    form: Format,
    tools: Sequence[tuple[str, Mapping[str, Any]]],
    opening: Opening = NOTHING,
    *,
    parallel: bool = False,
) -> ForcedCall | None:
    """Return what makes the model call one of ``tools``, names with their parameters' schemas.

    ``opening`` is what the prompt leaves open; reasoning is closed first. None where no call of the
    family's is JSON, or where the name comes before the JSON and more than one is possible.
    """
    if not tools:
        return None
    for syntax in form.calls + form.header.calls:
        if isinstance(syntax, JsonCalls):
            begin = syntax.open + syntax.padding
            schema = _objects(syntax, tools, parallel=parallel)
            close = syntax.padding + syntax.close
        elif isinstance(syntax, NamedCalls) and syntax.begin and len(tools) == 1:
            name, schema = tools[0][0], _as_object(tools[0][1])
            begin, close = syntax.begin.format(name=name), syntax.close
        else:
            continue
        return ForcedCall(_behind(form, opening) + begin, schema, close, Opening(begin))
    return None


def _behind(form: Format, opening: Opening) -> str:
    """Return what closes the reasoning that the prompt opened."""
    for fence in form.reasoning:
        if opening.tail == fence.open:
            return fence.close + ("" if fence.anywhere else _BEHIND_REASONING)
    return ""


def _objects(
    syntax: JsonCalls, tools: Sequence[tuple[str, Mapping[str, Any]]], *, parallel: bool
) -> Mapping[str, Any]:
    calls = [
        {
            "type": "object",
            "properties": {syntax.name: {"const": name}, syntax.arguments: _as_object(parameters)},
            "required": [syntax.name, syntax.arguments],
            "additionalProperties": False,
        }
        for name, parameters in tools
    ]
    one = calls[0] if len(calls) == 1 else {"anyOf": calls}
    if not syntax.listed:
        return one
    listed: dict[str, Any] = {"type": "array", "items": one, "minItems": 1}
    return listed if parallel else {**listed, "maxItems": 1}


def _as_object(parameters: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a schema that JSON objects match; a tool without parameters has an empty one."""
    return {"type": "object", "properties": {}, **parameters}

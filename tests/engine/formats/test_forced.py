"""Calls that a model is made to make: what it may write is read as a call again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from alcove.engine.formats import Format, Opening, families, forced_call
from alcove.engine.formats import token_families as token
from engine.formats.answers import PARIS, ROME, TOOLS, calls_of, read

_ONE = list(TOOLS.items())
_TWO = [*_ONE, ("stop", {})]


def an_answer(schema: Mapping[str, Any], given: tuple[str, object]) -> str:
    """Return a text that ``schema`` allows, the call ``given``."""
    if "items" in schema:
        return f"[{an_answer(schema['items'], given)}]"
    keys = list(schema.get("anyOf", [schema])[0]["properties"])
    if keys == list(TOOLS["get_weather"]["properties"]):
        return json.dumps(given[1])
    return json.dumps(dict(zip(keys, given, strict=True)))


@pytest.mark.parametrize(
    ("form", "prefix"),
    [
        (families.HERMES, "<tool_call>\n"),
        (families.FUNCTION_TAGS, "<tool_call>\n"),
        (families.MINIMAX_M1, "<tool_calls>\n"),
        (families.NEMOTRON_2, "<TOOLCALL>"),
        (token.MISTRAL_LIST, "[TOOL_CALLS]"),
        (token.LLAMA_3, ""),
        (token.COHERE, "<|START_ACTION|>"),
        (token.LFM_2, "<|tool_call_start|>"),
        (token.GRANITE_3, "<|tool_call|>"),
        (token.PHI_4_MINI, "<|tool_call|>"),
        (token.GIGACHAT, "<|function_call|>"),
        (token.MISTRAL, "[TOOL_CALLS]get_weather[ARGS]"),
        (token.FUNCTIONARY_3_1, "<function=get_weather>"),
        (
            token.HARMONY,
            "<|channel|>commentary to=functions.get_weather <|constrain|>json<|message|>",
        ),
        (
            token.KIMI_K2,
            "<|tool_calls_section_begin|><|tool_call_begin|>functions.get_weather:0"
            "<|tool_call_argument_begin|>",
        ),
        (
            token.DEEPSEEK_R1,
            "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>get_weather\n```json\n",
        ),
        (
            token.DEEPSEEK_V3,
            "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>get_weather<｜tool▁sep｜>",
        ),
    ],
)
def test_a_forced_call_is_read(form: Format, prefix: str) -> None:
    forced = forced_call(form, _ONE)
    assert forced is not None
    assert forced.prefix == prefix
    for call in (PARIS, ROME):
        answer = an_answer(forced.schema, call)
        for closed in ("", forced.close):
            found = read(form, answer + closed, opening=forced.opening)
            assert (calls_of(found), found.text) == ([call], "")


def test_one_of_several_tools() -> None:
    forced = forced_call(families.HERMES, _TWO)
    assert forced is not None
    first, second = forced.schema["anyOf"]
    assert first["properties"] == {
        "name": {"const": "get_weather"},
        "arguments": TOOLS["get_weather"],
    }
    assert second["properties"]["arguments"] == {"type": "object", "properties": {}}
    assert forced_call(token.HARMONY, _TWO) is None


def test_lists_hold_as_many_calls_as_may_be_made() -> None:
    one, many = (forced_call(token.GRANITE_3, _TWO, parallel=several) for several in (False, True))
    assert one is not None
    assert many is not None
    assert (one.schema["maxItems"], one.schema["minItems"]) == (1, 1)
    assert "maxItems" not in many.schema


def test_reasoning_is_closed_first() -> None:
    forced = forced_call(families.HERMES, _ONE, families.HERMES.opened("<think>\n"))
    assert forced is not None
    assert (forced.prefix, forced.opening) == (
        "</think>\n\n<tool_call>\n",
        Opening("<tool_call>\n"),
    )
    cohere = forced_call(token.COHERE, _ONE, Opening("<|START_THINKING|>"))
    assert cohere is not None
    assert cohere.prefix == "<|END_THINKING|><|START_ACTION|>"


@pytest.mark.parametrize("form", [families.PLAIN, families.GLM, token.GEMMA_4, token.MUSE])
def test_some_families_cannot_be_made_to_call(form: Format) -> None:
    assert forced_call(form, _ONE) is None
    assert forced_call(families.HERMES, []) is None

"""The calls that formats have models write are those that the models' own templates show."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from alcove.engine.answer import ToolCall, Turn
from alcove.engine.formats import Format, format_of
from alcove.engine.template import ChatTemplate
from alcove.engine.templates.renderer import Renderer
from alcove.engine.tools import Tool
from engine.formats.answers import PARIS, TOOLS
from engine.formats.written import written
from llama_cpp_source import llama_cpp_source

_SILENT = {
    "CohereForAI-c4ai-command-r-plus-tool_use": "arguments are spread over lines",
    "Kimi-K2-Instruct": "it changes a list, which is not allowed",
    "Kimi-K2-Thinking": "it changes a list, which is not allowed",
    "LFM2-8B-A1B": "it writes no calls",
    "LFM2.5-8B-A1B": "strings are in single quotes",
    "LFM2.5-Instruct": "it writes no calls",
    "deepseek-ai-DeepSeek-R1-Distill-Llama-8B": "it writes no calls",
    "fireworks-ai-llama-3-firefunction-v2": "it wants variables of its own",
    "ibm-granite-granite-3.3-2B-Instruct": "it writes no calls",
    "inclusionai-ling-3.0-flash": "line breaks are in some places only",
    "llama-cpp-deepseek-r1": "it filters what is no list",
    "openai-gpt-oss-120b": "the recipient is in another place of the header",
    "openbmb-MiniCPM5-1B": "only difficult strings are in CDATA",
}
"""Templates of which nothing can be learned, or another way that models know as well."""

_TEMPLATES = [
    path
    for path in sorted((llama_cpp_source() / "models" / "templates").glob("*.jinja"))
    if path.stem not in _SILENT and format_of(path.read_text("utf-8")).writing
]
_WEATHER = Tool(
    {
        "type": "function",
        "function": {
            "name": "get_weather",
            "description": "Tells the weather.",
            "parameters": TOOLS["get_weather"],
        },
    }
)
_OSLO = ("get_weather", {"city": 'Oslo "x" <b>'})


@pytest.fixture(scope="module")
def renderer() -> Renderer:
    return Renderer()


@pytest.mark.parametrize("path", _TEMPLATES, ids=[path.stem for path in _TEMPLATES])
def test_a_template_writes_the_same(path: Path, renderer: Renderer) -> None:
    source = path.read_text("utf-8")
    form = format_of(source)
    assert form.writing
    length = 9 if form.short_ids else 10
    ids = ["abcdefghi0"[:length], "bcdefghij1"[:length]]
    calls = [PARIS, _OSLO][: 1 if form.writing.single else 2]
    asked = tuple(
        ToolCall(name, json.dumps(arguments), call_id)
        for (name, arguments), call_id in zip(calls, ids, strict=False)
    )
    turns = (
        Turn("user", "Hi"),
        Turn("assistant", "", tool_calls=asked),
        Turn("tool", "It rains.", tool_call_id=ids[0], name="get_weather"),
    )
    template = ChatTemplate(source, "<s>", "</s>", renderer=renderer)
    prompt = template.render(turns, tools=[_WEATHER]).text
    assert any(text in prompt for text in _ways(form, calls, ids)), prompt[-1500:]


def _ways(
    form: Format, calls: list[tuple[str, dict[str, object]]], ids: list[str]
) -> Iterator[str]:
    for line in ("\n", ""):
        for first in (0, 1):
            yield written(form, calls, line=line, ids=ids, first=first)

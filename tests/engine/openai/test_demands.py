"""What a real model is made to answer, in the writing of several families, by OpenAI's client."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openai
import pytest

from engine.openai.conftest import with_template

SIGNS = {"GLM": "<arg_key>", "Harmony": "<|channel|>"}
"""Texts by which a template is taken for one of a family."""

TEMPLATE = (
    "{# SIGNS #}{% if tools %}{{ tools | tojson }}\n{% endif %}{% for m in messages %}"
    "<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}<|im_start|>assistant\n"
)
QUESTION: Any = [{"role": "user", "content": "What is the weather in Paris?"}]
CITY = {"type": "string", "maxLength": 12}
FORM: Any = {
    "type": "json_schema",
    "json_schema": {
        "name": "place",
        "schema": {
            "type": "object",
            "properties": {"place": CITY},
            "required": ["place"],
            "additionalProperties": False,
        },
    },
}


def tool(name: str) -> Any:
    schema = {
        "type": "object",
        "properties": {"city": CITY, "unit": {"enum": ["C", "F"]}},
        "required": ["city", "unit"],
    }
    return {"type": "function", "function": {"name": name, "parameters": schema}}


TOOLS = [tool("weather"), tool("forecast")]
FORECAST: Any = {"type": "function", "function": {"name": "forecast"}}


@pytest.fixture(scope="module", params=SIGNS)
def family(
    request: pytest.FixtureRequest, smollm2_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[openai.OpenAI]:
    """OpenAI's client of a model that is taken for one of a family."""
    template = TEMPLATE.replace("SIGNS", SIGNS[request.param])
    with with_template(smollm2_path, tmp_path_factory.mktemp("family"), template) as remote:
        yield remote


@pytest.fixture(scope="module")
def thinker(
    smollm2_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[openai.OpenAI]:
    """OpenAI's client of a model whose prompts begin the reasoning, unless that is turned off."""
    opened = "{% if enable_thinking is defined %}<think></think>{% else %}<think>{% endif %}\n"
    template = TEMPLATE.replace("SIGNS", "<tool_call>") + opened
    with with_template(smollm2_path, tmp_path_factory.mktemp("thinker"), template) as remote:
        yield remote


def ask(remote: openai.OpenAI, **fields: Any) -> Any:
    settings = {"temperature": 0, "max_tokens": 200, "tools": TOOLS, **fields}
    return remote.chat.completions.create(model="smollm2", messages=QUESTION, **settings)


def check_calls(calls: Any, names: set[str]) -> None:
    assert calls
    for call in calls:
        assert call.id
        assert call.function.name in names
        arguments = json.loads(call.function.arguments)
        assert arguments.keys() == {"city", "unit"}
        assert len(arguments["city"]) <= 12
        assert arguments["unit"] in ("C", "F")


def test_a_call_is_demanded(family: openai.OpenAI) -> None:
    asked: Any = {"tool_choice": "required", "parallel_tool_calls": False}
    asked["reasoning_effort"] = "none"
    (choice,) = ask(family, **asked).choices
    assert choice.finish_reason == "tool_calls"
    assert not choice.message.content
    assert len(choice.message.tool_calls) == 1
    check_calls(choice.message.tool_calls, {"weather", "forecast"})
    streamed = ""
    for chunk in ask(family, **asked, stream=True):
        for piece in chunk.choices[0].delta.tool_calls or ():
            streamed += (piece.function.name or "") + piece.function.arguments
    function = choice.message.tool_calls[0].function
    assert streamed == function.name + function.arguments


def test_a_function_is_named_in_several_answers(family: openai.OpenAI) -> None:
    choices = ask(family, tool_choice=FORECAST, n=2, temperature=1, reasoning_effort="none").choices
    assert [choice.finish_reason for choice in choices] == ["tool_calls"] * 2
    for choice in choices:
        assert len(choice.message.tool_calls) == 1
        check_calls(choice.message.tool_calls, {"forecast"})


def test_a_call_or_a_form(family: openai.OpenAI) -> None:
    asked: Any = {"response_format": FORM, "reasoning_effort": "none"}
    (choice,) = ask(family, **asked, parallel_tool_calls=False).choices
    if choice.message.tool_calls:
        check_calls(choice.message.tool_calls, {"weather", "forecast"})
        assert not choice.message.content
    else:
        assert json.loads(choice.message.content).keys() == {"place"}
    (formed,) = ask(family, **asked, tool_choice="none").choices
    assert json.loads(formed.message.content).keys() == {"place"}


def test_a_response_that_is_a_call_or_has_a_form(family: openai.OpenAI) -> None:
    form = {"type": "json_schema", **FORM["json_schema"]}
    settings: Any = {"temperature": 0, "max_output_tokens": 200, "parallel_tool_calls": False}
    response = family.responses.create(
        model="smollm2",
        input="Weather in Paris?",
        tools=[{"type": "function", **each["function"]} for each in TOOLS],
        text={"format": form},
        reasoning={"effort": "none"},
        **settings,
    )
    (item,) = response.output
    if item.type == "function_call":
        assert json.loads(item.arguments).keys() == {"city", "unit"}
    else:
        assert json.loads(response.output_text).keys() == {"place"}


@pytest.mark.parametrize("demand", [{"tool_choice": "required"}, {"response_format": FORM}])
def test_a_demand_leaves_the_reasoning_be(thinker: openai.OpenAI, demand: dict[str, Any]) -> None:
    asked = {**demand, "max_tokens": 10, "temperature": 0}
    thinking = ask(thinker, **asked)
    message = thinking.choices[0].message
    assert message.reasoning_content
    assert not message.content
    assert not message.tool_calls
    assert thinking.usage.completion_tokens_details.reasoning_tokens == 10
    off = ask(thinker, **demand, parallel_tool_calls=False, reasoning_effort="none")
    assert off.choices[0].message.content or off.choices[0].message.tool_calls
    assert not hasattr(off.choices[0].message, "reasoning_content")
    assert off.usage.completion_tokens_details.reasoning_tokens == 0

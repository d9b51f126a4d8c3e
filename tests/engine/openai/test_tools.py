"""Calls of tools by the real model process, through OpenAI's client."""

from __future__ import annotations

import json
from typing import Any

import openai

QUESTION: Any = {"role": "user", "content": "What is the weather in Paris?"}


def tool(name: str) -> Any:
    schema = {
        "type": "object",
        "properties": {"city": {"type": "string", "maxLength": 20}},
        "required": ["city"],
    }
    return {"type": "function", "function": {"name": name, "parameters": schema}}


TOOLS = [tool("weather"), tool("time")]
TIME: Any = {"type": "function", "function": {"name": "time"}}


def call_of(answer: Any) -> tuple[str, str]:
    (choice,) = answer.choices
    assert choice.finish_reason == "tool_calls"
    (call,) = choice.message.tool_calls
    assert call.id
    assert json.loads(call.function.arguments).keys() == {"city"}
    return call.id, call.function.name


def ask(remote: openai.OpenAI, messages: Any, **fields: Any) -> Any:
    settings: Any = {"model": "smollm2", "temperature": 0, "max_tokens": 100, **fields}
    return remote.chat.completions.create(messages=messages, tools=TOOLS, **settings)


def test_a_call_that_is_required_and_its_result(toolsmith: openai.OpenAI) -> None:
    answer = ask(toolsmith, [QUESTION], tool_choice="required", parallel_tool_calls=False)
    identity, name = call_of(answer)
    assert name in ("weather", "time")
    result = {"role": "tool", "tool_call_id": identity, "content": "It rains."}
    after = ask(toolsmith, [QUESTION, answer.choices[0].message, result], tool_choice="none")
    assert after.choices[0].message.content
    assert not after.choices[0].message.tool_calls


def test_a_call_that_is_named(toolsmith: openai.OpenAI) -> None:
    assert call_of(ask(toolsmith, [QUESTION], tool_choice=TIME))[1] == "time"


def test_a_call_in_pieces(toolsmith: openai.OpenAI) -> None:
    settings: Any = {"model": "smollm2", "temperature": 0, "max_tokens": 100}
    with toolsmith.chat.completions.stream(
        messages=[QUESTION], tools=TOOLS, tool_choice=TIME, **settings
    ) as stream:
        answer = stream.until_done().get_final_completion()
    assert call_of(answer)[1] == "time"


def test_a_call_in_a_response(toolsmith: openai.OpenAI) -> None:
    flat: Any = [{"type": "function", **each["function"]} for each in TOOLS]
    settings: Any = {"model": "smollm2", "temperature": 0, "tools": flat}
    response = toolsmith.responses.create(
        input="Weather in Paris?", tool_choice={"type": "function", "name": "weather"}, **settings
    )
    (call,) = response.output
    assert call.type == "function_call"
    assert call.name == "weather"
    result: Any = {"type": "function_call_output", "call_id": call.call_id, "output": "It rains."}
    history: Any = [{"role": "user", "content": "Weather in Paris?"}, call.to_dict(), result]
    after = toolsmith.responses.create(
        input=history, tool_choice="none", max_output_tokens=16, **settings
    )
    assert after.output_text

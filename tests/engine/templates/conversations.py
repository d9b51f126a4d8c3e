"""Conversations of every kind that a chat template has to put into words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from alcove.engine.answer import ToolCall, Turn
from alcove.engine.template import TemplateOptions
from alcove.engine.tools import Tool

WEATHER = Tool(
    {
        "type": "function",
        "function": {
            "name": "get_weather",
            "description": 'What the weather is like: "sunny" & <warm>.',
            "parameters": {
                "type": "object",
                "properties": {
                    "city": {"type": "string", "description": "Name of the city"},
                    "days": {"type": "integer", "description": "Days ahead", "default": 1},
                    "unit": {"type": "string", "enum": ["C", "F"], "description": "Unit"},
                },
                "required": ["city"],
            },
        },
    }
)
TIME = Tool(
    {
        "type": "function",
        "function": {
            "name": "get_time",
            "description": "The time in a zone.",
            "parameters": {"type": "object", "properties": {"zone": {"type": "string"}}},
        },
    }
)
DOCUMENTS = (
    {"title": "Tides", "text": "The moon makes them.", "doc_id": "1"},
    {"title": "Étoiles", "text": 'They are "suns".', "doc_id": "2"},
)

_SYSTEM = Turn("system", "You are a helpful assistant.\nBe brief.")
_ASK = Turn("user", "What is the weather in Zürich?")
_CALL = Turn(
    "assistant",
    "",
    tool_calls=(ToolCall("get_weather", '{"city": "Zürich", "days": 2}', "call00001"),),
)
_RESULT = Turn("tool", '{"sky": "clear"}', tool_call_id="call00001", name="get_weather")


@dataclass(frozen=True)
class Conversation:
    """What is rendered; ``mentions`` names what a template must mention for it to matter."""

    turns: tuple[Turn, ...]
    tools: tuple[Tool, ...] = ()
    options: TemplateOptions = field(default_factory=TemplateOptions)
    mentions: str = ""


def _with(turns: tuple[Turn, ...], mentions: str = "", **options: Any) -> Conversation:
    return Conversation(turns, (), TemplateOptions(**options), mentions)


_SIMPLE = (_SYSTEM, Turn("user", "Hi"))
_CALLED = (_SYSTEM, _ASK, _CALL, _RESULT)
_REASONED = (
    _SYSTEM,
    Turn("user", "What is 2 + 2?"),
    Turn("assistant", "It is 4.", reasoning="Two and two make four.\nThat is easy."),
    Turn("user", "And 3 + 3?"),
)

CONVERSATIONS: Mapping[str, Conversation] = {
    "system and user": _with(_SIMPLE),
    "user alone": _with((Turn("user", "Hi"),)),
    "many turns": _with(
        (
            _SYSTEM,
            Turn("user", "Hi"),
            Turn("assistant", "Hello! How can I help?"),
            Turn("user", "Tell me a joke."),
            Turn("assistant", "  A horse walks into a bar.\n\n"),
            Turn("user", " Another one, please. "),
        )
    ),
    "unusual text": _with(
        (
            Turn("system", 'Use "quotes", <b>tags</b> & {{ braces }}.'),
            Turn("user", "Grüße, 世界! 🦙\t\\n '\"\n\n```python\nprint(1)\n```\n"),
        )
    ),
    "no answer begun": _with((*_SIMPLE, Turn("assistant", "Hello!")), generation_prompt=False),
    "tools offered": Conversation((_SYSTEM, _ASK), (WEATHER, TIME)),
    "tools offered, no system": Conversation((_ASK,), (WEATHER,)),
    "call and result": Conversation(_CALLED, (WEATHER, TIME)),
    "call and result, tools gone": Conversation(_CALLED),
    "two calls at once": Conversation(
        (
            _SYSTEM,
            _ASK,
            Turn(
                "assistant",
                "I look that up.",
                tool_calls=(
                    ToolCall("get_weather", '{"city": "Zürich", "unit": "C"}', "call00001"),
                    ToolCall("get_time", '{"zone": "CET", "parts": {"h": [1, 2.5]}}', "call00002"),
                ),
            ),
            _RESULT,
            Turn("tool", "12:30", tool_call_id="call00002", name="get_time"),
        ),
        (WEATHER, TIME),
    ),
    "call, result, answer, question": Conversation(
        (*_CALLED, Turn("assistant", "It is clear."), Turn("user", "Thanks. And tomorrow?")),
        (WEATHER,),
    ),
    "reasoning earlier": _with(_REASONED),
    "reasoning before a call": Conversation(
        (
            _SYSTEM,
            _ASK,
            Turn("assistant", "", reasoning="I must look.", tool_calls=_CALL.tool_calls),
            _RESULT,
        ),
        (WEATHER,),
    ),
    "answer continued": _with(
        (*_SIMPLE, Turn("assistant", "Hello, my name is")), continue_last=True
    ),
    "answer continued after a space": _with(
        (*_SIMPLE, Turn("assistant", "Hello, my ")), continue_last=True
    ),
    "reasoned answer continued": _with(
        (*_REASONED, Turn("assistant", "It is", reasoning="Six.")), continue_last=True
    ),
    "reasoning continued": _with(
        (*_REASONED, Turn("assistant", "", reasoning="Three and three")), continue_last=True
    ),
    "documents": _with(_SIMPLE, "documents", documents=DOCUMENTS),
    **{
        f"{name} {value}": _with(_REASONED, name, variables={name: value})
        for name, values in {
            "enable_thinking": (True, False),
            "thinking": (True, False),
            "reasoning_effort": ("low", "medium", "high", "none"),
            "thinking_budget": (0, 512),
            "date_string": ("24 Dec 2025",),
        }.items()
        for value in values
    },
}

"""A conversation as the objects that chat templates read."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from alcove.engine.answer import ToolCall, Turn


def to_messages(turns: Sequence[Turn], *, text_arguments: bool = False) -> list[dict[str, Any]]:
    """Return ``turns`` as messages; what a turn does not have is left out.

    The arguments of tool calls are objects, as most templates want them, or their text.
    """
    return [_message(turn, text_arguments) for turn in turns]


def continued(turn: Turn) -> str:
    """Return what of ``turn`` goes on where it is continued: its text, or its reasoning."""
    return turn.content or turn.reasoning


def marked(turn: Turn, mark: str) -> Turn:
    """Return ``turn`` with ``mark`` behind what goes on where it is continued."""
    if turn.reasoning and not turn.content:
        return replace(turn, reasoning=turn.reasoning + mark)
    return replace(turn, content=turn.content + mark)


def without_system(turns: Sequence[Turn]) -> tuple[Turn, ...]:
    """Return ``turns`` with the system message as the beginning of the user's first."""
    match turns:
        case [Turn(role="system", content=system), Turn(role="user", content=first), *rest]:
            return (Turn("user", f"{system}\n\n{first}"), *rest)
    return tuple(turns)


def _message(turn: Turn, text_arguments: bool) -> dict[str, Any]:
    message = {
        "thinking": turn.reasoning,  # as gpt-oss has it; the others read the longer name
        "role": turn.role,
        "content": turn.content,
        "reasoning_content": turn.reasoning,
        "tool_calls": [_call(call, text_arguments) for call in turn.tool_calls],
        "tool_call_id": turn.tool_call_id,
        "name": turn.name,
    }
    return {key: value for key, value in message.items() if value or key == "content"}


def _call(call: ToolCall, text_arguments: bool) -> dict[str, Any]:
    arguments = call.arguments if text_arguments else _arguments(call.arguments)
    function = {"name": call.name, "arguments": arguments}
    identity = {"id": call.id} if call.id else {}
    return {**identity, "type": "function", "function": function}


def _arguments(text: str) -> dict[str, Any] | str:
    try:
        arguments = json.loads(text or "{}")
    except (ValueError, RecursionError):
        return text
    return arguments if isinstance(arguments, dict) else text

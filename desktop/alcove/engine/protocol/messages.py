"""The messages of a chat as turns of a conversation."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from alcove.engine.answer import Role, ToolCall, Turn
from alcove.engine.protocol.errors import BadRequest
from alcove.engine.protocol.fields import Fields
from alcove.i18n import _

MESSAGES = 10_000
_CALLS = 1000

ROLES: dict[str, Role] = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "assistant": "assistant",
    "tool": "tool",
}
_TEXT_PARTS = ("text", "input_text", "output_text")


def parse_messages(fields: Fields) -> tuple[Turn, ...]:
    """Read OpenAI's "messages"."""
    messages = fields.each("messages", MESSAGES)
    if not messages:
        raise fields.wrong("messages", _("'{name}' must be a list of at least one message."))
    return with_names(_turn(message) for message in messages)


def with_names(turns: Iterable[Turn]) -> tuple[Turn, ...]:
    """Name the function of each result after the call that it answers."""
    turns = tuple(turns)
    names = {call.id: call.name for turn in turns for call in turn.tool_calls}
    return tuple(
        replace(turn, name=names.get(turn.tool_call_id, ""))
        if turn.role == "tool" and not turn.name
        else turn
        for turn in turns
    )


def parse_role(fields: Fields) -> Role:
    """Read who said a message."""
    role = fields.text("role")
    if role not in ROLES:
        raise fields.wrong(
            "role",
            _("'{name}' must be one of {roles}, not {role!r}."),
            roles=", ".join(ROLES),
            role=role,
        )
    return ROLES[role]


def parse_text(fields: Fields, name: str = "content") -> str:
    """Read a text, or a list of parts that are all texts."""
    content = fields.value(name)
    if content is None:
        return ""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "".join(_text_of(part, name) for part in content)
    raise fields.wrong(name, _("'{name}' must be a text or a list of text parts."))


def parse_call(fields: Fields, identity: str) -> ToolCall:
    """Read the name and the arguments of a call."""
    name, arguments = fields.text("name"), fields.value("arguments")
    if not name:
        raise fields.wrong("name", _("'{name}' must name a function."))
    if isinstance(arguments, dict):  # some clients send the object instead of its text
        arguments = json.dumps(arguments, ensure_ascii=False)
    if not isinstance(arguments, str | None):
        raise fields.wrong("arguments", _("'{name}' must be a JSON object, as text."))
    return ToolCall(name, arguments or "{}", identity)


def _turn(message: Fields) -> Turn:
    role = parse_role(message)
    return Turn(
        role,
        parse_text(message),
        reasoning=message.text("reasoning_content"),
        tool_calls=tuple(_call(call) for call in message.each("tool_calls", _CALLS)),
        tool_call_id=message.text("tool_call_id"),
        name=message.text("name"),
    )


def _call(call: Fields) -> ToolCall:
    return parse_call(call.inner("function"), call.text("id"))


def _text_of(part: Any, name: str) -> str:  # noqa: ANN401 - any JSON
    match part:
        case str(text):
            return text
        case {"type": kind, "text": str(text)} if kind in _TEXT_PARTS:
            return text
    kind = part.get("type") if isinstance(part, dict) else None
    raise BadRequest(
        _(
            "Alcove reads text only, and a message holds a part of the type {kind!r}. Leave it out."
        ).format(kind=str(kind)[:40]),
        name,
    )

"""OpenAI's responses: a conversation of items, answered with items."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from alcove.engine.answer import Turn
from alcove.engine.protocol.chat import ChatRequest, parse_template_options
from alcove.engine.protocol.constraint import parse_grammar
from alcove.engine.protocol.errors import BadRequest
from alcove.engine.protocol.fields import Fields
from alcove.engine.protocol.messages import (
    MESSAGES,
    parse_call,
    parse_role,
    parse_text,
    with_names,
)
from alcove.engine.protocol.options import LIKELIEST, parse_max_tokens, parse_options
from alcove.engine.protocol.tools import parse_toolbox
from alcove.i18n import _

_STORED = ("previous_response_id", "conversation", "background", "prompt")
_LOGPROBS = "message.output_text.logprobs"
_ECHOED: Mapping[str, Any] = {
    "instructions": None,
    "max_output_tokens": None,
    "metadata": {},
    "parallel_tool_calls": True,
    "reasoning": None,
    "temperature": None,
    "text": {"format": {"type": "text"}},
    "tool_choice": "auto",
    "tools": [],
    "top_p": None,
    "truncation": "disabled",
    "user": None,
}
"""Fields of the request that come back in the answer, and what they are if they were left out."""


@dataclass(frozen=True)
class ResponseRequest:
    """A valid request for a response; ``echoed`` are the fields that come back in it."""

    chat: ChatRequest
    echoed: Mapping[str, Any]


def parse_response_request(body: object) -> ResponseRequest:
    """Check the JSON of a request for a response; raises BadRequest with the reason."""
    fields = Fields.of_body(body)
    for name in _STORED:
        if fields.value(name):
            raise BadRequest(
                _("This server stores nothing; leave '{name}' out.").format(name=name), name
            )
    form = Fields({"text.format": fields.inner("text").value("format")})
    grammar = parse_grammar(form, "text.format")
    chat = ChatRequest(
        turns=_turns(fields),
        toolbox=parse_toolbox(fields),
        template=parse_template_options(fields, fields.inner("reasoning").text("effort")),
        options=replace(
            parse_options(fields, grammar, _logprobs(fields)),
            max_tokens=parse_max_tokens(fields, "max_output_tokens"),
            count=1,
        ),
    )
    echoed = {
        name: fields.value(name) if fields.has(name) else default
        for name, default in _ECHOED.items()
    }
    return ResponseRequest(chat, echoed)


def _logprobs(fields: Fields) -> int | None:
    likeliest = fields.whole("top_logprobs", 0, 0, LIKELIEST)
    return likeliest if _LOGPROBS in fields.items("include", 100) else None


def _turns(fields: Fields) -> tuple[Turn, ...]:
    instructions = fields.text("instructions")
    turns = [Turn("system", instructions)] if instructions else []
    given = fields.value("input")
    if isinstance(given, str):
        return (*turns, Turn("user", given))
    items = fields.each("input", MESSAGES)
    if not items:
        raise fields.wrong("input", _("'{name}' must be a text, or a list of at least one item."))
    for item in items:
        _join(turns, _turn(item))
    return with_names(turns)


def _turn(item: Fields) -> Turn:
    match item.text("type", "message"):
        case "message":
            return Turn(parse_role(item), parse_text(item))
        case "reasoning":
            return Turn("assistant", "", reasoning=_reasoning(item))
        case "function_call":
            call = parse_call(item, item.text("call_id"))
            return Turn("assistant", "", tool_calls=(call,))
        case "function_call_output":
            return Turn("tool", parse_text(item, "output"), tool_call_id=item.text("call_id"))
    raise item.wrong(
        "type",
        _("'{name}' must be 'message', 'reasoning', 'function_call' or 'function_call_output'."),
    )


def _reasoning(item: Fields) -> str:
    """Read how the model reasoned, or else the summary of it."""
    for name in ("content", "summary"):
        if parts := item.each(name, MESSAGES):
            return "\n".join(part.text("text") for part in parts)
    return ""


def _join(turns: list[Turn], turn: Turn) -> None:
    """Add a turn; what the assistant reasoned, said and called in a row is one."""
    if not turns or not _goes_on(turns[-1], turn):
        turns.append(turn)
        return
    last = turns[-1]
    turns[-1] = replace(
        last,
        content=last.content + turn.content,
        reasoning=last.reasoning + turn.reasoning,
        tool_calls=last.tool_calls + turn.tool_calls,
    )


def _goes_on(last: Turn, turn: Turn) -> bool:
    if not last.role == turn.role == "assistant":
        return False
    return bool(turn.tool_calls) or not (last.content or last.tool_calls)

"""OpenAI's chat completions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from alcove.engine.answer import Turn
from alcove.engine.protocol.constraint import parse_grammar
from alcove.engine.protocol.errors import BadRequest
from alcove.engine.protocol.fields import Fields
from alcove.engine.protocol.messages import parse_messages
from alcove.engine.protocol.options import AnswerOptions, parse_chat_logprobs, parse_options
from alcove.engine.protocol.tools import Toolbox, parse_toolbox
from alcove.engine.template import TemplateOptions
from alcove.i18n import _

_DOCUMENTS = 1000


@dataclass(frozen=True)
class ChatRequest:
    """A valid request to answer a conversation."""

    turns: tuple[Turn, ...]
    toolbox: Toolbox
    template: TemplateOptions
    options: AnswerOptions


def parse_chat_request(body: object) -> ChatRequest:
    """Check the JSON of a request for a chat completion; raises BadRequest with the reason."""
    fields = Fields.of_body(body)
    if fields.value("functions"):
        raise BadRequest(_("'functions' is out of date; send 'tools' instead."), "functions")
    grammar = parse_grammar(fields)
    return ChatRequest(
        turns=parse_messages(fields),
        toolbox=parse_toolbox(fields),
        template=parse_template_options(fields, fields.text("reasoning_effort")),
        options=parse_options(fields, grammar, parse_chat_logprobs(fields)),
    )


def parse_template_options(fields: Fields, effort: str) -> TemplateOptions:
    """Read how the conversation is rendered; the ``effort`` "none" means not to reason."""
    continued = fields.flag("continue_final_message")
    begun = fields.flag("add_generation_prompt", default=not continued)
    if continued and begun:
        raise BadRequest(
            _("'add_generation_prompt' and 'continue_final_message' cannot both be true."),
            "continue_final_message",
        )
    variables = {**fields.inner("chat_template_kwargs").document, **_reasoning(effort)}
    documents = tuple(each.document for each in fields.each("documents", _DOCUMENTS))
    return TemplateOptions(documents, variables, continued, begun)


def _reasoning(effort: str) -> Mapping[str, Any]:
    if effort == "none":
        return {"enable_thinking": False}
    return {"reasoning_effort": effort} if effort else {}

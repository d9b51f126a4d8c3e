"""Where an answer begins, and what it must be."""

from __future__ import annotations

from dataclasses import dataclass

from alcove.engine.formats import Demand, Format, Function, Opening, answer_grammar
from alcove.engine.protocol.chat import ChatRequest
from alcove.engine.protocol.errors import BadRequest
from alcove.i18n import _
from alcove.llama.grammar import GrammarError


@dataclass(frozen=True)
class Start:
    """What the prompt leaves open, and the GBNF that the answer must follow; empty for none."""

    opening: Opening
    grammar: str = ""


def start_of(request: ChatRequest, form: Format, prompt: str, *, reasons: bool = False) -> Start:
    """Return where the answer to ``prompt`` begins; raises BadRequest.

    ``reasons``: the model may begin to reason by itself.
    """
    opening, toolbox = form.opened(prompt), request.toolbox
    text = "" if toolbox.required else request.options.sampling.grammar
    if not (text or toolbox.required):
        return Start(opening)
    demand = Demand(
        tuple(Function(tool.name, tool.parameters) for tool in toolbox.choices),
        text,
        several=request.options.several_calls and not toolbox.name,
        reasons=reasons and request.template.variables.get("enable_thinking") is not False,
    )
    try:
        return Start(opening, answer_grammar(form, demand, opening))
    except GrammarError as error:
        raise BadRequest(
            _("The JSON schemas in 'tools' cannot be enforced: {reason}.").format(reason=error),
            "tools",
        ) from error

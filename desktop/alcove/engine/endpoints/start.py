"""Where an answer begins: behind the prompt, or further on where it is told what to be."""

from __future__ import annotations

from dataclasses import dataclass

from alcove.engine.formats import Format, Opening, forced_call
from alcove.engine.protocol.chat import ChatRequest
from alcove.engine.protocol.constraint import grammar_of
from alcove.engine.protocol.errors import NotSupported
from alcove.i18n import _
from alcove.llama.grammar import after


@dataclass(frozen=True)
class Start:
    """The whole prompt, what it leaves open, and the GBNF that the answer must follow."""

    prompt: str
    opening: Opening
    grammar: str = ""


def start_of(request: ChatRequest, form: Format, prompt: str) -> Start:
    """Return where the answer to ``prompt`` begins; raises BadRequest and NotSupported."""
    opening = form.opened(prompt)
    if request.toolbox.required:
        return _call(request, form, prompt, opening)
    grammar = request.options.sampling.grammar
    mark = _answer_mark(form, opening) if grammar else ""
    return Start(prompt, opening, after(mark, grammar) if mark else grammar)


def _call(request: ChatRequest, form: Format, prompt: str, opening: Opening) -> Start:
    """Begin the call that is demanded, without reasoning; the model fills it in."""
    tools = [(tool.name, tool.parameters) for tool in request.toolbox.choices]
    forced = forced_call(form, tools, opening, parallel=request.options.several_calls)
    if forced is None:
        raise NotSupported(
            _(
                "This model cannot be made to call one of these tools. Set 'tool_choice' to "
                "'auto', or try to name a single function in it."
            ),
            "tool_choice",
        )
    grammar = grammar_of(forced.schema, "tools")
    return Start(prompt + forced.prefix, forced.opening, grammar)


def _answer_mark(form: Format, opening: Opening) -> str:
    """Return the mark behind which the answer begins, if the model may write something before."""
    for fence in form.reasoning:
        if opening.tail == fence.open:
            return fence.close
    if not form.header.opens:
        return ""
    if "<|channel|>" not in form.header.opens:
        raise NotSupported(_("The form of the answer cannot be enforced with this model."))
    mark = f"<|channel|>final{form.header.close}"
    return "" if mark in opening.tail else mark

"""Every chat template that llama.cpp is tested with, rendered as transformers renders it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from jinja2.meta import find_undeclared_variables
from tokenizers import Tokenizer, models
from transformers import PreTrainedTokenizerFast

from alcove.engine.answer import ToolCall, Turn
from alcove.engine.template import ChatTemplate
from alcove.engine.templates.environment import environment
from alcove.engine.templates.renderer import Renderer
from alcove.errors import RequestError
from engine.templates.conversations import CONVERSATIONS, Conversation
from llama_cpp_source import llama_cpp_source

BEGIN, END = "<begin>", "<end>"
AS_IT_IS, FOLDED, TEXT, REFUSED = "as it is", "system folded", "arguments as text", "refused"


@dataclass(frozen=True)
class Compared:
    """One conversation in one template: what each made of it, None where it raised."""

    template: str
    conversation: str
    form: str
    ours: str | None
    theirs: str | None


@pytest.fixture(scope="module")
def sources() -> dict[str, str]:
    folder = llama_cpp_source() / "models" / "templates"
    return {path.stem: path.read_text("utf-8") for path in sorted(folder.glob("*.jinja"))}


@pytest.fixture(scope="module")
def compared(sources: dict[str, str]) -> list[Compared]:
    renderer = Renderer()
    return [each for name in sources for each in _compare(renderer, name, sources[name])]


def _compare(renderer: Renderer, name: str, source: str) -> Iterator[Compared]:
    template = ChatTemplate(source, BEGIN, END, renderer=renderer)
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=Tokenizer(models.WordLevel({"?": 0}, unk_token="?")),
        bos_token=BEGIN,
        eos_token=END,
        chat_template=source,
    )
    for kind, conversation in CONVERSATIONS.items():
        if conversation.mentions not in source:
            continue
        ours = _ours(template, conversation)
        form, theirs = _theirs(tokenizer, conversation)
        if ours != theirs and "strftime_now" in source:  # midnight, perhaps
            ours = _ours(template, conversation)
            form, theirs = _theirs(tokenizer, conversation)
        yield Compared(name, kind, form, ours, theirs)


def _ours(template: ChatTemplate, conversation: Conversation) -> str | None:
    try:
        return template.render(
            conversation.turns, tools=conversation.tools, options=conversation.options
        ).text
    except RequestError:
        return None


def _theirs(
    tokenizer: PreTrainedTokenizerFast, conversation: Conversation
) -> tuple[str, str | None]:
    """Return what transformers makes of the conversation, in the first form that it takes."""
    options = conversation.options
    continued = conversation.turns[-1]
    for form, messages in _forms(conversation.turns):
        try:
            return form, tokenizer.apply_chat_template(
                messages,
                tools=[dict(tool.document) for tool in conversation.tools] or None,
                documents=[dict(document) for document in options.documents] or None,
                add_generation_prompt=options.generation_prompt and not options.continue_last,
                continue_final_message=options.continue_last
                and ("content" if continued.content else "reasoning_content"),
                tokenize=False,
                **options.variables,
            )
        except Exception:  # whatever a template raises
            continue
    return REFUSED, None


def _forms(turns: Sequence[Turn]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    messages = [_message(turn, text_arguments=False) for turn in turns]
    yield AS_IT_IS, messages
    if any(turn.tool_calls for turn in turns):
        yield TEXT, [_message(turn, text_arguments=True) for turn in turns]
    if [turn.role for turn in turns[:2]] == ["system", "user"]:
        text = f"{turns[0].content}\n\n{turns[1].content}"
        yield FOLDED, [{"role": "user", "content": text}, *messages[2:]]


def _message(turn: Turn, *, text_arguments: bool) -> dict[str, Any]:
    """Return a message as users of transformers write it."""
    message: dict[str, Any] = {"role": turn.role, "content": turn.content}
    if turn.reasoning:
        message["reasoning_content"] = turn.reasoning
    if turn.tool_calls:
        message["tool_calls"] = [_call(call, text_arguments) for call in turn.tool_calls]
    if turn.role == "tool":
        message |= {"tool_call_id": turn.tool_call_id, "name": turn.name}
    return message


def _call(call: ToolCall, text_arguments: bool) -> dict[str, Any]:
    arguments = call.arguments if text_arguments else json.loads(call.arguments)
    function = {"name": call.name, "arguments": arguments}
    return {"id": call.id, "type": "function", "function": function}


def test_the_templates_are_there(sources: dict[str, str]) -> None:
    assert len(sources) >= 60


@pytest.mark.parametrize("kind", CONVERSATIONS)
def test_every_template_renders_as_in_transformers(compared: list[Compared], kind: str) -> None:
    these = [each for each in compared if each.conversation == kind]
    assert len(these) >= (1 if CONVERSATIONS[kind].mentions else 60)
    assert [each for each in these if each.ours != each.theirs] == []


def test_nearly_all_templates_take_nearly_all_conversations(compared: list[Compared]) -> None:
    forms = Counter(each.form for each in compared)
    assert forms.total() >= 1200
    assert forms[AS_IT_IS] > 0.85 * forms.total(), forms
    assert forms[FOLDED], "no template refused a system message"
    assert forms[TEXT], "no template wanted arguments as text"


def test_what_a_template_supports_is_what_it_reads(sources: dict[str, str]) -> None:
    for name, source in sources.items():
        template = ChatTemplate(None, "", "", tool_source=source)
        read = find_undeclared_variables(environment().parse(source))
        assert template.supports_tools == ("tools" in read), name

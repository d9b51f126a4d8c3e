"""Turning a conversation into the prompt that a model was trained on."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from alcove.engine.answer import Turn
from alcove.engine.templates.messages import continued, marked, to_messages, without_system
from alcove.engine.templates.renderer import Renderer, TemplateFailure
from alcove.engine.tools import Tool
from alcove.errors import RequestError
from alcove.i18n import _

_TRANSCRIPT_STOPS = ("\nUser:", "\nSystem:")
_MARK = "OPEN_END_OF_ANSWER "
"""Ends with a space, whose lack tells that the template trims what it is given."""
_TOOLS = re.compile(r"(?<![\w.'\"])tools(?![\w'\"]|\s*=[^=])")
"""Where a template reads the variable, and does not set it."""
_RESERVED = {"messages", "tools", "add_generation_prompt", "bos_token", "eos_token"}


@dataclass(frozen=True)
class TemplateOptions:
    """How a conversation is rendered.

    ``documents`` are what the model shall answer from. ``variables`` are handed to the template
    as they are ("enable_thinking", "reasoning_effort"). ``continue_last``: the last turn, an
    answer, goes on. Without ``generation_prompt`` no answer is begun.
    """

    documents: tuple[Mapping[str, Any], ...] = ()
    variables: Mapping[str, Any] = field(default_factory=dict)
    continue_last: bool = False
    generation_prompt: bool = True


@dataclass(frozen=True)
class Prompt:
    """A rendered conversation, and the texts that end its answer beside the model's own."""

    text: str
    stops: tuple[str, ...] = ()


class ChatTemplate:
    """A model's chat template, or a plain transcript for a model that has none."""

    def __init__(
        self,
        source: str | None,
        begin_token: str,
        end_token: str,
        *,
        tool_source: str | None = None,
        renderer: Renderer | None = None,
    ) -> None:
        """``tool_source`` is the template for conversations with tools, if the file has another.

        Templates are rendered by ``renderer``, or a process of their own that starts now. Raises
        RequestError if it cannot be started.
        """
        self._source = source or ""
        self._tool_source = tool_source or self._source
        tokens = {"bos_token": begin_token, "eos_token": end_token}
        self._tokens = {name: token for name, token in tokens.items() if token}
        self._renderer = (renderer or Renderer()) if source else None

    @property
    def supports_tools(self) -> bool:
        """Whether the template tells the model of tools."""
        return any(_TOOLS.search(source) for source in (self._source, self._tool_source))

    def render(
        self,
        turns: Sequence[Turn],
        *,
        tools: Sequence[Tool] = (),
        options: TemplateOptions = TemplateOptions(),
    ) -> Prompt:
        """Render ``turns`` up to where the answer begins, or goes on; raises RequestError.

        A template that refuses a system message gets it as the beginning of the user's first.
        """
        if options.continue_last and not (turns and turns[-1].role == "assistant"):
            raise RequestError(
                _("Only an answer can be continued, and the last message is none."),
                _("End the conversation with a message of the assistant."),
            )
        if self._renderer is None:
            return Prompt(_transcript(turns, options), _TRANSCRIPT_STOPS)
        rendering = _Rendering(
            self._renderer,
            self._tool_source if tools else self._source,
            self._variables(tools, options),
            continues=options.continue_last,
        )
        try:
            return Prompt(rendering.text(turns))
        except TemplateFailure as failure:
            raise _explain(failure) from failure

    def _variables(self, tools: Sequence[Tool], options: TemplateOptions) -> dict[str, Any]:
        given = {name: each for name, each in options.variables.items() if name not in _RESERVED}
        documents = [dict(document) for document in options.documents]
        return {
            "documents": documents or given.pop("documents", None),
            **given,
            **self._tokens,
            "tools": [dict(tool.document) for tool in tools] or None,
            "add_generation_prompt": options.generation_prompt and not options.continue_last,
        }


@dataclass(frozen=True)
class _Rendering:
    """One conversation on its way through a template, in the form that the template takes."""

    renderer: Renderer
    source: str
    variables: Mapping[str, Any]
    continues: bool

    def text(self, turns: Sequence[Turn]) -> str:
        try:
            return self._with_calls(turns)
        except TemplateFailure as failure:
            folded = without_system(turns)
            if not failure.depends_on_conversation or folded == tuple(turns):
                raise
            return self._with_calls(folded)

    def _with_calls(self, turns: Sequence[Turn]) -> str:
        """Render with the arguments of tool calls as objects, or as text if that fails."""
        try:
            return self._once(turns, text_arguments=False)
        except TemplateFailure as failure:
            if not failure.depends_on_conversation or not any(turn.tool_calls for turn in turns):
                raise
            with suppress(TemplateFailure):
                return self._once(turns, text_arguments=True)
            raise

    def _once(self, turns: Sequence[Turn], *, text_arguments: bool) -> str:
        said = (*turns[:-1], marked(turns[-1], _MARK)) if self.continues else turns
        messages = to_messages(said, text_arguments=text_arguments)
        text = self.renderer.render(self.source, {**self.variables, "messages": messages})
        return _cut(text, continued(turns[-1])) if self.continues else text


def _cut(text: str, answer: str) -> str:
    """Return ``text`` up to the mark behind ``answer``, which the template must have kept."""
    end = text.rfind(_MARK.rstrip())
    if end < 0 or answer.strip() not in text:
        raise RequestError(
            _("The model's chat template leaves no room to continue this answer."),
            _("Ask for a new answer instead."),
        )
    return text[:end] if text.startswith(_MARK, end) else text[:end].rstrip()


def _transcript(turns: Sequence[Turn], options: TemplateOptions) -> str:
    said = [f"{turn.role.capitalize()}: {turn.content}" for turn in turns]
    begun = options.generation_prompt and not options.continue_last
    return "\n\n".join([*said, "Assistant:"] if begun else said)


def _explain(failure: TemplateFailure) -> RequestError:
    """Say what a template did, and what helps."""
    causes = {
        "unreadable": _("The chat template in the model file cannot be read: {reason}."),
        "refused": _("The model's chat template refused this conversation: {reason}."),
        "failed": _("The chat template in the model file failed: {reason}."),
        "excess": _("The chat template in the model file needs too much time or memory."),
    }
    other = _("Choose another quantization or another copy of the model.")
    advice = {
        "unreadable": _("Download the model again, or choose another quantization of it."),
        "refused": _(
            "Most models want messages of user and assistant in turn, beginning with the user."
        ),
    }
    cause = causes[failure.kind].format(reason=failure.reason)
    return RequestError(cause, advice.get(failure.kind, other))

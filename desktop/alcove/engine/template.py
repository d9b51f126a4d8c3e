"""Turning a conversation into the prompt that a model was trained on."""

from __future__ import annotations

import datetime
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

import jinja2
import jinja2.ext
import jinja2.nodes
import jinja2.parser
import jinja2.sandbox

from alcove.engine.answer import Turn
from alcove.errors import RequestError
from alcove.i18n import _

_TRANSCRIPT = (
    "{% for message in messages %}"
    "{{ message.role | capitalize }}: {{ message.content }}\n\n"
    "{% endfor %}Assistant:"
)
_TRANSCRIPT_STOPS = ("\nUser:", "\nSystem:")


@dataclass(frozen=True)
class Prompt:
    """A rendered conversation. ``reasoning``: the prompt ends where the model is to reason."""

    text: str
    stops: tuple[str, ...]
    reasoning: bool


class ChatTemplate:
    """A model's chat template, or a plain transcript for a model that has none."""

    def __init__(self, source: str | None, begin_token: str, end_token: str) -> None:
        """Compile ``source``, rendered in a sandbox; raises RequestError if it is not Jinja."""
        self.from_model = source is not None
        self._stops = () if self.from_model else _TRANSCRIPT_STOPS
        self._variables = {"bos_token": begin_token, "eos_token": end_token}
        try:
            self._template = _environment().from_string(source or _TRANSCRIPT)
        except jinja2.TemplateError as error:
            raise RequestError(
                _("The chat template in the model file cannot be read: {reason}.").format(
                    reason=error
                ),
                _("Download the model again, or choose another quantization of it."),
            ) from error

    def render(self, turns: Sequence[Turn]) -> Prompt:
        """Render ``turns`` up to where the answer begins; raises RequestError.

        A template that refuses a system message gets it as the beginning of the user's first.
        """
        try:
            text = self._render(turns)
        except RequestError:
            folded = _without_system(turns)
            if folded == tuple(turns):
                raise
            text = self._render(folded)
        return Prompt(text, self._stops, text.rstrip().endswith("<think>"))

    def _render(self, turns: Sequence[Turn]) -> str:
        messages = [{"role": turn.role, "content": turn.content} for turn in turns]
        try:
            return self._template.render(
                messages=messages, add_generation_prompt=True, tools=None, **self._variables
            )
        except _Refusal as error:
            raise RequestError(
                _("The model's chat template refused this conversation: {reason}.").format(
                    reason=str(error).rstrip(".")
                ),
                _("Messages must alternate between user and assistant, beginning with the user."),
            ) from error
        except Exception as error:  # a template is a program of the file's, it may raise anything
            raise RequestError(
                _("The chat template in the model file failed: {reason}.").format(
                    reason=str(error).rstrip(".")
                ),
                _("Choose another quantization or another copy of the model."),
            ) from error


class _Refusal(Exception):
    """What a template raises about the conversation it is given."""


def _environment() -> jinja2.Environment:
    environment = jinja2.sandbox.ImmutableSandboxedEnvironment(
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.loopcontrols", _GenerationBlock],
    )
    environment.filters["tojson"] = _to_json
    environment.globals["raise_exception"] = _raise
    environment.globals["strftime_now"] = _now
    return environment


def _to_json(
    value: Any,  # noqa: ANN401 - whatever a template holds
    ensure_ascii: bool = False,
    indent: int | None = None,
    separators: tuple[str, str] | None = None,
    sort_keys: bool = False,
) -> str:
    return json.dumps(
        value, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys
    )


class _GenerationBlock(jinja2.ext.Extension):
    """``{% generation %}``: marks answers for training; here its content is all that matters."""

    tags = {"generation"}  # noqa: RUF012 - as Jinja's own extensions declare it

    def parse(self, parser: jinja2.parser.Parser) -> list[jinja2.nodes.Node]:
        """Return the nodes between the tags."""
        next(parser.stream)
        return parser.parse_statements(("name:endgeneration",), drop_needle=True)


def _now(form: str) -> str:
    return datetime.datetime.now().strftime(form)


def _raise(message: str) -> NoReturn:
    raise _Refusal(message)


def _without_system(turns: Sequence[Turn]) -> tuple[Turn, ...]:
    match turns:
        case [Turn(role="system", content=system), Turn(role="user", content=first), *rest]:
            return (Turn("user", f"{system}\n\n{first}"), *rest)
    return tuple(turns)

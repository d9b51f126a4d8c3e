"""A conversation in the terminal: questions, answers as they come, and a few commands."""

from __future__ import annotations

import sys
import time
from dataclasses import replace

from alcove.cli import output
from alcove.cli.documents import answer_document
from alcove.engine.answer import Delta, Readout, Request, Turn
from alcove.engine.client import Client
from alcove.errors import RequestError
from alcove.i18n import _, ngettext
from alcove.library.loading import RecordingClient

_END = frozenset({"/exit", "/bye", "/quit"})


class Chat:
    """One conversation in the terminal."""

    def __init__(self, client: Client | RecordingClient, sampling: Request, system: str) -> None:
        self._client = client
        self._sampling = sampling
        self._beginning: tuple[Turn, ...] = (Turn("system", system),) if system else ()
        self._turns: tuple[Turn, ...] = self._beginning

    def ask(self, question: str, *, as_json: bool = False) -> None:
        """Answer one question, writing the answer as it comes.

        Raises RequestError and EngineStopped. What Ctrl+C ends stays in the conversation.
        """
        turns = (*self._turns, Turn("user", question))
        answer = _Answer()
        try:
            for event in self._client.stream(replace(self._sampling, turns=turns)):
                answer.take(event)
                if isinstance(event, Delta) and not as_json:
                    _write(event)
        except KeyboardInterrupt:
            if answer.text:
                self._turns = (*turns, Turn("assistant", answer.text))
            output.line()
            output.note(answer.so_far)
            raise
        assert answer.readout is not None, "a stream ends with a readout"
        self._turns = (*turns, Turn("assistant", answer.text))
        if as_json:
            output.document(answer_document(answer.text, answer.reasoning, answer.readout))
        else:
            output.line()
            output.note(describe(answer.readout))

    def clear(self) -> None:
        """Forget all that was said."""
        self._turns = self._beginning

    def take_back(self) -> str:
        """Forget the last question and its answer, and return the question; empty if none was."""
        if self._turns == self._beginning:
            return ""
        *before, question, _answer = self._turns
        self._turns = tuple(before)
        return question.content


class _Answer:
    """What has come of an answer."""

    def __init__(self) -> None:
        self.text = ""
        self.reasoning = ""
        self.readout: Readout | None = None
        self._tokens = 0
        self._first = self._last = time.perf_counter()

    def take(self, event: object) -> None:
        """Take in what comes next."""
        if isinstance(event, Readout):
            self.readout = event
        elif isinstance(event, Delta):
            self._last = time.perf_counter()
            self._first = self._first if self._tokens else self._last
            self._tokens += event.tokens
            self.text += event.text
            self.reasoning += event.reasoning

    @property
    def so_far(self) -> str:
        """How an answer went that was stopped, in one line."""
        taken = self._last - self._first
        speed = (self._tokens - 1) / taken if taken > 0 else 0.0
        return _("Stopped: {speed:.1f} tokens/s, answer {answer}").format(
            speed=speed, answer=_count(self._tokens)
        )


def talk(chat: Chat, name: str, prompt: str | None, *, as_json: bool) -> None:
    """Answer ``prompt``, or whatever is typed; ``name`` is the model's."""
    if prompt is not None:
        chat.ask(prompt, as_json=as_json)
    else:
        _converse(chat, name)


def describe(readout: Readout) -> str:
    """Write a readout in one line."""
    return _(
        "{speed:.1f} tokens/s, first token after {first:.2f} s, "
        "prompt {prompt} ({cached} cached) at {prompt_speed:.0f} tokens/s, "
        "answer {answer}, {reason}"
    ).format(
        speed=readout.generation_tokens_per_second,
        first=readout.time_to_first_token_s,
        prompt=_count(readout.prompt_tokens),
        cached=readout.cached_tokens,
        prompt_speed=readout.prompt_tokens_per_second,
        answer=_count(readout.completion_tokens),
        reason=readout.finish_reason,
    )


def _count(tokens: int) -> str:
    return ngettext("{count} token", "{count} tokens", tokens).format(count=tokens)


def _converse(chat: Chat, name: str) -> None:
    output.note(
        _("{name} listens. An empty line or Ctrl+D ends, Ctrl+C stops an answer; /help.").format(
            name=name
        )
    )
    while True:
        try:
            said = input("> ").strip()
        except EOFError:
            return
        if not said or said.casefold() in _END:
            return
        question = _commanded(chat, said) if said.startswith("/") and " " not in said else said
        if question:
            _ask(chat, question)


def _ask(chat: Chat, question: str) -> None:
    try:
        chat.ask(question)
    except KeyboardInterrupt:
        return  # what came of it was said
    except RequestError as error:
        output.note(_("Error: {sentence}").format(sentence=error))


def _commanded(chat: Chat, command: str) -> str:
    """Do what a command says, and return the question that it asks again, if it does."""
    match command.casefold():
        case "/help" | "/?":
            output.note(_help())
        case "/clear" | "/new":
            chat.clear()
            output.note(_("The conversation begins anew."))
        case "/retry" | "/regen":
            if not (question := chat.take_back()):
                output.note(_("Nothing was asked yet."))
            return question
        case _:
            output.note(_("There is no command {name}; /help lists them.").format(name=command))
    return ""


def _help() -> str:
    return "\n".join(
        (
            _("/retry   answer the last question again"),
            _("/clear   begin a new conversation"),
            _("/exit    end, as an empty line and Ctrl+D do"),
            _("/help    this list"),
        )
    )


def _write(piece: Delta) -> None:
    sys.stderr.write(piece.reasoning)
    sys.stderr.flush()
    sys.stdout.write(piece.text)
    sys.stdout.flush()

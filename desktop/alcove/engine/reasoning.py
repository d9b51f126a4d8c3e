"""How models set their reasoning apart from the answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from alcove.engine.answer import Delta


@dataclass(frozen=True)
class ReasoningFormat:
    """The text that opens and closes a reasoning block at the start of an answer.

    ``plain`` is what an answer without reasoning begins with, and no part of it. ``special``:
    the marks are special tokens, whose text llama.cpp leaves out unless it is asked for.
    """

    open: str
    close: str
    plain: str = ""
    special: bool = False


THINK = ReasoningFormat("<think>", "</think>")
"""Qwen, DeepSeek, GLM, SmolLM3, Nemotron and most others."""

_HARMONY = ReasoningFormat(
    open="<|channel|>analysis<|message|>",
    close="<|end|><|start|>assistant<|channel|>final<|message|>",
    plain="<|channel|>final<|message|>",
    special=True,
)

_FORMATS = {
    "<|channel|>": _HARMONY,
    "[THINK]": ReasoningFormat("[THINK]", "[/THINK]", special=True),
    "<|channel>": ReasoningFormat("<|channel>thought\n", "<channel|>", special=True),
}
"""The other formats, by what the chat template of such a model holds: gpt-oss, Mistral, Gemma 4."""


def format_of(template: str | None) -> ReasoningFormat:
    """Return the format that a model with this chat template uses."""
    if template is None:
        return THINK
    return next((form for mark, form in _FORMATS.items() if mark in template), THINK)


class ReasoningSplitter:
    """Sets the reasoning at the start of an answer apart from the answer.

    Line breaks right after a mark belong to the mark.
    """

    def __init__(self, form: ReasoningFormat, *, open_already: bool) -> None:
        self._form = form
        self._state = "reasoning" if open_already else "start"
        self._after_mark = open_already
        self._held = ""

    def push(self, text: str) -> Delta:
        """Take more of the answer and return what is certain now."""
        text = self._held + text
        self._held = ""
        if self._after_mark:
            text = text.lstrip("\n")
            self._after_mark = not text
        if self._state == "start":
            return self._at_start(text)
        if self._state == "reasoning":
            return self._inside(text)
        return Delta(text=text)

    def finish(self) -> Delta:
        """Return what was held back: a mark that never became one."""
        held, self._held = self._held, ""
        return Delta(reasoning=held) if self._state == "reasoning" else Delta(text=held)

    def _at_start(self, text: str) -> Delta:
        begin = text.lstrip()
        for mark, state in ((self._form.open, "reasoning"), (self._form.plain, "text")):
            if mark and begin.startswith(mark):
                return self._enter(state, begin[len(mark) :])
        if self._form.open.startswith(begin) or self._form.plain.startswith(begin):
            self._held = text
            return Delta()
        self._state = "text"
        return Delta(text=text)

    def _inside(self, text: str) -> Delta:
        before, mark, after = text.partition(self._form.close)
        if mark:
            return joined(Delta(reasoning=before), self._enter("text", after))
        kept = unfinished(text, (self._form.close,))
        self._held = text[len(text) - kept :]
        return Delta(reasoning=text[: len(text) - kept])

    def _enter(self, state: str, text: str) -> Delta:
        self._state = state
        self._after_mark = True
        return self.push(text)


def joined(first: Delta, second: Delta) -> Delta:
    """Return two pieces of an answer as one."""
    return Delta(
        first.text + second.text,
        first.reasoning + second.reasoning,
        first.tokens + second.tokens,
    )


def unfinished(text: str, markers: Sequence[str]) -> int:
    """Return the length of the longest end of ``text`` that one of ``markers`` may go on from."""
    longest = min(len(text), max(map(len, markers)) - 1)
    for length in range(longest, 0, -1):
        end = text[-length:]
        if any(marker.startswith(end) for marker in markers):
            return length
    return 0

"""From tokens to text: UTF-8 split across tokens, stop strings, and reasoning set apart."""

from __future__ import annotations

import codecs
from collections.abc import Sequence

from alcove.engine.answer import Delta

_OPEN = "<think>"
_CLOSE = "</think>"


class TextStream:
    """The text of one answer as it comes; nothing that may still turn out otherwise is given."""

    def __init__(self, stops: Sequence[str], *, reasoning: bool) -> None:
        """``reasoning``: the answer begins inside a reasoning block that the prompt opened."""
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._stops = tuple(stops)
        self._held = ""
        self._splitter = ReasoningSplitter(open_already=reasoning)
        self.stopped = False

    def push(self, data: bytes) -> Delta:
        """Take the bytes of one token and return what is certain now."""
        return self._splitter.push(self._before_stop(self._decoder.decode(data)))

    def finish(self) -> Delta:
        """Return what was held back."""
        rest = "" if self.stopped else self._held + self._decoder.decode(b"", final=True)
        self._held = ""
        return joined(self._splitter.push(rest), self._splitter.finish())

    def _before_stop(self, text: str) -> str:
        if not self._stops:
            return text
        text = self._held + text
        found = [at for stop in self._stops if (at := text.find(stop)) >= 0]
        if found:
            self.stopped = True
            self._held = ""
            return text[: min(found)]
        kept = unfinished(text, self._stops)
        self._held = text[len(text) - kept :]
        return text[: len(text) - kept]


class ReasoningSplitter:
    """Sets what stands between <think> tags at the start of an answer apart from the answer.

    Line breaks right after a tag belong to the tag.
    """

    def __init__(self, *, open_already: bool) -> None:
        self._state = "reasoning" if open_already else "start"
        self._after_tag = open_already
        self._held = ""

    def push(self, text: str) -> Delta:
        """Take more of the answer and return what is certain now."""
        text = self._held + text
        self._held = ""
        if self._after_tag:
            text = text.lstrip("\n")
            self._after_tag = not text
        if self._state == "start":
            return self._at_start(text)
        if self._state == "reasoning":
            return self._inside(text)
        return Delta(text=text)

    def finish(self) -> Delta:
        """Return what was held back: a tag that never became one."""
        held, self._held = self._held, ""
        return Delta(reasoning=held) if self._state == "reasoning" else Delta(text=held)

    def _at_start(self, text: str) -> Delta:
        begin = text.lstrip()
        if begin.startswith(_OPEN):
            return self._enter("reasoning", begin[len(_OPEN) :])
        if _OPEN.startswith(begin):
            self._held = text
            return Delta()
        self._state = "text"
        return Delta(text=text)

    def _inside(self, text: str) -> Delta:
        before, tag, after = text.partition(_CLOSE)
        if tag:
            return joined(Delta(reasoning=before), self._enter("text", after))
        kept = unfinished(text, (_CLOSE,))
        self._held = text[len(text) - kept :]
        return Delta(reasoning=text[: len(text) - kept])

    def _enter(self, state: str, text: str) -> Delta:
        self._state = state
        self._after_tag = True
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

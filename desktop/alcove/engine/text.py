"""From tokens to text: UTF-8 split across tokens, and stop strings."""

from __future__ import annotations

import codecs
from collections.abc import Sequence

from alcove.engine.answer import Delta
from alcove.engine.reasoning import ReasoningFormat, ReasoningSplitter, joined, unfinished


class TextStream:
    """The text of one answer as it comes; nothing that may still turn out otherwise is given."""

    def __init__(self, stops: Sequence[str], form: ReasoningFormat, *, reasoning: bool) -> None:
        """``reasoning``: the answer begins inside a reasoning block that the prompt opened."""
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._stops = tuple(stops)
        self._held = ""
        self._splitter = ReasoningSplitter(form, open_already=reasoning)
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

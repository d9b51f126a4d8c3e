"""From tokens to text: UTF-8 split across tokens, and stop strings."""

from __future__ import annotations

import codecs
from dataclasses import replace

from alcove.engine.answer import Delta
from alcove.engine.formats import Reader, joined, unfinished
from alcove.engine.job import Job
from alcove.engine.tally import Tally


class TextStream:
    """The text of one answer as it comes; nothing that may still turn out otherwise is given."""

    def __init__(self, job: Job) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._stops = job.stops
        self._held = ""
        self._reader = Reader(job.form, job.opening, job.tools)
        self._tally = Tally()
        self.stop = ""
        """The stop string that came, if one did."""

    def push(self, *tokens: bytes) -> Delta:
        """Take the bytes of tokens and return what is certain now."""
        texts = [self._decoder.decode(token) for token in tokens]
        for text in texts:
            self._tally.add(len(text))
        piece = self._reader.push(self._before_stop("".join(texts)))
        thoughts = self._reader.thoughts()
        return replace(piece, reasoning_tokens=self._tally.settle(thoughts, self._reader.decided))

    def finish(self) -> Delta:
        """Return what was held back."""
        rest = "" if self.stop else self._held + self._decoder.decode(b"", final=True)
        self._held = ""
        piece = joined(self._reader.push(rest), self._reader.finish())
        count = self._tally.settle(self._reader.thoughts(), None)
        return replace(piece, reasoning_tokens=count)

    def _before_stop(self, text: str) -> str:
        if not self._stops:
            return text
        text = self._held + text
        found = [(at, stop) for stop in self._stops if (at := text.find(stop)) >= 0]
        if found:
            at, self.stop = min(found)
            self._held = ""
            return text[:at]
        kept = unfinished(text, self._stops)
        self._held = text[len(text) - kept :]
        return text[: len(text) - kept]

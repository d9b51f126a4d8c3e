"""The answer that is being generated: its text, sent on in pieces."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from alcove.engine.answer import Delta, PromptProgress, TokenLogprob
from alcove.engine.formats import joined
from alcove.engine.job import Job
from alcove.engine.text import TextStream
from alcove.llama.model import Model

EVENT_INTERVAL = 0.03
"""Seconds between two pieces of an answer, at least: each one costs the decode loop CPU time."""

Emit = Callable[[PromptProgress | Delta], None]


class AnswerStream:
    """Takes tokens, and gives their text to ``emit``; the first at once.

    Text is made only when it is sent, or as far as stop strings want it.
    """

    def __init__(self, model: Model, job: Job, kept: frozenset[int], emit: Emit) -> None:
        """``kept`` are the special tokens whose text says how the answer is to be read."""
        self._model = model
        self._emit = emit
        self._kept = kept
        self._text = TextStream(job)
        self._every = bool(job.stops)
        self._tokens: list[bytes] = []
        self._logprobs: list[TokenLogprob] = []
        self._pending = Delta()
        self._sent = 0.0
        self.count = 0
        self.first = self.last = 0.0
        """When the first and the last token were there, on the clock of ``time.perf_counter``."""

    @property
    def stop(self) -> str:
        """The stop string that came, if one did."""
        return self._text.stop

    def add(self, token: int, now: float, logprob: TokenLogprob | None) -> None:
        """Take one token."""
        if not self.count:
            self.first = now
        self.count += 1
        self.last = now
        self._tokens.append(self._model.piece(token, special=token in self._kept))
        if logprob is not None:
            self._logprobs.append(logprob)
        due = now - self._sent >= EVENT_INTERVAL
        if due or self._every:
            self._read()
        if due and not self._pending.empty:
            self._send()
            self._sent = now

    def finish(self) -> None:
        """Send what is left."""
        self._read()
        self._pending = joined(self._pending, self._text.finish())
        if self._pending != Delta(tokens=self._pending.tokens):
            self._send()

    def _read(self) -> None:
        """Make text of the tokens that came."""
        piece = replace(
            self._text.push(*self._tokens),
            tokens=len(self._tokens),
            logprobs=tuple(self._logprobs),
        )
        self._pending = joined(self._pending, piece)
        self._tokens.clear()
        self._logprobs.clear()

    def _send(self) -> None:
        self._emit(self._pending)
        self._pending = Delta()

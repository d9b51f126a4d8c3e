"""The decode loop: one request after another on one sequence, keeping what they share."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import takewhile

from alcove.engine.answer import Delta, PromptProgress
from alcove.engine.reasoning import ReasoningFormat, joined
from alcove.engine.text import TextStream
from alcove.llama.context import Aborted, Context
from alcove.llama.model import Model
from alcove.llama.sampler import Sampler, SamplerOptions

EVENT_INTERVAL = 0.025
"""Seconds between two pieces of an answer, at least: each one costs the decode loop CPU time."""


@dataclass(frozen=True)
class Job:
    """One request, ready to be evaluated.

    ``form`` is how the model marks its reasoning; ``reasoning``: the prompt opened such a block.
    """

    tokens: tuple[int, ...]
    sampling: SamplerOptions
    max_tokens: int | None
    stops: tuple[str, ...]
    form: ReasoningFormat
    reasoning: bool


@dataclass(frozen=True)
class Outcome:
    """How a job went, in tokens and seconds. ``finish_reason``: "stop", "length" or "cancelled".

    Generation time runs from the first token, which the prompt's evaluation yields, to the last.
    """

    finish_reason: str
    prompt_tokens: int
    cached_tokens: int
    prompt_seconds: float
    generated_tokens: int
    generation_seconds: float


Emit = Callable[[PromptProgress | Delta], None]


class Sequence:
    """The one sequence of a model process: what is in its KV cache, and the loop that extends it.

    Not thread-safe, but for ``interrupt``.
    """

    def __init__(self, model: Model, context: Context) -> None:
        self._model = model
        self._context = context
        self._tokens: list[int] = []

    def interrupt(self) -> None:
        """Make the answer that is under way end as "cancelled". Any thread."""
        self._context.interrupt()

    def answer(self, job: Job, emit: Emit, cancelled: Callable[[], bool]) -> Outcome:
        """Evaluate the prompt and generate until an end; raises DecodeFailed."""
        self._context.resume()
        started = time.perf_counter()
        cached = self._reuse(job.tokens)
        sampler = Sampler(job.sampling, self._model.vocabulary_size)
        try:
            sampler.accept(job.tokens)
            self._evaluate_prompt(job.tokens, cached, emit, cancelled)
            first = time.perf_counter()
            stream = _Answer(self._model, job, emit, first)
            reason = self._generate(job, sampler, stream, cancelled)
        except Aborted:
            self._cut(len(self._tokens))
            return Outcome("cancelled", len(job.tokens), cached, 0.0, 0, 0.0)
        except Exception:
            self._cut(0)  # whatever it was, the next request shall not build on what it left
            raise
        finally:
            sampler.close()
        stream.finish()
        return Outcome(
            reason, len(job.tokens), cached, first - started, stream.count, stream.last - first
        )

    def _reuse(self, tokens: tuple[int, ...]) -> int:
        """Cut the cache back to what it shares with ``tokens``; one token is left to evaluate."""
        pairs = zip(self._tokens, tokens[:-1], strict=False)
        shared = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
        if shared < len(self._tokens) or shared == 0:
            self._cut(shared)
        return len(self._tokens)

    def _cut(self, count: int) -> None:
        """Keep the first ``count`` tokens, or as many of them as the model allows."""
        self._tokens = self._tokens[: self._context.keep(count)]

    def _evaluate_prompt(
        self, tokens: tuple[int, ...], cached: int, emit: Emit, cancelled: Callable[[], bool]
    ) -> None:
        for start in range(cached, len(tokens), self._context.batch):
            if cancelled():
                raise Aborted
            emit(PromptProgress(start, len(tokens), cached))
            batch = tokens[start : start + self._context.batch]
            self._context.decode(batch)
            self._tokens.extend(batch)
        emit(PromptProgress(len(tokens), len(tokens), cached))

    def _generate(
        self, job: Job, sampler: Sampler, answer: _Answer, cancelled: Callable[[], bool]
    ) -> str:
        room = self._context.length - len(self._tokens)
        limit = room if job.max_tokens is None else min(job.max_tokens, room)
        while not cancelled():
            token = sampler.sample(self._context)
            if self._model.ends_generation(token):
                return "stop"
            answer.add(token)
            if answer.stopped:
                return "stop"
            if answer.count >= limit:
                return "length"
            try:
                self._context.decode_one(token)
            except Aborted:
                self._cut(len(self._tokens))
                return "cancelled"
            self._tokens.append(token)
        return "cancelled"


class _Answer:
    """The answer that is being generated: its text, sent on in pieces of EVENT_INTERVAL."""

    def __init__(self, model: Model, job: Job, emit: Emit, started: float) -> None:
        self._model = model
        self._emit = emit
        self._special = job.form.special
        self._text = TextStream(job.stops, job.form, reasoning=job.reasoning)
        self._pending = Delta()
        self._sent = started - EVENT_INTERVAL
        self.count = 0
        self.last = started
        """When the last token that counts was there, on the clock of ``time.perf_counter``."""

    @property
    def stopped(self) -> bool:
        """Whether a stop string came."""
        return self._text.stopped

    def add(self, token: int) -> None:
        """Take one token."""
        self.count += 1
        self.last = time.perf_counter()
        data = self._model.piece(token, special=self._special)
        self._pending = joined(self._pending, replace(self._text.push(data), tokens=1))
        if self.last - self._sent >= EVENT_INTERVAL and not self._pending.empty:
            self._send()
            self._sent = self.last

    def finish(self) -> None:
        """Send what is left."""
        self._pending = joined(self._pending, self._text.finish())
        if not self._pending.empty:
            self._send()

    def _send(self) -> None:
        self._emit(self._pending)
        self._pending = Delta()

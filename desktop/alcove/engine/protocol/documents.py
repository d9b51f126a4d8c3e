"""The JSON documents that answer one request: chunks while it streams, or one at the end."""

from __future__ import annotations

import json
import time
import uuid
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

from alcove import __version__
from alcove.engine.answer import Delta, PromptProgress
from alcove.engine.job import Outcome
from alcove.engine.protocol.counts import generation, timings, usage
from alcove.engine.protocol.errors import Json, error_document
from alcove.engine.protocol.gathering import Gathering
from alcove.engine.protocol.options import AnswerOptions
from alcove.engine.ticket import AnswerFailed
from alcove.i18n import _

BUILD = f"alcove-{__version__}"
Step = PromptProgress | Delta | Outcome
"""What the answers to a request are made from."""


class Documents(ABC):
    """Turns what the jobs of one request yield into the documents of its answer."""

    done: ClassVar[str] = ""
    """What ends a stream, after its last document."""

    @abstractmethod
    def begin(self) -> list[Json]:
        """Return what is sent before anything is known."""

    @abstractmethod
    def take(self, index: int, step: Step) -> list[Json]:
        """Take a step of the answer ``index`` and return what a stream says of it."""

    @abstractmethod
    def end(self) -> list[Json]:
        """Return what a stream ends with."""

    @abstractmethod
    def whole(self) -> Json:
        """Return the answer to a request that does not stream, after every step was taken."""

    @abstractmethod
    def failure(self, message: str) -> list[Json]:
        """Return how a stream ends that cannot go on."""


class Completion(Documents):
    """What chats and completions share: a choice for each answer, in chunks or whole."""

    prefix: ClassVar[str]
    """What identities begin with."""
    kind: ClassVar[str]
    chunk_kind: ClassVar[str]
    done = "data: [DONE]\n\n"

    def __init__(self, model: str, options: AnswerOptions, prompts: int = 1) -> None:
        self._options = options
        self._started = time.perf_counter()
        self._answers = [Gathering(options.several_calls) for _ in range(prompts * options.count)]
        self._head: Json = {
            "id": f"{self.prefix}-{uuid.uuid4().hex}",
            "created": int(time.time()),
            "model": model,
            "system_fingerprint": BUILD,
        }

    def begin(self) -> list[Json]:
        """Return what is sent before anything is known."""
        first = self._first()
        if first is None:
            return []
        return [self._chunk(index, first) for index in range(len(self._answers))]

    def take(self, index: int, step: Step) -> list[Json]:
        """Take a step of the answer ``index`` and return what a stream says of it.

        Raises AnswerFailed for an answer that was cancelled, of which OpenAI knows no reason.
        """
        if isinstance(step, PromptProgress):
            return self._progress(index, step)
        if isinstance(step, Outcome):
            if step.finish_reason == "cancelled":
                raise AnswerFailed(
                    _("The answer was ended: its conversation is deleted, or the model unloaded.")
                )
            return [self._last(index, step)]
        return [self._piece(index, step)]

    def end(self) -> list[Json]:
        """Return what a stream ends with."""
        if not self._options.include_usage:
            return []
        counts = usage(self._answers, self._options.count)
        return [{**self._head, "object": self.chunk_kind, "choices": [], "usage": counts}]

    def whole(self) -> Json:
        """Return the answer to a request that does not stream, after every step was taken."""
        document = {
            **self._head,
            "object": self.kind,
            "choices": [self._whole_choice(index) for index in range(len(self._answers))],
            "usage": usage(self._answers, self._options.count),
        }
        match self._answers:
            case [Gathering(outcome=Outcome() as outcome)]:
                document["timings"] = timings(outcome)
        return document

    def failure(self, message: str) -> list[Json]:
        """Return how a stream ends that cannot go on."""
        return [error_document(500, "server_error", message)]

    @abstractmethod
    def _first(self) -> Json | None:
        """Return the content of the first chunk, if there is one."""

    @abstractmethod
    def _content(self, delta: Delta) -> Json:
        """Return the content of a choice in a chunk."""

    @abstractmethod
    def _message(self, answer: Gathering) -> Json:
        """Return the content of a choice that is whole."""

    @abstractmethod
    def _logprobs(self, index: int, piece: Delta | Gathering) -> Json:
        """Return the probabilities of the tokens in a piece of an answer, or in all of it."""

    @property
    def _counts(self) -> bool:
        return self._options.logprobs is not None

    def _progress(self, index: int, progress: PromptProgress) -> list[Json]:
        if not self._options.return_progress:
            return []
        counts = {
            "total": progress.total,
            "cache": progress.cached,
            "processed": progress.processed,
            "time_ms": (time.perf_counter() - self._started) * 1000,
        }
        return [self._chunk(index, self._content(Delta())) | {"prompt_progress": counts}]

    def _piece(self, index: int, delta: Delta) -> Json:
        answer = self._answers[index]
        delta = answer.add(delta)
        logprobs = self._logprobs(index, delta) if self._counts else None
        chunk = self._chunk(index, self._content(delta), logprobs=logprobs)
        if self._options.timings_per_token:
            seconds = time.perf_counter() - (answer.first or 0.0)
            chunk["timings"] = generation(answer.tokens, seconds)
        return chunk

    def _last(self, index: int, outcome: Outcome) -> Json:
        answer = self._answers[index]
        answer.outcome = outcome
        chunk = self._chunk(index, self._content(Delta()), answer.finish_reason)
        return chunk | {"timings": timings(outcome)}

    def _whole_choice(self, index: int) -> Json:
        answer = self._answers[index]
        logprobs = self._logprobs(index, answer) if self._counts else None
        return _choice(index, self._message(answer), answer.finish_reason, logprobs)

    def _chunk(
        self,
        index: int,
        content: Json,
        finish_reason: str | None = None,
        logprobs: Json | None = None,
    ) -> Json:
        choice = _choice(index, content, finish_reason, logprobs)
        chunk = {**self._head, "object": self.chunk_kind, "choices": [choice]}
        return chunk | {"usage": None} if self._options.include_usage else chunk


def _choice(index: int, content: Json, finish_reason: str | None, logprobs: Json | None) -> Json:
    return {"index": index, **content, "logprobs": logprobs, "finish_reason": finish_reason}


def event(document: Mapping[str, Any]) -> str:
    """Return a document as a server-sent event; one that has a type is named after it."""
    name = f"event: {document['type']}\n" if "type" in document else ""
    return f"{name}data: {json.dumps(document, ensure_ascii=False)}\n\n"

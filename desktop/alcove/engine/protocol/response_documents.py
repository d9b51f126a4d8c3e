"""The documents of OpenAI's responses."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterable

from alcove.engine.answer import CallPiece, Delta, PromptProgress
from alcove.engine.job import Outcome
from alcove.engine.protocol.counts import timings, usage
from alcove.engine.protocol.documents import Documents, Step
from alcove.engine.protocol.errors import Json
from alcove.engine.protocol.gathering import Gathering
from alcove.engine.protocol.response_items import Call, Item, Message, Reasoning
from alcove.engine.protocol.responses import ResponseRequest


class Response(Documents):
    """A response: events while it streams, or one document at the end."""

    def __init__(self, model: str, request: ResponseRequest) -> None:
        self._answer = Gathering(request.chat.options.several_calls)
        self._output: list[Json] = []
        self._item: Item | None = None
        self._number = 0
        self._head: Json = {
            "id": f"resp_{uuid.uuid4().hex}",
            "object": "response",
            "created_at": int(time.time()),
            "model": model,
            **request.echoed,
            "background": False,
            "previous_response_id": None,
            "store": False,
        }

    def begin(self) -> list[Json]:
        """Return what is sent before anything is known."""
        response = self._document("in_progress")
        kinds = ("response.created", "response.in_progress")
        return self._numbered({"type": kind, "response": response} for kind in kinds)

    def take(self, _index: int, step: Step) -> list[Json]:
        """Take a step of the answer and return what a stream says of it."""
        if isinstance(step, PromptProgress):
            return []
        if isinstance(step, Outcome):
            self._answer.outcome = step
            return self._numbered(self._close(self._status))
        return self._numbered(self._events(self._answer.add(step)))

    def end(self) -> list[Json]:
        """Return what a stream ends with."""
        kind = f"response.{self._status}"
        return self._numbered([{"type": kind, "response": self.whole()}])

    def whole(self) -> Json:
        """Return the answer to a request that does not stream, after every step was taken."""
        document = self._document(self._status)
        if self._answer.outcome is not None:
            document["usage"] = self._usage()
            document["timings"] = timings(self._answer.outcome)
        return document

    def failure(self, message: str) -> list[Json]:
        """Return how a stream ends that cannot go on."""
        error = {"code": "server_error", "message": message}
        response = self._document("failed") | {"error": error}
        return self._numbered([{"type": "response.failed", "response": response}])

    @property
    def _status(self) -> str:
        ended_early = self._answer.finish_reason in ("length", "cancelled")
        return "incomplete" if ended_early else "completed"

    def _events(self, delta: Delta) -> list[Json]:
        events: list[Json] = []
        if delta.reasoning:
            item, events = self._text_item(Reasoning)
            events += item.push(delta.reasoning)
        if delta.text:
            item, opened = self._text_item(Message)
            events += opened + item.push(delta.text, delta.logprobs)
        for piece in delta.calls:
            call, opened = self._call(piece)
            events += opened + call.push(piece.arguments)
        return events

    def _text_item(
        self, kind: type[Reasoning] | type[Message]
    ) -> tuple[Reasoning | Message, list[Json]]:
        """Return the item that goes on, or a new one with the events of the change."""
        if isinstance(self._item, kind):
            return self._item, []
        closed = self._close("completed")
        item = kind(len(self._output))
        self._item = item
        return item, closed + item.open()

    def _call(self, piece: CallPiece) -> tuple[Call, list[Json]]:
        if isinstance(self._item, Call) and self._item.call == piece.index:
            return self._item, []
        closed = self._close("completed")
        call = Call(len(self._output), piece)
        self._item = call
        return call, closed + call.open()

    def _close(self, status: str) -> list[Json]:
        if self._item is None:
            return []
        events = self._item.close(status)
        self._output.append(self._item.document(status))
        self._item = None
        return events

    def _document(self, status: str) -> Json:
        full = self._answer.finish_reason == "length"
        reason = {"reason": "max_output_tokens"} if full else None
        return {
            **self._head,
            "status": status,
            "error": None,
            "incomplete_details": reason if status == "incomplete" else None,
            "output": list(self._output),
            "usage": None,
        }

    def _usage(self) -> Json:
        counts = usage([self._answer])
        return {
            "input_tokens": counts["prompt_tokens"],
            "input_tokens_details": {**counts["prompt_tokens_details"], "cache_write_tokens": 0},
            "output_tokens": counts["completion_tokens"],
            "output_tokens_details": counts["completion_tokens_details"],
            "total_tokens": counts["total_tokens"],
        }

    def _numbered(self, events: Iterable[Json]) -> list[Json]:
        numbered = []
        for event in events:
            numbered.append({**event, "sequence_number": self._number})
            self._number += 1
        return numbered

"""The items of a response while they arrive, and the events that tell of it."""

from __future__ import annotations

import uuid
from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import ClassVar

from alcove.engine.answer import CallPiece, TokenLogprob
from alcove.engine.protocol.errors import Json
from alcove.engine.protocol.probabilities import chat_logprobs


class Item(ABC):
    """One item of a response; each method returns the events of what it does."""

    prefix: ClassVar[str]
    """What identities begin with."""

    def __init__(self, index: int) -> None:
        """``index`` is the item's place in the response."""
        self._index = index
        self._id = f"{self.prefix}_{uuid.uuid4().hex}"
        self._pieces: list[str] = []

    @property
    def text(self) -> str:
        """What the item holds so far."""
        return "".join(self._pieces)

    def open(self) -> list[Json]:
        """Begin."""
        item = self.document("in_progress")
        return [{"type": "response.output_item.added", "output_index": self._index, "item": item}]

    def close(self, status: str) -> list[Json]:
        """End; ``status`` is "completed" or "incomplete"."""
        item = self.document(status)
        return [{"type": "response.output_item.done", "output_index": self._index, "item": item}]

    @abstractmethod
    def document(self, status: str) -> Json:
        """Return the item as it is now."""

    def _event(self, kind: str, **values: object) -> Json:
        place = {"item_id": self._id, "output_index": self._index}
        return {"type": f"response.{kind}", **place, **values}


class TextItem(Item):
    """An item of one part of text: the message, or the reasoning before it."""

    part_kind: ClassVar[str]

    def __init__(self, index: int) -> None:
        super().__init__(index)
        self._logprobs: list[Json] = []

    def open(self) -> list[Json]:
        """Begin, with an empty part."""
        part = self._part("", [])
        return [*super().open(), self._event("content_part.added", content_index=0, part=part)]

    def push(self, text: str, logprobs: Iterable[TokenLogprob] = ()) -> list[Json]:
        """Go on."""
        known = chat_logprobs(logprobs)
        self._pieces.append(text)
        self._logprobs.extend(known)
        delta = {"content_index": 0, "delta": text, **self._probabilities(known)}
        return [self._event(f"{self.part_kind}.delta", **delta)]

    def close(self, status: str) -> list[Json]:
        """End, first the text and its part."""
        done = {"content_index": 0, "text": self.text, **self._probabilities(self._logprobs)}
        part = self._part(self.text, self._logprobs)
        return [
            self._event(f"{self.part_kind}.done", **done),
            self._event("content_part.done", content_index=0, part=part),
            *super().close(status),
        ]

    def document(self, status: str) -> Json:
        """Return the item as it is now; its part comes when it is whole."""
        content = [] if status == "in_progress" else [self._part(self.text, self._logprobs)]
        return {"id": self._id, "content": content, "status": status, **self._head()}

    @abstractmethod
    def _head(self) -> Json:
        """Return what the item says of itself."""

    def _part(self, text: str, logprobs: list[Json]) -> Json:
        return {"type": self.part_kind, "text": text, **self._probabilities(logprobs)}

    def _probabilities(self, _logprobs: list[Json]) -> Json:
        return {}


class Reasoning(TextItem):
    """How the model came to its answer."""

    prefix = "rs"
    part_kind = "reasoning_text"

    def _head(self) -> Json:
        return {"type": "reasoning", "summary": [], "encrypted_content": None}


class Message(TextItem):
    """What the model says."""

    prefix = "msg"
    part_kind = "output_text"

    def _head(self) -> Json:
        return {"type": "message", "role": "assistant"}

    def _part(self, text: str, logprobs: list[Json]) -> Json:
        return {**super()._part(text, logprobs), "annotations": []}

    def _probabilities(self, logprobs: list[Json]) -> Json:
        return {"logprobs": logprobs}


class Call(Item):
    """A function that the model wants called."""

    prefix = "fc"

    def __init__(self, index: int, piece: CallPiece) -> None:
        super().__init__(index)
        self.call = piece.index
        self._name = piece.name
        self._call_id = piece.id

    def push(self, arguments: str) -> list[Json]:
        """Go on with the arguments."""
        if not arguments:
            return []
        self._pieces.append(arguments)
        return [self._event("function_call_arguments.delta", delta=arguments)]

    def close(self, status: str) -> list[Json]:
        """End, first the arguments."""
        done = self._event("function_call_arguments.done", name=self._name, arguments=self.text)
        return [done, *super().close(status)]

    def document(self, status: str) -> Json:
        """Return the item as it is now."""
        return {
            "id": self._id,
            "type": "function_call",
            "call_id": self._call_id,
            "name": self._name,
            "arguments": self.text,
            "status": status,
        }

"""One answer, put together from its pieces."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace

from alcove.engine.answer import CallPiece, Delta, TokenLogprob, ToolCall
from alcove.engine.job import Outcome


@dataclass
class Gathering:
    """An answer while its pieces arrive, and when it is whole.

    Without ``several_calls`` those after the first are left out.
    """

    several_calls: bool = True
    logprobs: list[TokenLogprob] = field(default_factory=list)
    outcome: Outcome | None = None
    tokens: int = 0
    reasoning_tokens: int = 0
    """Those with reasoning in them; the marks around it do not count."""
    first: float | None = None
    """When the first piece came, on the clock of ``time.perf_counter``."""
    _text: list[str] = field(default_factory=list)
    _reasoning: list[str] = field(default_factory=list)
    _calls: dict[int, ToolCall] = field(default_factory=dict)

    def add(self, delta: Delta) -> Delta:
        """Take a piece; return what of it counts."""
        if not self.several_calls:
            first = tuple(piece for piece in delta.calls if piece.index == 0)
            delta = replace(delta, calls=first)
        self.first = self.first or time.perf_counter()
        self.tokens += delta.tokens
        self.reasoning_tokens += delta.reasoning_tokens
        self.logprobs.extend(delta.logprobs)
        self._text.append(delta.text)
        self._reasoning.append(delta.reasoning)
        for piece in delta.calls:
            self._extend(piece)
        return delta

    @property
    def text(self) -> str:
        """What the answer says."""
        return "".join(self._text)

    @property
    def reasoning(self) -> str:
        """How the model came to it."""
        return "".join(self._reasoning)

    @property
    def calls(self) -> tuple[ToolCall, ...]:
        """The functions that the model wants called."""
        return tuple(self._calls.values())

    @property
    def finish_reason(self) -> str:
        """OpenAI's reason why the answer ended."""
        reason = self.outcome.finish_reason if self.outcome else "stop"
        return "tool_calls" if reason == "stop" and self._calls else reason

    def _extend(self, piece: CallPiece) -> None:
        begun = self._calls.get(piece.index, ToolCall("", ""))
        self._calls[piece.index] = ToolCall(
            begun.name + piece.name, begun.arguments + piece.arguments, begun.id or piece.id
        )

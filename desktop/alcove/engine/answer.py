"""What is asked of a model and what comes back, whichever engine speaks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from alcove.catalog.model import Sampling

Role = Literal["system", "user", "assistant", "tool"]


@dataclass(frozen=True)
class ToolCall:
    """A function that the model wants called; ``arguments`` is a JSON object, as text."""

    name: str
    arguments: str
    id: str = ""


@dataclass(frozen=True)
class Turn:
    """One message of a conversation, as the model sees it.

    ``reasoning`` and ``tool_calls`` are of the assistant. A turn of the role "tool" is the result
    of the call ``tool_call_id`` of the function ``name``.
    """

    role: Role
    content: str
    reasoning: str = ""
    tool_calls: tuple[ToolCall, ...] = ()
    tool_call_id: str = ""
    name: str = ""


@dataclass(frozen=True)
class Request:
    """A conversation to answer. None leaves the engine's default; ``max_tokens`` bounds the answer.

    Sampling parameters mean what they mean in llama.cpp. ``conversation`` tells conversations
    apart, so that what an engine of ours keeps of one can be forgotten; empty where none is kept.
    ``continues``: the last turn is an answer, and goes on.
    """

    turns: tuple[Turn, ...]
    max_tokens: int | None = None
    temperature: float | None = None
    top_k: int | None = None
    top_p: float | None = None
    min_p: float | None = None
    repeat_penalty: float | None = None
    seed: int | None = None
    ignore_eos: bool = False
    """Whether it goes on to ``max_tokens`` where the model would end it: for measurements."""
    stop: tuple[str, ...] = ()
    conversation: str = ""
    continues: bool = False


def advised_request(turns: tuple[Turn, ...], sampling: Sampling) -> Request:
    """Ask for an answer sampled as the publisher of the model advises."""
    return Request(
        turns,
        temperature=sampling.temperature,
        top_k=sampling.top_k,
        top_p=sampling.top_p,
        min_p=sampling.min_p,
        repeat_penalty=sampling.repeat_penalty,
    )


@dataclass(frozen=True)
class PromptProgress:
    """How much of the prompt is processed, in tokens; ``cached`` of them were known already."""

    processed: int
    total: int
    cached: int


@dataclass(frozen=True)
class CallPiece:
    """A piece of a tool call: its name comes first and whole, its arguments in pieces of JSON.

    ``index`` counts the calls of an answer from 0; ``id`` comes with the name.
    """

    index: int
    id: str = ""
    name: str = ""
    arguments: str = ""


@dataclass(frozen=True)
class Alternative:
    """A token that could stand at one place, with the natural logarithm of its probability."""

    data: bytes
    logprob: float


@dataclass(frozen=True)
class TokenLogprob:
    """A generated token, and the likeliest at its place, best first."""

    chosen: Alternative
    likeliest: tuple[Alternative, ...] = ()


@dataclass(frozen=True)
class Delta:
    """A piece of the answer: text for the user, reasoning that came before it, tool calls.

    ``tokens`` is how many tokens were generated for it; ``logprobs`` are theirs, if asked for.
    ``reasoning_tokens`` is how many more tokens are now known to hold reasoning.
    """

    text: str = ""
    reasoning: str = ""
    tokens: int = 0
    calls: tuple[CallPiece, ...] = ()
    logprobs: tuple[TokenLogprob, ...] = ()
    reasoning_tokens: int = 0

    @property
    def empty(self) -> bool:
        """Whether there is nothing to show."""
        return not (self.text or self.reasoning or self.calls)


@dataclass(frozen=True)
class Readout:
    """How an answer went. Speeds are tokens per second, times are seconds as the client saw them.

    ``peak_memory_bytes`` is the largest resident size of the model process so far, with what its
    children add, where known.
    """

    finish_reason: str
    prompt_tokens: int
    cached_tokens: int
    completion_tokens: int
    time_to_first_token_s: float
    prompt_tokens_per_second: float
    generation_tokens_per_second: float
    peak_memory_bytes: int | None
    context: int | None = None
    """The context the model was loaded with, in tokens."""


Event = PromptProgress | Delta | Readout
"""A stream of an answer: progress, then deltas, then exactly one readout."""

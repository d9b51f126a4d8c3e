"""Which messages of a branch a model sees, where its context is shorter than the conversation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from alcove.chat.conversation import Message

_AROUND = 8
"""Tokens that a template puts around a message."""
_BEFORE = 48
"""Tokens that a template puts before the first one."""
_LETTERS = 3.5
"""How many letters a token has, as long as no answer of this conversation tells."""
_ENOUGH = 32
"""How many tokens of answers tell it."""


@dataclass(frozen=True)
class Seen:
    """What a model sees of a branch: the messages from ``first`` on, about so many ``tokens``."""

    first: int
    tokens: int


def seen_of(branch: Sequence[Message], context: int | None, prompt: str = "") -> Seen:
    """Return what is seen of ``branch`` when it is answered, or its last answer continued.

    ``prompt`` is the system prompt, which is always seen.

    Where the next message would leave no room for an answer, the oldest ones are left out, until
    half of the context is free: so it happens rarely, and what was read before stays of use. The
    same branch always loses the same messages.
    """
    costs = _costs(branch)
    first, tokens = 0, _BEFORE + (tokens_of(prompt, branch) if prompt else 0)
    for place, message in enumerate(branch):
        tokens += costs[place]
        asks = message.role == "user" or place == len(branch) - 1
        if context is None or not asks or tokens + _reserve(context) <= context:
            continue
        while first < place and (tokens > context // 2 or branch[first].role != "user"):
            tokens -= costs[first]
            first += 1
    return Seen(first, tokens)


def tokens_of(text: str, branch: Sequence[Message] = ()) -> int:
    """Estimate how many tokens ``text`` is, by the answers of the conversation that it is for."""
    return round(len(text) / _letters(branch)) + _AROUND


def _costs(branch: Sequence[Message]) -> list[int]:
    letters = _letters(branch)
    return [_cost(message, letters) for message in branch]


def _cost(message: Message, letters: float) -> int:
    figures, written = message.figures, len(message.text) + len(message.reasoning)
    if message.role == "user" or figures is None or not figures.answer_tokens or not written:
        files = sum(len(one.name) + len(one.text) + _AROUND for one in message.attachments)
        return round((files + len(message.text)) / letters) + _AROUND
    share = len(message.text) / written  # models are not shown again what they thought
    return round(figures.answer_tokens * share) + _AROUND


def _letters(branch: Sequence[Message]) -> float:
    """Return how many letters a token has, on the small side."""
    letters = tokens = 0
    for message in branch:
        if message.role == "assistant" and message.figures is not None:
            letters += len(message.text) + len(message.reasoning)
            tokens += message.figures.answer_tokens
    return max(1.0, 0.9 * letters / tokens) if tokens >= _ENOUGH and letters else _LETTERS


def _reserve(context: int) -> int:
    """Return how many tokens are kept free for an answer."""
    return min(1024, context // 4)

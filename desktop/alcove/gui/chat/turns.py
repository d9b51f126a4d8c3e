"""From a branch of a conversation to the request that asks for its next answer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from alcove.catalog.model import Sampling
from alcove.chat.context import seen_of
from alcove.chat.conversation import Figures, Message
from alcove.engine.answer import Readout, Request, Turn, advised_request


def request_for(
    branch: Sequence[Message], sampling: Sampling, context: int | None = None
) -> Request:
    """Return the request that answers ``branch``, sampled as the publisher advises.

    If its last message is an answer, that goes on. What does not fit into ``context`` tokens is
    left out.
    """
    key, last = conversation_key(branch[0].conversation), branch[-1]
    seen = branch[seen_of(branch, context).first :]
    if last.role == "user":
        return replace(advised_request(turns_of(seen), sampling), conversation=key)
    begun = Turn("assistant", last.text, last.reasoning)
    request = advised_request((*turns_of(seen[:-1]), begun), sampling)
    return replace(request, conversation=key, continues=True)


def conversation_key(conversation: int) -> str:
    """Return what engines call a conversation."""
    return f"alcove-chat-{conversation}"


def turns_of(branch: Iterable[Message]) -> tuple[Turn, ...]:
    """Return the turns of ``branch``: without empty answers, and with roles that alternate.

    Many chat templates refuse two turns of one role in a row.
    """
    turns: list[Turn] = []
    for message in branch:
        if not message.text.strip():
            continue
        if turns and turns[-1].role == message.role:
            joined = f"{turns.pop().content}\n\n{message.text}"
            turns.append(Turn(message.role, joined))
        else:
            turns.append(Turn(message.role, message.text))
    return tuple(turns)


def figures_of(readout: Readout) -> Figures:
    """Return what a conversation keeps of a readout."""
    return Figures(
        finish_reason=readout.finish_reason,
        prompt_tokens=readout.prompt_tokens,
        cached_tokens=readout.cached_tokens,
        completion_tokens=readout.completion_tokens,
        time_to_first_token_s=readout.time_to_first_token_s,
        prompt_tokens_per_second=readout.prompt_tokens_per_second,
        generation_tokens_per_second=readout.generation_tokens_per_second,
        context=readout.context,
    )

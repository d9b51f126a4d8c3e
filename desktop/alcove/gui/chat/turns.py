"""From a branch of a conversation to the request that asks for its next answer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from alcove.catalog.model import Sampling
from alcove.chat.attachments import as_prompt
from alcove.chat.context import seen_of
from alcove.chat.conversation import Figures, Message
from alcove.chat.setup import Setup, sampling_of
from alcove.engine.answer import Readout, Request, Turn, advised_request


def request_for(
    branch: Sequence[Message], advised: Sampling, setup: Setup, context: int | None = None
) -> Request:
    """Return the request that answers ``branch``, sampled as the user or else the advice says.

    If its last message is an answer, that goes on. What does not fit into ``context`` tokens is
    left out.
    """
    last = branch[-1]
    seen = branch[seen_of(branch, context, setup.prompt).first :]
    turns = [Turn("system", setup.prompt)] if setup.prompt.strip() else []
    if last.role == "user":
        turns += turns_of(seen)
    else:
        turns += (*turns_of(seen[:-1]), Turn("assistant", last.text, last.reasoning))
    return replace(
        advised_request(tuple(turns), sampling_of(setup, advised)),
        max_tokens=setup.max_tokens,
        seed=setup.seed,
        conversation=conversation_key(branch[0].conversation),
        continues=last.role == "assistant",
    )


def conversation_key(conversation: int) -> str:
    """Return what engines call a conversation."""
    return f"alcove-chat-{conversation}"


def turns_of(branch: Iterable[Message]) -> tuple[Turn, ...]:
    """Return the turns of ``branch``: without empty answers, and with roles that alternate.

    Many chat templates refuse two turns of one role in a row.
    """
    turns: list[Turn] = []
    for message in branch:
        said = _said(message)
        if not said.strip():
            continue
        if turns and turns[-1].role == message.role:
            said = f"{turns.pop().content}\n\n{said}"
        turns.append(Turn(message.role, said))
    return tuple(turns)


def _said(message: Message) -> str:
    """Return the text of a message, below that of the files that go with it."""
    if not message.attachments:
        return message.text
    return "\n\n".join([*map(as_prompt, message.attachments), message.text]).rstrip()


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

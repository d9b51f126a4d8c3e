"""What a conversation is: a tree of messages, of which one branch is in view."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Role = Literal["user", "assistant"]
State = Literal["complete", "partial", "failed"]
Kind = Literal["text", "code", "pdf", "table"]

_TITLE_LENGTH = 60


@dataclass(frozen=True)
class Figures:
    """How an answer went. Speeds are tokens per second; ``context`` is in tokens."""

    finish_reason: str
    prompt_tokens: int
    cached_tokens: int
    completion_tokens: int
    time_to_first_token_s: float
    prompt_tokens_per_second: float
    generation_tokens_per_second: float
    context: int | None = None
    continued_tokens: int = 0
    """How many tokens of the answer the prompt held, since it was continued."""

    @property
    def answer_tokens(self) -> int:
        """How many tokens the whole answer has."""
        return self.continued_tokens + self.completion_tokens


@dataclass(frozen=True)
class Attachment:
    """A file that goes with a message: its name, and its text as the model reads it."""

    name: str
    kind: Kind
    text: str


@dataclass(frozen=True)
class Message:
    """One message. ``parent`` is the message before it; messages with one parent are branches.

    ``state`` is "partial" while an answer is written and after the user stopped it, and "failed"
    when something else ended it; ``failure`` is then the sentence. ``reasoning_s`` is how long
    the model reasoned before it answered, in seconds.
    """

    id: int
    conversation: int
    parent: int | None
    role: Role
    text: str
    created: datetime
    state: State = "complete"
    reasoning: str = ""
    reasoning_s: float | None = None
    model: str | None = None
    failure: str | None = None
    figures: Figures | None = None
    attachments: tuple[Attachment, ...] = ()

    @property
    def unfinished(self) -> bool:
        """Whether it is an answer that was begun and could go on."""
        if self.role == "user" or not (self.text or self.reasoning):
            return False
        cut = self.figures is not None and self.figures.finish_reason == "length"
        return cut or self.state != "complete"


@dataclass(frozen=True)
class Conversation:
    """One conversation. ``target`` names the model used last; ``leaf`` ends the branch in view.

    ``folder`` is the name of the folder that it lies in; empty: in none.
    """

    id: int
    title: str
    target: str
    leaf: int | None
    created: datetime
    updated: datetime
    pinned: bool = False
    folder: str = ""


def title_of(text: str) -> str:
    """Return the title that a conversation opening with ``text`` gets: at most 60 characters."""
    words = " ".join(text.split())
    if len(words) <= _TITLE_LENGTH:
        return words
    cut = words[:_TITLE_LENGTH]
    return (cut.rsplit(" ", 1)[0] if " " in cut else cut).rstrip(" ,.;:") + "…"

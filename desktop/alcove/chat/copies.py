"""A whole conversation outside the store: what is exported and imported."""

from __future__ import annotations

from dataclasses import dataclass

from alcove.chat.conversation import Conversation, Message
from alcove.chat.setup import AS_ADVISED, Setup


@dataclass(frozen=True)
class Copy:
    """A conversation with the messages of all its branches, each after the one that it follows.

    The ids tell the messages apart; the store gives them others when it takes the copy in.
    """

    conversation: Conversation
    messages: tuple[Message, ...]
    setup: Setup = AS_ADVISED

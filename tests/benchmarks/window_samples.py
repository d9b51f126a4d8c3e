"""Conversations that the figures of the window are taken with."""

from __future__ import annotations

from dataclasses import replace

from alcove.chat.conversation import Figures
from alcove.chat.store import ConversationStore
from benchmarks.token_server import SAMPLE

MESSAGES = 1000
_QUESTION = "How does a parser read this, and which rule does it choose for number {number}?"


def fill(store: ConversationStore, messages: int) -> int:
    """Keep a conversation of so many messages; returns its id."""
    conversation = store.create("starter").id
    parent = None
    for number in range(messages):
        if number % 2:
            text = SAMPLE.replace("{number}", str(number))
            answer = store.append(conversation, parent, "assistant", text, model="SmolLM2")
            figures = Figures("stop", 300 * number, 250 * number, 300, 0.2, 900.0, 42.0, 4096)
            store.save(replace(answer, figures=figures))
            parent = answer.id
        else:
            question = _QUESTION.format(number=number)
            parent = store.append(conversation, parent, "user", question).id
    return conversation

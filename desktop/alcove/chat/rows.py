"""From rows of the tables to what they say."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from datetime import UTC, datetime

from alcove.chat.conversation import Attachment, Conversation, Figures, Message

CONVERSATION = "id, title, target, leaf, created, updated, pinned, folder"
"""The columns that ``conversation_of`` reads."""


def conversation_of(row: sqlite3.Row) -> Conversation:
    """Return the conversation that a row of its columns holds."""
    return Conversation(
        row["id"],
        row["title"],
        row["target"],
        row["leaf"],
        datetime.fromtimestamp(row["created"], UTC),
        datetime.fromtimestamp(row["updated"], UTC),
        bool(row["pinned"]),
        row["folder"],
    )


def message_of(row: sqlite3.Row, attachments: Iterable[Attachment] = ()) -> Message:
    """Return the message that a row of all columns holds."""
    return Message(
        id=row["id"],
        conversation=row["conversation"],
        parent=row["parent"],
        role=row["role"],
        text=row["text"],
        created=datetime.fromtimestamp(row["created"], UTC),
        state=row["state"],
        reasoning=row["reasoning"],
        reasoning_s=row["reasoning_s"],
        model=row["model"],
        failure=row["failure"],
        figures=Figures(**json.loads(row["figures"])) if row["figures"] else None,
        attachments=tuple(attachments),
    )

"""What was typed and attached but not sent yet, for each conversation."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from alcove.chat.conversation import Attachment
from alcove.chat.database import Database

_NEW = 0
"""Stands for the conversation that has not begun."""


@dataclass(frozen=True)
class Draft:
    """A message that is not sent yet."""

    text: str = ""
    attachments: tuple[Attachment, ...] = ()


class Drafts:
    """The drafts in the file of the conversations; None is the conversation that has not begun."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def read(self, conversation: int | None) -> Draft:
        """Return the draft of a conversation, or an empty one; raises StorageError."""
        rows = self._database.read(
            "SELECT * FROM chat_drafts WHERE conversation = ?", conversation or _NEW
        )
        if not rows:
            return Draft()
        attachments = json.loads(rows[0]["attachments"])
        return Draft(rows[0]["text"], tuple(Attachment(**one) for one in attachments))

    def keep(self, conversation: int | None, draft: Draft) -> None:
        """Remember a draft in place of the one before; raises StorageError."""
        if draft == Draft():
            self._database.write(
                "DELETE FROM chat_drafts WHERE conversation = ?", conversation or _NEW
            )
            return
        self._database.write(
            "INSERT OR REPLACE INTO chat_drafts (conversation, text, attachments) VALUES (?, ?, ?)",
            conversation or _NEW,
            draft.text,
            json.dumps([asdict(one) for one in draft.attachments]),
        )

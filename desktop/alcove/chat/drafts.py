"""What was typed but not sent yet, for each conversation."""

from __future__ import annotations

from alcove.chat.database import Database

_NEW = 0
"""Stands for the conversation that has not begun."""


class Drafts:
    """The drafts in the file of the conversations; None is the conversation that has not begun."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def read(self, conversation: int | None) -> str:
        """Return the draft of a conversation, or nothing; raises StorageError."""
        rows = self._database.read(
            "SELECT text FROM chat_drafts WHERE conversation = ?", conversation or _NEW
        )
        return rows[0]["text"] if rows else ""

    def keep(self, conversation: int | None, text: str) -> None:
        """Remember a draft in place of the one before; raises StorageError."""
        if text:
            self._database.write(
                "INSERT OR REPLACE INTO chat_drafts VALUES (?, ?)", conversation or _NEW, text
            )
        else:
            self._database.write(
                "DELETE FROM chat_drafts WHERE conversation = ?", conversation or _NEW
            )

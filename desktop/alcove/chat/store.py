"""Conversations, kept in SQLite."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from alcove.chat.conversation import Conversation, Figures, Message, Role, State, title_of
from alcove.chat.database import open_database
from alcove.database import storage_errors

_CONVERSATION = "id, title, target, leaf, created, updated"

_PATH = """
    WITH RECURSIVE branch (id, depth) AS (
        SELECT leaf, 0 FROM chat_conversations WHERE id = ?
        UNION ALL
        SELECT m.parent, branch.depth + 1 FROM chat_messages m JOIN branch ON m.id = branch.id
    )
    SELECT m.* FROM chat_messages m JOIN branch ON m.id = branch.id ORDER BY branch.depth DESC
"""

_NEWEST_BENEATH = """
    WITH RECURSIVE beneath (id) AS (
        SELECT ?
        UNION ALL
        SELECT m.id FROM chat_messages m JOIN beneath ON m.parent = beneath.id
    )
    SELECT max(id) AS id FROM beneath
"""


def _now() -> datetime:
    return datetime.now(UTC)


class ConversationStore:
    """The conversations of one file.

    Every call is quick and commits before it returns, so that a crash loses nothing. Use a store
    from the thread that made it only. Every method may raise StorageError.
    """

    def __init__(self, path: Path, now: Callable[[], datetime] = _now) -> None:
        opened = open_database(path)
        self._path = path
        self._connection = opened.connection
        self._now = now
        self.warning = opened.warning
        """What went wrong while the file was opened, as a sentence for the user."""
        self._write("DELETE FROM chat_conversations WHERE deleted")

    def close(self) -> None:
        """Close the file; the store cannot be used any more."""
        self._connection.close()

    def conversations(self, containing: str = "") -> tuple[Conversation, ...]:
        """Return those whose title or messages contain a text, newest first."""
        pattern = f"%{_escaped(containing)}%"
        rows = self._read(
            f"SELECT {_CONVERSATION} FROM chat_conversations c WHERE NOT deleted"
            " AND (title LIKE ?1 ESCAPE '\\' OR EXISTS (SELECT 1 FROM chat_messages"
            " WHERE conversation = c.id AND text LIKE ?1 ESCAPE '\\'))"
            " ORDER BY updated DESC, id DESC",
            pattern,
        )
        return tuple(_conversation(row) for row in rows)

    def conversation(self, conversation: int) -> Conversation | None:
        """Return one conversation, or None if there is none with that id."""
        rows = self._read(
            f"SELECT {_CONVERSATION} FROM chat_conversations WHERE id = ? AND NOT deleted",
            conversation,
        )
        return _conversation(rows[0]) if rows else None

    def create(self, target: str) -> Conversation:
        """Start a conversation with the model called ``target``; its first message titles it."""
        now = self._now()
        created = self._write(
            "INSERT INTO chat_conversations (title, target, created, updated) VALUES ('', ?, ?, ?)",
            target,
            now.timestamp(),
            now.timestamp(),
        )
        return Conversation(created, "", target, None, now, now)

    def rename(self, conversation: int, title: str) -> None:
        """Give a conversation another title."""
        self._write("UPDATE chat_conversations SET title = ? WHERE id = ?", title, conversation)

    def retarget(self, conversation: int, target: str) -> None:
        """Remember that the conversation goes on with the model called ``target``."""
        self._write("UPDATE chat_conversations SET target = ? WHERE id = ?", target, conversation)

    def delete(self, conversation: int) -> None:
        """Hide a conversation; it is gone for good when the store is opened the next time."""
        self._write("UPDATE chat_conversations SET deleted = 1 WHERE id = ?", conversation)

    def restore(self, conversation: int) -> None:
        """Undo ``delete``."""
        self._write("UPDATE chat_conversations SET deleted = 0 WHERE id = ?", conversation)

    def append(
        self,
        conversation: int,
        parent: int | None,
        role: Role,
        text: str,
        *,
        model: str | None = None,
        state: State = "complete",
    ) -> Message:
        """Add a message after ``parent``, None for the first, and bring its branch into view."""
        now = self._now()
        with storage_errors(self._path), self._connection:
            self._connection.execute("BEGIN")
            added = self._connection.execute(
                "INSERT INTO chat_messages"
                " (conversation, parent, role, text, reasoning, model, state, created)"
                " VALUES (?, ?, ?, ?, '', ?, ?, ?)",
                (conversation, parent, role, text, model, state, now.timestamp()),
            ).lastrowid
            self._connection.execute(
                "UPDATE chat_conversations SET leaf = ?, updated = ?,"
                " title = CASE title WHEN '' THEN ? ELSE title END WHERE id = ?",
                (added, now.timestamp(), title_of(text), conversation),
            )
        assert added is not None
        return Message(added, conversation, parent, role, text, now, state, model=model)

    def save(self, message: Message) -> None:
        """Write what changes while an answer comes: text, reasoning, state, figures."""
        self._write(
            "UPDATE chat_messages SET text = ?, reasoning = ?, reasoning_s = ?, state = ?,"
            " failure = ?, figures = ? WHERE id = ?",
            message.text,
            message.reasoning,
            message.reasoning_s,
            message.state,
            message.failure,
            json.dumps(asdict(message.figures)) if message.figures else None,
            message.id,
        )

    def branch(self, conversation: int) -> tuple[Message, ...]:
        """Return the messages in view, from the first one to the current leaf."""
        return tuple(_message(row) for row in self._read(_PATH, conversation))

    def siblings(self, message: Message) -> tuple[int, ...]:
        """Return the ids of all messages with the same parent, oldest first; its own included."""
        rows = self._read(
            "SELECT id FROM chat_messages WHERE conversation = ? AND parent IS ? ORDER BY id",
            message.conversation,
            message.parent,
        )
        return tuple(row["id"] for row in rows)

    def choose(self, conversation: int, message: int) -> None:
        """Bring the newest branch through ``message`` into view."""
        leaf = self._read(_NEWEST_BENEATH, message)[0]["id"]
        self._write("UPDATE chat_conversations SET leaf = ? WHERE id = ?", leaf, conversation)

    def _read(self, statement: str, *values: object) -> list[sqlite3.Row]:
        with storage_errors(self._path):
            return self._connection.execute(statement, values).fetchall()

    def _write(self, statement: str, *values: object) -> int:
        with storage_errors(self._path):
            return self._connection.execute(statement, values).lastrowid or 0


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _conversation(row: sqlite3.Row) -> Conversation:
    return Conversation(
        row["id"],
        row["title"],
        row["target"],
        row["leaf"],
        datetime.fromtimestamp(row["created"], UTC),
        datetime.fromtimestamp(row["updated"], UTC),
    )


def _message(row: sqlite3.Row) -> Message:
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
    )

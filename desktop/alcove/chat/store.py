"""Conversations, kept in SQLite."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path

from alcove.chat.conversation import Attachment, Conversation, Message, Role, State, title_of
from alcove.chat.copies import Copy
from alcove.chat.database import open_again, open_database
from alcove.chat.drafts import Drafts
from alcove.chat.presets import Presets
from alcove.chat.rows import CONVERSATION, conversation_of, message_of
from alcove.chat.setup import AS_ADVISED, Setup, from_text, to_text
from alcove.chat.words import spread

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

    def __init__(
        self, path: Path, now: Callable[[], datetime] = _now, *, again: bool = False
    ) -> None:
        """Open ``path``, or make it; ``again``, if another store of this program has it open."""
        opened = open_again(path) if again else open_database(path)
        self.path = path
        self.drafts = Drafts(opened.database)
        self.presets = Presets(opened.database)
        self._database = opened.database
        self._now = now
        self.warning = opened.warning
        """What went wrong while the file was opened, as a sentence for the user."""
        if not again:
            self._purge()

    def close(self) -> None:
        """Close the file; the store cannot be used any more."""
        self._database.close()

    def conversations(self) -> tuple[Conversation, ...]:
        """Return all conversations, those pinned first, newest first."""
        rows = self._database.read(
            f"SELECT {CONVERSATION} FROM chat_conversations WHERE NOT deleted"
            " ORDER BY pinned DESC, updated DESC, id DESC"
        )
        return tuple(map(conversation_of, rows))

    def conversation(self, conversation: int) -> Conversation | None:
        """Return one conversation, or None if there is none with that id."""
        rows = self._database.read(
            f"SELECT {CONVERSATION} FROM chat_conversations WHERE id = ? AND NOT deleted",
            conversation,
        )
        return conversation_of(rows[0]) if rows else None

    def create(self, target: str, setup: Setup = AS_ADVISED) -> Conversation:
        """Start a conversation with the model called ``target``; its first message titles it."""
        now = self._now()
        created = self._database.write(
            "INSERT INTO chat_conversations (title, target, setup, created, updated)"
            " VALUES ('', ?, ?, ?, ?)",
            target,
            to_text(setup),
            now.timestamp(),
            now.timestamp(),
        )
        return Conversation(created, "", target, None, now, now)

    def rename(self, conversation: int, title: str) -> None:
        """Give a conversation another title."""
        self._change("UPDATE chat_conversations SET title = ? WHERE id = ?", title, conversation)

    def retarget(self, conversation: int, target: str) -> None:
        """Remember that the conversation goes on with the model called ``target``."""
        self._change("UPDATE chat_conversations SET target = ? WHERE id = ?", target, conversation)

    def pin(self, conversation: int, *, pinned: bool) -> None:
        """Keep a conversation above the others, or no more."""
        self._change("UPDATE chat_conversations SET pinned = ? WHERE id = ?", pinned, conversation)

    def move(self, conversation: int, folder: str) -> None:
        """Put a conversation into a folder, which is made by that; an empty name: into none."""
        self._change("UPDATE chat_conversations SET folder = ? WHERE id = ?", folder, conversation)

    def rename_folder(self, folder: str, name: str) -> None:
        """Give a folder another name; with the name of another, or none, they become one."""
        self._change("UPDATE chat_conversations SET folder = ? WHERE folder = ?", name, folder)

    def setup(self, conversation: int) -> Setup:
        """Return what the user decided about a conversation."""
        rows = self._database.read(
            "SELECT setup FROM chat_conversations WHERE id = ?", conversation
        )
        return from_text(rows[0]["setup"]) if rows else AS_ADVISED

    def set_up(self, conversation: int, setup: Setup) -> None:
        """Remember what the user decided about a conversation."""
        self._change(
            "UPDATE chat_conversations SET setup = ? WHERE id = ?", to_text(setup), conversation
        )

    def delete(self, conversation: int) -> None:
        """Hide a conversation; it is gone for good when the store is opened the next time."""
        self._change("UPDATE chat_conversations SET deleted = 1 WHERE id = ?", conversation)

    def restore(self, conversation: int) -> None:
        """Undo ``delete``."""
        self._change("UPDATE chat_conversations SET deleted = 0 WHERE id = ?", conversation)

    def append(
        self,
        conversation: int,
        parent: int | None,
        role: Role,
        text: str,
        *,
        model: str | None = None,
        state: State = "complete",
        attachments: tuple[Attachment, ...] = (),
    ) -> Message:
        """Add a message after ``parent``, None for the first, and bring its branch into view."""
        now = self._now()
        message = Message(0, conversation, parent, role, text, now, state, model=model)
        message = replace(message, attachments=attachments)
        title = title_of(text) or title_of(", ".join(one.name for one in attachments))
        with self._database.changes():
            added = self._insert(message)
            self._change(
                "UPDATE chat_conversations SET leaf = ?, updated = ?,"
                " title = CASE title WHEN '' THEN ? ELSE title END WHERE id = ?",
                *(added, now.timestamp(), title, conversation),
            )
        return replace(message, id=added)

    def save(self, message: Message) -> None:
        """Write what changes while an answer comes: text, reasoning, state, figures."""
        with self._database.changes():
            self._change(
                "UPDATE chat_messages SET text = ?, reasoning = ?, reasoning_s = ?, state = ?,"
                " failure = ?, figures = ? WHERE id = ?",
                message.text,
                message.reasoning,
                message.reasoning_s,
                message.state,
                message.failure,
                _figures(message),
                message.id,
            )
            self._index(message.id, message.text)

    def copy(self, conversation: Conversation) -> Copy:
        """Return all that is known of a conversation."""
        setup = self.setup(conversation.id)
        return Copy(conversation, self.messages(conversation.id), setup)

    def adopt(self, copy: Copy) -> Conversation:
        """Take in a copy of a conversation as another one, under ids of its own."""
        told, numbers = copy.conversation, dict[int | None, int | None]({None: None})
        with self._database.changes():
            adopted = self._database.write(
                "INSERT INTO chat_conversations"
                " (title, target, setup, pinned, folder, created, updated)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                *(told.title, told.target, to_text(copy.setup), told.pinned, told.folder),
                *(told.created.timestamp(), told.updated.timestamp()),
            )
            for message in copy.messages:
                numbers[message.id] = self._insert(
                    replace(message, conversation=adopted, parent=numbers[message.parent])
                )
            leaf = numbers.get(told.leaf, max(filter(None, numbers.values()), default=None))
            self._change("UPDATE chat_conversations SET leaf = ? WHERE id = ?", leaf, adopted)
        return replace(told, id=adopted, leaf=leaf)

    def branch(self, conversation: int) -> tuple[Message, ...]:
        """Return the messages in view, from the first one to the current leaf."""
        attached = self._attached(conversation)
        rows = self._database.read(_PATH, conversation)
        return tuple(message_of(row, attached.get(row["id"], ())) for row in rows)

    def messages(self, conversation: int) -> tuple[Message, ...]:
        """Return the messages of all branches, each after the one that it follows."""
        attached = self._attached(conversation)
        rows = self._database.read(
            "SELECT * FROM chat_messages WHERE conversation = ? ORDER BY id", conversation
        )
        return tuple(message_of(row, attached.get(row["id"], ())) for row in rows)

    def siblings(self, message: Message) -> tuple[int, ...]:
        """Return the ids of all messages with the same parent, oldest first; its own included."""
        rows = self._database.read(
            "SELECT id FROM chat_messages WHERE conversation = ? AND parent IS ? ORDER BY id",
            message.conversation,
            message.parent,
        )
        return tuple(row["id"] for row in rows)

    def choose(self, conversation: int, message: int) -> None:
        """Bring the newest branch through ``message`` into view."""
        leaf = self._database.read(_NEWEST_BENEATH, message)[0]["id"]
        self._change("UPDATE chat_conversations SET leaf = ? WHERE id = ?", leaf, conversation)

    def _attached(self, conversation: int) -> dict[int, list[Attachment]]:
        rows = self._database.read(
            "SELECT a.* FROM chat_attachments a JOIN chat_messages m ON m.id = a.message"
            " WHERE m.conversation = ? ORDER BY a.id",
            conversation,
        )
        found: defaultdict[int, list[Attachment]] = defaultdict(list)
        for row in rows:
            found[row["message"]].append(Attachment(row["name"], row["kind"], row["text"]))
        return found

    def _insert(self, message: Message) -> int:
        """Add a message with all that is known of it, and return the id that it gets."""
        added = self._database.write(
            "INSERT INTO chat_messages (conversation, parent, role, text, reasoning, reasoning_s,"
            " model, state, failure, figures, created) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            *(message.conversation, message.parent, message.role, message.text),
            *(message.reasoning, message.reasoning_s, message.model, message.state),
            *(message.failure, _figures(message), message.created.timestamp()),
        )
        self._index(added, message.text)
        for one in message.attachments:
            self._change(
                "INSERT INTO chat_attachments (message, name, kind, text) VALUES (?, ?, ?, ?)",
                *(added, one.name, one.kind, one.text),
            )
        return added

    def _index(self, message: int, text: str) -> None:
        """Let the search find a message by its words."""
        self._change(
            "INSERT OR REPLACE INTO chat_words (rowid, text) VALUES (?, ?)", message, spread(text)
        )

    def _purge(self) -> None:
        """Drop what was deleted before the store was opened."""
        gone = "SELECT id FROM chat_conversations WHERE deleted"
        if not self._database.read(gone):
            return
        with self._database.changes():
            self._change(
                "DELETE FROM chat_words WHERE rowid IN"
                f" (SELECT id FROM chat_messages WHERE conversation IN ({gone}))"
            )
            self._change(f"DELETE FROM chat_drafts WHERE conversation IN ({gone})")
            self._change("DELETE FROM chat_conversations WHERE deleted")

    def _change(self, statement: str, *values: object) -> None:
        self._database.write(statement, *values)


def _figures(message: Message) -> str | None:
    return json.dumps(asdict(message.figures)) if message.figures else None

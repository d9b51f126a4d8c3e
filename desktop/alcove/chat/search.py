"""Searching all conversations for words."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from alcove.chat.conversation import Conversation
from alcove.chat.rows import CONVERSATION, conversation_of
from alcove.chat.words import NO_SNIPPET, Snippet, folded, query_of, snippet_of, terms_of
from alcove.database import connect_to_read, storage_errors

_MOST = 50
_MOST_MESSAGES = 5_000
"""How many messages are looked through for further conversations; the newest come first."""

_MESSAGES = f"""
    SELECT m.id, m.conversation FROM chat_words
    JOIN chat_messages m ON m.id = chat_words.rowid
    JOIN chat_conversations c ON c.id = m.conversation
    WHERE chat_words MATCH ? AND NOT c.deleted
    ORDER BY chat_words.rowid DESC LIMIT {_MOST_MESSAGES}
"""


@dataclass(frozen=True)
class Found:
    """A conversation that has what was sought.

    ``message`` is the newest message that has it, and ``snippet`` a line out of it; None where only
    the title has it.
    """

    conversation: Conversation
    message: int | None = None
    snippet: Snippet = NO_SNIPPET


def find(path: Path, sought: str, most: int = _MOST) -> tuple[Found, ...]:
    """Return conversations that have every word of ``sought``, in their title or in one message.

    Those with it in the title come first, then the one with the newest message. Callable from any
    thread; raises StorageError.
    """
    terms = terms_of(sought)
    with storage_errors(path), closing(connect_to_read(path)) as connection:
        titled = _titled(connection, terms or (sought,))
        messages = _messages(connection, query_of(terms), most) if terms else {}
        order = list(dict.fromkeys((*titled, *messages)))[:most]
        conversations = _rows(connection, f"{CONVERSATION} FROM chat_conversations", order)
        newest = [messages[one] for one in order if one in messages]
        texts = _rows(connection, "id, text FROM chat_messages", newest)
    return tuple(
        _found(conversation_of(conversations[one]), messages.get(one), texts, terms)
        for one in order
    )


def _titled(connection: sqlite3.Connection, terms: tuple[str, ...]) -> list[int]:
    """Return the conversations whose titles have all of ``terms``, in the order of the list."""
    rows = connection.execute(
        "SELECT id, title FROM chat_conversations WHERE NOT deleted"
        " ORDER BY pinned DESC, updated DESC, id DESC"
    )
    sought = [folded(term) for term in terms]
    titles = ((number, folded(title)) for number, title in rows)
    return [number for number, title in titles if all(term in title for term in sought)]


def _messages(connection: sqlite3.Connection, query: str, most: int) -> dict[int, int]:
    """Return the newest message of each conversation that has some, newest first."""
    newest: dict[int, int] = {}
    for message, conversation in connection.execute(_MESSAGES, (query,)):
        newest.setdefault(conversation, message)
        if len(newest) == most:
            break
    return newest


def _rows(
    connection: sqlite3.Connection, columns: str, numbers: list[int]
) -> dict[int, sqlite3.Row]:
    places = ", ".join("?" * len(numbers))
    rows = connection.execute(f"SELECT {columns} WHERE id IN ({places})", numbers)
    return {row["id"]: row for row in rows}


def _found(
    conversation: Conversation,
    message: int | None,
    texts: dict[int, sqlite3.Row],
    terms: tuple[str, ...],
) -> Found:
    if message is None:
        return Found(conversation)
    return Found(conversation, message, snippet_of(terms, texts[message]["text"]))

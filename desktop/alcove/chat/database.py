"""The tables of the conversations, and what is done with a file that is damaged."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from alcove.chat.words import SPREAD, spread
from alcove.database import Tables, beside, connect, is_damage, mark, migrate, storage_errors
from alcove.i18n import _

_SAMPLES = (
    "SELECT sum(deleted) FROM chat_conversations",
    "SELECT max(id) FROM chat_messages",
)
"""Quick questions that a file with damage near the roots of its tables cannot answer."""

VERSION_1 = (
    """
    CREATE TABLE chat_conversations (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        title TEXT NOT NULL,
        target TEXT NOT NULL,
        leaf INTEGER,
        created REAL NOT NULL,
        updated REAL NOT NULL,
        deleted INTEGER NOT NULL DEFAULT 0
    )
    """,
    """
    CREATE TABLE chat_messages (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        conversation INTEGER NOT NULL REFERENCES chat_conversations (id) ON DELETE CASCADE,
        parent INTEGER REFERENCES chat_messages (id),
        role TEXT NOT NULL CHECK (role IN ('user', 'assistant')),
        text TEXT NOT NULL,
        reasoning TEXT NOT NULL,
        reasoning_s REAL,
        model TEXT,
        state TEXT NOT NULL CHECK (state IN ('complete', 'partial', 'failed')),
        failure TEXT,
        figures TEXT,
        created REAL NOT NULL
    )
    """,
    "CREATE INDEX chat_messages_by_conversation ON chat_messages (conversation)",
    "CREATE INDEX chat_messages_by_parent ON chat_messages (parent)",
)
VERSION_2 = (
    "ALTER TABLE chat_conversations ADD COLUMN pinned INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE chat_conversations ADD COLUMN folder TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE chat_conversations ADD COLUMN setup TEXT NOT NULL DEFAULT '{}'",
    """
    CREATE TABLE chat_drafts (
        conversation INTEGER PRIMARY KEY,
        text TEXT NOT NULL DEFAULT '',
        attachments TEXT NOT NULL DEFAULT '[]'
    )
    """,
    "CREATE TABLE chat_presets (name TEXT PRIMARY KEY, prompt TEXT NOT NULL)",
    """
    CREATE TABLE chat_attachments (
        id INTEGER PRIMARY KEY,
        message INTEGER NOT NULL REFERENCES chat_messages (id) ON DELETE CASCADE,
        name TEXT NOT NULL,
        kind TEXT NOT NULL CHECK (kind IN ('text', 'code', 'pdf', 'table')),
        text TEXT NOT NULL
    )
    """,
    "CREATE INDEX chat_attachments_by_message ON chat_attachments (message)",
    """
    CREATE VIRTUAL TABLE chat_words
    USING fts5 (text, tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3 4')
    """,
    f"INSERT INTO chat_words (rowid, text) SELECT id, {SPREAD}(text) FROM chat_messages",
)
"""``chat_words`` finds messages by their words, under the ids of the messages."""

_TABLES = Tables("chat", (VERSION_1, VERSION_2))


class Database:
    """The open file. Every call commits before it returns, and may raise StorageError."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self._path = path
        self._connection = connection

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def read(self, statement: str, *values: object) -> list[sqlite3.Row]:
        """Return the rows of a query."""
        with storage_errors(self._path):
            return self._connection.execute(statement, values).fetchall()

    def write(self, statement: str, *values: object) -> int:
        """Change something, and return the id of what was added last."""
        with storage_errors(self._path):
            return self._connection.execute(statement, values).lastrowid or 0

    @contextmanager
    def changes(self) -> Iterator[None]:
        """Let all that is written in the ``with`` block be written, or nothing."""
        with storage_errors(self._path), self._connection:
            self._connection.execute("BEGIN")
            yield


@dataclass(frozen=True)
class Opened:
    """An open database, and what went wrong while it was opened, if anything."""

    database: Database
    warning: str | None = None


def open_database(path: Path) -> Opened:
    """Open ``path``, or make it. A damaged file is kept beside it and reported.

    Raises StorageError if the file cannot be opened for another reason.
    """
    with storage_errors(path):
        try:
            return Opened(Database(path, _open(path)))
        except sqlite3.DatabaseError as error:
            if not is_damage(error):
                raise
        kept = _keep_aside(path)
        warning = _(
            "The conversations could not be read: their file is damaged. It was kept as {kept}; "
            "Alcove started a new one."
        ).format(kept=kept)
        return Opened(Database(path, _open(path)), warning)


def open_again(path: Path) -> Opened:
    """Open a file that this program has open already: as it is, whatever is wrong with it.

    Raises StorageError.
    """
    with storage_errors(path):
        return Opened(Database(path, connect(path)))


def _open(path: Path) -> sqlite3.Connection:
    suspect = _is_suspect(path)
    connection = connect(path)
    connection.create_function(SPREAD, 1, spread, deterministic=True)
    try:
        if suspect:
            _check(connection)
        migrate(connection, _TABLES)
        for sample in _SAMPLES:
            connection.execute(sample).fetchone()
        mark(path).unlink(missing_ok=True)
    except BaseException:
        connection.close()
        raise
    return connection


def _is_suspect(path: Path) -> bool:
    """Whether all of the file is to be checked, which takes seconds where it is large.

    SQLite deletes the WAL when the last program closes the file in order.
    """
    wal = beside(path, "-wal")
    return mark(path).exists() or (wal.exists() and wal.stat().st_size > 0)


def _check(connection: sqlite3.Connection) -> None:
    if connection.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
        damaged = sqlite3.DatabaseError("the quick check failed")
        damaged.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
        raise damaged


def _keep_aside(path: Path) -> Path:
    number = 1
    while (kept := path.with_name(f"{path.name}.broken-{number}")).exists():
        number += 1
    path.replace(kept)
    for suffix in ("-wal", "-shm"):
        if beside(path, suffix).exists():
            beside(path, suffix).replace(beside(kept, suffix))
    return kept

"""The tables of the conversations, and what is done with a file that is damaged."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from pathlib import Path

from alcove.database import Tables, beside, connect, is_damage, mark, migrate, storage_errors
from alcove.i18n import _

_SAMPLES = (
    "SELECT sum(deleted) FROM chat_conversations",
    "SELECT max(id) FROM chat_messages",
)
"""Quick questions that a file with damage near the roots of its tables cannot answer."""

_VERSION_1 = (
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
_TABLES = Tables("chat", (_VERSION_1,))


@dataclass(frozen=True)
class Opened:
    """An open database, and what went wrong while it was opened, if anything."""

    connection: sqlite3.Connection
    warning: str | None = None


def open_database(path: Path) -> Opened:
    """Open ``path``, or make it. A damaged file is kept beside it and reported.

    Raises StorageError if the file cannot be opened for another reason.
    """
    with storage_errors(path):
        try:
            return Opened(_open(path))
        except sqlite3.DatabaseError as error:
            if not is_damage(error):
                raise
        kept = _keep_aside(path)
        warning = _(
            "The conversations could not be read: their file is damaged. It was kept as {kept}; "
            "Alcove started a new one."
        ).format(kept=kept)
        return Opened(_open(path), warning)


def _open(path: Path) -> sqlite3.Connection:
    suspect = _is_suspect(path)
    connection = connect(path)
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

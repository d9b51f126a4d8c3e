"""The SQLite file: how it is opened, brought up to date, and kept aside when it is damaged."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from alcove.errors import Remedy, StorageError
from alcove.i18n import _

_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}

_MIGRATIONS = (
    """
    CREATE TABLE chat_conversations (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        title TEXT NOT NULL,
        target TEXT NOT NULL,
        leaf INTEGER,
        created REAL NOT NULL,
        updated REAL NOT NULL,
        deleted INTEGER NOT NULL DEFAULT 0
    );
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
    );
    CREATE INDEX chat_messages_by_conversation ON chat_messages (conversation);
    CREATE INDEX chat_messages_by_parent ON chat_messages (parent);
    """,
)
"""The first statements make version 1 of the ``chat_`` tables, the next version 2, and so on.

The file is shared with tables of other rooms, hence a version of our own in ``chat_schema``.
"""


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
            return Opened(_connect(path))
        except sqlite3.DatabaseError as error:
            if error.sqlite_errorcode not in _DAMAGED:
                raise
        kept = _keep_aside(path)
        warning = _(
            "The conversations could not be read: their file is damaged. It was kept as {kept}; "
            "Alcove started a new one."
        ).format(kept=kept)
        return Opened(_connect(path), warning)


@contextmanager
def storage_errors(path: Path) -> Iterator[None]:
    """Turn what SQLite and the file system raise into StorageError."""
    try:
        yield
    except sqlite3.Error as error:
        raise _storage_error(path, getattr(error, "sqlite_errorcode", None), str(error)) from error
    except OSError as error:
        raise _storage_error(path, None, error.strerror or str(error)) from error


def _connect(path: Path) -> sqlite3.Connection:
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(path, timeout=2.0, isolation_level=None)
    try:
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA foreign_keys = ON")
        _check(connection)
        _migrate(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _check(connection: sqlite3.Connection) -> None:
    if connection.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
        damaged = sqlite3.DatabaseError("the quick check failed")
        damaged.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
        raise damaged


def _migrate(connection: sqlite3.Connection) -> None:
    connection.execute("CREATE TABLE IF NOT EXISTS chat_schema (version INTEGER NOT NULL)")
    row = connection.execute("SELECT version FROM chat_schema").fetchone()
    version = row[0] if row else 0
    if version > len(_MIGRATIONS):
        raise StorageError(
            _("The conversations were written by a newer version of Alcove."),
            _("Update Alcove to read them; nothing was changed."),
        )
    for number, statements in enumerate(_MIGRATIONS[version:], start=version + 1):
        connection.executescript(
            f"BEGIN; {statements} DELETE FROM chat_schema;"
            f" INSERT INTO chat_schema VALUES ({number}); COMMIT;"
        )


def _keep_aside(path: Path) -> Path:
    number = 1
    while (kept := path.with_name(f"{path.name}.broken-{number}")).exists():
        number += 1
    path.replace(kept)
    for suffix in ("-wal", "-shm"):
        beside = path.with_name(path.name + suffix)
        if beside.exists():
            beside.replace(kept.with_name(kept.name + suffix))
    return kept


def _storage_error(path: Path, code: int | None, reason: str) -> StorageError:
    if code == sqlite3.SQLITE_FULL:
        return StorageError(
            _("The conversation could not be saved: the disk is full."),
            _("Free some disk space; what was saved before is safe."),
            Remedy.FREE_DISK,
        )
    if code in _DAMAGED:
        return StorageError(
            _("The file with the conversations, {path}, is damaged.").format(path=path),
            _("Restart Alcove: it keeps the damaged file aside and starts a new one."),
        )
    return StorageError(
        _("The conversations in {path} could not be read or written: {reason}.").format(
            path=path, reason=reason
        ),
        _("Check that the folder is writable and that no other program holds the file."),
    )

"""The SQLite file: how it is opened, brought up to date, and kept aside when it is damaged."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from alcove.errors import Remedy, StorageError, reason
from alcove.i18n import _

_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
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
_MIGRATIONS = (_VERSION_1,)
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
            if not _is_damage(error):
                raise
        kept = _keep_aside(path)
        warning = _(
            "The conversations could not be read: their file is damaged. It was kept as {kept}; "
            "Alcove started a new one."
        ).format(kept=kept)
        return Opened(_connect(path), warning)


@contextmanager
def storage_errors(path: Path) -> Iterator[None]:
    """Turn what SQLite and the file system raise into StorageError.

    A damaged file is marked, so that the next start looks at all of it and keeps it aside.
    """
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        if _is_damage(error):
            with suppress(OSError):
                _mark(path).touch()
        raise _storage_error(path, error) from error


def _connect(path: Path) -> sqlite3.Connection:
    path.parent.mkdir(parents=True, exist_ok=True)
    suspect = _is_suspect(path)
    connection = sqlite3.connect(path, timeout=2.0, isolation_level=None)
    try:
        connection.row_factory = sqlite3.Row
        with suppress(sqlite3.OperationalError):  # another Alcove is about to do the same
            connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA foreign_keys = ON")
        if suspect:
            _check(connection)
        _migrate(connection)
        for sample in _SAMPLES:
            connection.execute(sample).fetchone()
        _mark(path).unlink(missing_ok=True)
    except BaseException:
        connection.close()
        raise
    return connection


def _is_suspect(path: Path) -> bool:
    """Whether all of the file is to be checked, which takes seconds where it is large.

    SQLite deletes the WAL when the last program closes the file in order.
    """
    wal = _beside(path, "-wal")
    return _mark(path).exists() or (wal.exists() and wal.stat().st_size > 0)


def _mark(path: Path) -> Path:
    """Return the file whose presence says that damage was met."""
    return _beside(path, "-suspect")


def _beside(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)


def _check(connection: sqlite3.Connection) -> None:
    if connection.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
        damaged = sqlite3.DatabaseError("the quick check failed")
        damaged.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
        raise damaged


def _migrate(connection: sqlite3.Connection) -> None:
    if _version(connection) == len(_MIGRATIONS):
        return
    with connection:
        connection.execute("BEGIN IMMEDIATE")
        version = _version(connection)  # once more: another Alcove may just have done it
        if version > len(_MIGRATIONS):
            raise StorageError(
                _("The conversations were written by a newer version of Alcove."),
                _("Update Alcove to read them; nothing was changed."),
            )
        for statements in _MIGRATIONS[version:]:
            for statement in statements:
                connection.execute(statement)
        connection.execute("CREATE TABLE IF NOT EXISTS chat_schema (version INTEGER NOT NULL)")
        connection.execute("DELETE FROM chat_schema")
        connection.execute("INSERT INTO chat_schema VALUES (?)", (len(_MIGRATIONS),))


def _version(connection: sqlite3.Connection) -> int:
    known = "SELECT 1 FROM sqlite_master WHERE name = 'chat_schema'"
    if connection.execute(known).fetchone() is None:
        return 0
    row = connection.execute("SELECT version FROM chat_schema").fetchone()
    return row[0] if row else 0


def _keep_aside(path: Path) -> Path:
    number = 1
    while (kept := path.with_name(f"{path.name}.broken-{number}")).exists():
        number += 1
    path.replace(kept)
    for suffix in ("-wal", "-shm"):
        if _beside(path, suffix).exists():
            _beside(path, suffix).replace(_beside(kept, suffix))
    return kept


def _code(error: Exception) -> int | None:
    """Return SQLite's primary code: the low byte of the extended one."""
    code: int | None = getattr(error, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF


def _is_damage(error: Exception) -> bool:
    return _code(error) in _DAMAGED


def _storage_error(path: Path, error: Exception) -> StorageError:
    if _code(error) == sqlite3.SQLITE_FULL:
        return StorageError(
            _("The conversation could not be saved: the disk is full."),
            _("Free some disk space; what was saved before is safe."),
            Remedy.FREE_DISK,
        )
    if _is_damage(error):
        return StorageError(
            _("The file with the conversations, {path}, is damaged.").format(path=path),
            _("Restart Alcove: it keeps the damaged file aside and starts a new one."),
        )
    return StorageError(
        _("The conversations in {path} could not be read or written: {reason}.").format(
            path=path, reason=reason(error)
        ),
        _("Check that the folder is writable and that no other program holds the file."),
    )

"""The tables of the queue of transfers, and how they are opened."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from alcove.database import Tables, connect, connect_to_read, migrate, storage_errors

_VERSION_1 = (
    """
    CREATE TABLE transfers_items (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        position INTEGER NOT NULL,
        name TEXT NOT NULL,
        repository TEXT NOT NULL,
        file TEXT NOT NULL,
        revision TEXT,
        projector INTEGER NOT NULL,
        model TEXT,
        state TEXT NOT NULL DEFAULT 'waiting',
        why TEXT,
        size_bytes INTEGER NOT NULL,
        received_bytes INTEGER NOT NULL DEFAULT 0,
        verified_bytes INTEGER NOT NULL DEFAULT 0,
        bytes_per_second REAL NOT NULL DEFAULT 0,
        missing_bytes INTEGER NOT NULL DEFAULT 0,
        attempts INTEGER NOT NULL DEFAULT 0,
        is_outdated INTEGER NOT NULL DEFAULT 0,
        retry_at REAL,
        problem TEXT,
        paths TEXT NOT NULL DEFAULT '[]',
        owner INTEGER,
        beat_at REAL
    )
    """,
)
_VERSION_2 = ("ALTER TABLE transfers_items ADD COLUMN found TEXT",)
STOPPED = "owner = NULL, beat_at = NULL, bytes_per_second = 0"
"""What is set in an item that no process runs any more."""

_TABLES = Tables("transfers", (_VERSION_1, _VERSION_2))


@contextmanager
def reading(database: Path) -> Iterator[sqlite3.Connection]:
    """Open the file to read, which also works on a full disk; raises StorageError."""
    with storage_errors(database), closing(_for_reading(database)) as connection:
        yield connection


@contextmanager
def writing(database: Path) -> Iterator[sqlite3.Connection]:
    """Open the file for one transaction in which nobody else writes; raises StorageError."""
    with storage_errors(database), closing(_migrated(connect(database))) as connection, connection:
        connection.execute("BEGIN IMMEDIATE")
        yield connection


def _migrated(connection: sqlite3.Connection) -> sqlite3.Connection:
    try:
        migrate(connection, _TABLES)
    except BaseException:
        connection.close()
        raise
    return connection


def _for_reading(database: Path) -> sqlite3.Connection:
    connection = connect_to_read(database) if database.exists() else connect(database)
    return _migrated(connection)

"""The journal: every request that left this machine, noted in SQLite before it was sent."""

from __future__ import annotations

import csv
import json
import sqlite3
import sys
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, fields, replace
from datetime import UTC, datetime
from math import inf
from pathlib import Path
from typing import Any, TextIO

import psutil

from alcove.database import Tables, beside, connect, connect_to_read, migrate, storage_errors
from alcove.errors import StorageError, reason
from alcove.i18n import _
from alcove.network.entry import Entry, Outcome, Total, document_of

KEPT = 100_000
"""Requests that are kept; older ones are forgotten."""
_CLOCK_S = 5.0
"""How much the clock may have been set meanwhile."""

_VERSION_1 = (
    """
    CREATE TABLE journal_requests (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        at REAL NOT NULL,
        method TEXT NOT NULL,
        scheme TEXT NOT NULL,
        host TEXT NOT NULL,
        port INTEGER NOT NULL,
        path TEXT NOT NULL,
        why TEXT NOT NULL,
        process TEXT NOT NULL,
        proxy TEXT NOT NULL,
        status INTEGER,
        sent_bytes INTEGER NOT NULL,
        received_bytes INTEGER NOT NULL,
        seconds REAL,
        failure TEXT NOT NULL
    )
    """,
    "CREATE INDEX journal_requests_by_host ON journal_requests (host)",
)
_VERSION_2 = (
    "ALTER TABLE journal_requests ADD COLUMN pid INTEGER NOT NULL DEFAULT 0",
    "CREATE TABLE journal_clearing (at REAL NOT NULL)",
)
_TABLES = Tables("journal", (_VERSION_1, _VERSION_2))
_HOST = (
    "(host || iif((scheme = 'https' AND port = 443) OR (scheme = 'http' AND port = 80),"
    " '', ':' || port))"
)
"""The host as totals have it."""
_EXISTS = "SELECT 1 FROM sqlite_master WHERE name = ?"


class Journal:
    """The requests of every process of Alcove, in the file ``database``.

    Every method opens the file, commits and closes it again, so that any thread may call it; it
    takes milliseconds, two seconds at most where another program keeps the file locked. Every
    method may raise StorageError.
    """

    def __init__(self, database: Path) -> None:
        self.path = database

    def record(self, entry: Entry) -> int:
        """Keep a request that is about to be sent, and return its id.

        It is on its way to the disk when this returns, so that a crash does not lose it.
        """
        columns = {"at": entry.when.timestamp(), **asdict(entry)}
        del columns["when"], columns["id"]
        names, values = ", ".join(columns), ", ".join("?" * len(columns))
        with self._open() as connection:
            added = connection.execute(
                f"INSERT INTO journal_requests ({names}) VALUES ({values})",
                tuple(columns.values()),
            ).lastrowid
            assert added is not None
            connection.execute("DELETE FROM journal_requests WHERE id <= ?", (added - KEPT,))
        return added

    def complete(self, entry_id: int, outcome: Outcome) -> None:
        """Note what came of a request; what was cleared meanwhile stays cleared."""
        columns = asdict(outcome)
        changes = ", ".join(f"{name} = ?" for name in columns)
        with self._open() as connection:
            connection.execute(
                f"UPDATE journal_requests SET {changes} WHERE id = ?",
                (*columns.values(), entry_id),
            )

    def entries(
        self, limit: int = 200, before: int | None = None, host: str | None = None
    ) -> tuple[Entry, ...]:
        """Return the newest requests, newest first.

        ``before`` goes on from the id of the last one that is known, ``host`` leaves out others; it
        may have its port.
        """
        rows = self._read(
            f"SELECT * FROM journal_requests WHERE id < ? AND coalesce(? IN (host, {_HOST}), 1)"
            " ORDER BY id DESC LIMIT ?",
            sys.maxsize if before is None else before,
            host,
            limit,
        )
        return tuple(map(_entry, rows))

    def totals(self) -> tuple[Total, ...]:
        """Return what went to each host, the one with the most requests first."""
        rows = self._read(
            f"SELECT {_HOST} AS host, count(*) AS requests, sum(sent_bytes) AS sent_bytes,"
            " sum(received_bytes) AS received_bytes, min(at) AS first, max(at) AS last"
            " FROM journal_requests GROUP BY 1 ORDER BY requests DESC, 1"
        )
        return tuple(
            Total(**{**dict(row), "first": _when(row["first"]), "last": _when(row["last"])})
            for row in rows
        )

    def cleared(self) -> datetime | None:
        """Return when everything was forgotten last, None if that never was."""
        rows = self._read("SELECT max(at) AS at FROM journal_clearing", table="journal_clearing")
        return _when(rows[0]["at"]) if rows and rows[0]["at"] else None

    def clear(self) -> None:
        """Forget every request, and overwrite what the file held of them; only when, is kept."""
        if not self.path.exists():
            return
        with self._open() as connection:
            connection.execute("PRAGMA secure_delete = ON")
            connection.execute("DELETE FROM journal_requests")
            connection.execute("DELETE FROM journal_clearing")
            now = datetime.now(UTC).timestamp()
            connection.execute("INSERT INTO journal_clearing VALUES (?)", (now,))
        if beside(self.path, "-wal").exists():
            with self._open() as connection:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def export(self, path: Path) -> int:
        """Write every request to ``path``, oldest first, and return how many there are.

        It is CSV where the name ends so, and else a JSON array. Raises StorageError, and leaves
        what was there, if the file cannot be written.
        """
        rows = self._read("SELECT * FROM journal_requests ORDER BY id")
        kept = beside(path, ".part")
        try:
            with kept.open("w", encoding="utf-8", newline="") as file:
                write = _write_csv if path.suffix.casefold() == ".csv" else _write_json
                write(file, (document_of(_entry(row)) for row in rows))
            kept.replace(path)
        except OSError as error:
            kept.unlink(missing_ok=True)
            raise StorageError(
                _("The journal could not be written to {path}: {reason}.").format(
                    path=path, reason=reason(error)
                ),
                _("Choose another folder, or free some disk space."),
            ) from error
        return len(rows)

    def _read(
        self, question: str, *values: object, table: str = "journal_requests"
    ) -> list[sqlite3.Row]:
        """Return rows of what there is; nothing is made for it, which a full disk would refuse."""
        if not self.path.exists():
            return []
        with storage_errors(self.path), closing(connect_to_read(self.path)) as connection:
            if connection.execute(_EXISTS, (table,)).fetchone() is None:
                return []
            return connection.execute(question, values).fetchall()

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        with storage_errors(self.path), closing(connect(self.path)) as connection:
            migrate(connection, _TABLES)
            yield connection


def _entry(row: sqlite3.Row) -> Entry:
    known = {field.name for field in fields(Entry)}
    columns = {name: row[name] for name in row.keys() if name in known}  # noqa: SIM118 - a Row
    entry = Entry(when=_when(row["at"]), **{"pid": 0, **columns})
    never_ended = entry.method and entry.seconds is None and not entry.failure
    if never_ended and not _lives(entry):
        return replace(entry, failure=_("interrupted, at least this was received"))
    return entry


def _lives(entry: Entry) -> bool:
    """Whether the process that sent a request goes on, and is not another one of its number."""
    try:
        begun = psutil.Process(entry.pid).create_time() if entry.pid else inf
    except psutil.NoSuchProcess:
        return False
    except psutil.Error:
        return True
    return begun <= entry.when.timestamp() + _CLOCK_S


def _when(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)


def _write_csv(file: TextIO, documents: Iterable[dict[str, Any]]) -> None:
    names = ["id", *(field.name for field in fields(Entry) if field.name != "id")]
    writer = csv.DictWriter(file, names)
    writer.writeheader()
    writer.writerows(documents)


def _write_json(file: TextIO, documents: Iterable[dict[str, Any]]) -> None:
    json.dump(list(documents), file, indent=2)
    file.write("\n")

"""The ledger: every forecast beside what was then measured, kept in SQLite."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from alcove.database import Tables, connect, migrate, storage_errors
from alcove.fit.configuration import Configuration
from alcove.fit.records import Answer, Conditions, DeviceBytes, Entry, Load
from alcove.fit.result import Forecast, Range
from alcove.fit.worth import Tally

T = TypeVar("T")

_KEPT = 1000
"""Loads that are kept, with their answers; older ones are forgotten."""

_VERSION_1 = (
    """
    CREATE TABLE ledger_loads (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        at REAL NOT NULL,
        peak_bytes INTEGER,
        document TEXT NOT NULL
    )
    """,
    """
    CREATE TABLE ledger_answers (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        load INTEGER NOT NULL REFERENCES ledger_loads (id) ON DELETE CASCADE,
        at REAL NOT NULL,
        document TEXT NOT NULL
    )
    """,
    "CREATE INDEX ledger_answers_by_load ON ledger_answers (load)",
    """
    CREATE TABLE ledger_calibrations (
        key TEXT PRIMARY KEY,
        document TEXT NOT NULL
    )
    """,
    """
    CREATE TABLE ledger_slices (
        file_key TEXT NOT NULL,
        key TEXT NOT NULL,
        document TEXT NOT NULL,
        PRIMARY KEY (file_key, key)
    )
    """,
)
_VERSION_2 = (
    """
    CREATE TABLE ledger_bandwidths (
        key TEXT PRIMARY KEY,
        bytes_per_second REAL NOT NULL
    )
    """,
)
_TABLES = Tables("ledger", (_VERSION_1, _VERSION_2))

_RAISE_PEAK = "UPDATE ledger_loads SET peak_bytes = max(coalesce(peak_bytes, 0), ?) WHERE id = ?"
_ENTRIES = """
    SELECT a.id AS answer_id, a.at AS answer_at, a.document AS answer, l.*
    FROM ledger_answers a JOIN ledger_loads l ON l.id = a.load ORDER BY a.id DESC LIMIT ?
"""

_TALLY = """
    SELECT count(*) AS answers, min(at) AS since,
        sum(json_extract(document, '$.prompt_tokens')) AS prompt,
        sum(json_extract(document, '$.completion_tokens')) AS completion
    FROM ledger_answers WHERE json_valid(document)
"""


class Ledger:
    """What was forecast and measured, in the file ``database``.

    Every method opens the file, commits and closes it again, so that any thread may call it; it
    takes milliseconds, two seconds at most where another program keeps the file locked. Every
    method may raise StorageError. What cannot be understood, such as what a newer Alcove wrote,
    is left out.
    """

    def __init__(self, database: Path) -> None:
        self._path = database

    def record_load(self, load: Load) -> int:
        """Keep a load and return its id."""
        document = _load_to_json(load)
        with self._open() as connection:
            added = connection.execute(
                "INSERT INTO ledger_loads (at, peak_bytes, document) VALUES (?, ?, ?)",
                (load.when.timestamp(), load.peak_bytes, document),
            ).lastrowid
            assert added is not None
            connection.execute("DELETE FROM ledger_loads WHERE id <= ?", (added - _KEPT,))
        return added

    def record_answer(self, load_id: int, answer: Answer, process_bytes: int | None = None) -> int:
        """Keep an answer of a load and return its id; 0 where the load was forgotten meanwhile.

        ``process_bytes`` is the RAM that the model process has taken so far; the load keeps the
        largest.
        """
        document = _answer_to_json(answer)
        with self._open() as connection:
            added = connection.execute(
                "INSERT INTO ledger_answers (load, at, document)"
                " SELECT id, ?, ? FROM ledger_loads WHERE id = ?",
                (answer.when.timestamp(), document, load_id),
            )
            if process_bytes is not None:
                connection.execute(_RAISE_PEAK, (process_bytes, load_id))
            return (added.lastrowid or 0) if added.rowcount else 0

    def loads(self, limit: int = 200) -> tuple[Load, ...]:
        """Return the newest loads, newest first."""
        with self._open() as connection:
            rows = connection.execute(
                "SELECT * FROM ledger_loads ORDER BY id DESC LIMIT ?", (limit,)
            ).fetchall()
        return tuple(_understood(_load_from_row, rows))

    def answers(self, limit: int = 500) -> tuple[Entry, ...]:
        """Return the newest answers with their loads, newest first."""
        with self._open() as connection:
            rows = connection.execute(_ENTRIES, (limit,)).fetchall()
        return tuple(_understood(_entry_from_row, rows))

    def tally(self) -> Tally:
        """Add up the tokens of all answers that are kept."""
        with self._open() as connection:
            row = connection.execute(_TALLY).fetchone()
        since = None if row["since"] is None else datetime.fromtimestamp(row["since"], UTC)
        return Tally(row["prompt"] or 0, row["completion"] or 0, row["answers"], since)

    def clear(self) -> None:
        """Forget the loads, the answers and what was measured of single files.

        Calibrations and bandwidths stay: they tell nothing of what the user did.
        """
        with self._open() as connection:
            for table in ("ledger_answers", "ledger_loads", "ledger_slices"):
                connection.execute(f"DELETE FROM {table}")

    def keep_calibration(self, key: str, document: Mapping[str, Any]) -> None:
        """Keep the measured speeds of a machine, as JSON, in place of older ones."""
        with self._open() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO ledger_calibrations VALUES (?, ?)",
                (key, json.dumps(document)),
            )

    def calibration(self, key: str) -> dict[str, Any] | None:
        """Return the speeds of a machine, or None where none were measured."""
        with self._open() as connection:
            rows = connection.execute(
                "SELECT document FROM ledger_calibrations WHERE key = ?", (key,)
            ).fetchall()
        return next(_understood(_document, rows), None)

    def is_calibrated(self) -> bool:
        """Tell whether the speeds of some machine are kept."""
        with self._open() as connection:
            return bool(connection.execute("SELECT 1 FROM ledger_calibrations LIMIT 1").fetchall())

    def keep_bandwidth(self, key: str, seen: float) -> None:
        """Keep the bandwidth of a machine's RAM that was ``seen``, if it is the highest."""
        with self._open() as connection:
            connection.execute(
                "INSERT INTO ledger_bandwidths VALUES (?, ?) ON CONFLICT (key) DO UPDATE"
                " SET bytes_per_second = max(bytes_per_second, excluded.bytes_per_second)",
                (key, seen),
            )

    def bandwidth(self, key: str) -> float | None:
        """Return the highest bandwidth of a machine's RAM, or None where none was seen."""
        query = "SELECT bytes_per_second FROM ledger_bandwidths WHERE key = ?"
        with self._open() as connection:
            row = connection.execute(query, (key,)).fetchone()
        return float(row[0]) if row else None

    def keep_slices(
        self, file_key: str, key: str, configuration: Configuration, forecast: Forecast
    ) -> None:
        """Keep what slices of one file ran at, in place of what was kept for both keys."""
        document = {"configuration": asdict(configuration), "forecast": asdict(forecast)}
        with self._open() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO ledger_slices VALUES (?, ?, ?)",
                (file_key, key, json.dumps(document)),
            )

    def all_slices(self, key: str) -> dict[tuple[str, Configuration], Forecast]:
        """Return what was measured of slices on a machine, by file key and configuration.

        ``key`` is what the keys of that machine begin with.
        """
        with self._open() as connection:
            rows = connection.execute(
                "SELECT file_key, document FROM ledger_slices WHERE substr(key, 1, ?) = ?",
                (len(key), key),
            ).fetchall()
        return dict(_understood(_slices_from_row, rows))

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        """Open the file for one transaction."""
        with storage_errors(self._path), closing(connect(self._path)) as connection:
            migrate(connection, _TABLES)
            with connection:
                connection.execute("BEGIN")
                yield connection


def _understood(read: Callable[[sqlite3.Row], T], rows: list[sqlite3.Row]) -> Iterator[T]:
    for row in rows:
        try:
            yield read(row)
        except (AttributeError, KeyError, OSError, OverflowError, TypeError, ValueError):
            continue


def _document(row: sqlite3.Row) -> dict[str, Any]:
    return dict(json.loads(row["document"]))


def _slices_from_row(row: sqlite3.Row) -> tuple[tuple[str, Configuration], Forecast]:
    document = _document(row)
    configuration = Configuration.from_json(document["configuration"])
    return (row["file_key"], configuration), _forecast(document["forecast"])


def _load_to_json(load: Load) -> str:
    document = asdict(load)
    for kept_apart in ("id", "when", "peak_bytes"):
        del document[kept_apart]
    return json.dumps(document)


def _answer_to_json(answer: Answer) -> str:
    document = asdict(answer)
    for kept_apart in ("id", "when"):
        del document[kept_apart]
    return json.dumps(document)


def _load_from_row(row: sqlite3.Row) -> Load:
    document = _document(row)
    read = {
        "conditions": _conditions(document["conditions"]),
        "devices": tuple(DeviceBytes(**device) for device in document["devices"]),
        "estimated": _forecast(document["estimated"]),
        "shown": _forecast(document["shown"]),
    }
    when = datetime.fromtimestamp(row["at"], UTC)
    return Load(**(document | read), peak_bytes=row["peak_bytes"], when=when, id=row["id"])


def _entry_from_row(row: sqlite3.Row) -> Entry:
    document = dict(json.loads(row["answer"]))
    read = {name: _range(document[name]) for name in ("forecast", "prompt_forecast")}
    when = datetime.fromtimestamp(row["answer_at"], UTC)
    answer = Answer(**(document | read), when=when, id=row["answer_id"])
    return Entry(_load_from_row(row), answer)


def _conditions(document: dict[str, Any]) -> Conditions:
    read = {
        "configuration": Configuration.from_json(document["configuration"]),
        "devices": tuple(document["devices"]),
    }
    return Conditions(**(document | read))


def _forecast(document: dict[str, Any]) -> Forecast:
    ranges = {name: _range(document[name]) for name in ("generation", "prompt", "deep")}
    return Forecast(**(document | ranges))


def _range(document: dict[str, float] | None) -> Range | None:
    return None if document is None else Range(**document)

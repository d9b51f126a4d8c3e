"""What was read of every GGUF, remembered in SQLite, so that the next look takes no time."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import astuple, dataclass, replace
from pathlib import Path
from typing import Any

from alcove.database import Tables, connect, migrate, storage_errors
from alcove.errors import ModelFileError, StorageError
from alcove.gguf.facts import Facts, fingerprint, read_facts
from alcove.gguf.read import unreadable

_TABLES = Tables(
    "library",
    (
        (
            """
            CREATE TABLE library_files (
                path BLOB PRIMARY KEY,
                stamp TEXT NOT NULL,
                kind TEXT NOT NULL,
                architecture TEXT NOT NULL,
                name TEXT NOT NULL,
                quantization TEXT NOT NULL,
                width INTEGER NOT NULL,
                digest TEXT NOT NULL,
                fingerprint TEXT NOT NULL DEFAULT ''
            ) WITHOUT ROWID
            """,
        ),
    ),
)
_FACTS = "kind, architecture, name, quantization, width, digest"


@dataclass(frozen=True)
class Seen:
    """A file as it is now; ``facts`` are missing where ``error`` says why it cannot be used.

    ``place`` is its device and inode, which all its names share.
    """

    path: Path
    size_bytes: int
    place: tuple[int, int]
    links: int
    modified_s: float
    stamp: str
    facts: Facts | None = None
    error: ModelFileError | None = None


class Index:
    """Looks at files and remembers what it read, in the file ``database`` if there is one.

    A file is read again once its size, time or inode is another. Several programs may share the
    file; where it cannot be read or written, everything works as without it.
    """

    def __init__(self, database: Path | None = None) -> None:
        self._database = database

    def look(self, paths: Iterable[Path]) -> dict[Path, Seen]:
        """Look at ``paths``; those that are not there, or lead in a circle, are left out."""
        known = self._remembered()
        there = [seen for path in dict.fromkeys(paths) if (seen := _look(path, known))]
        found, fresh = dict[Path, Seen](), list[Seen]()
        for seen in there:
            if seen.facts is None:
                seen = _read(seen)
                if seen.facts:
                    fresh.append(seen)
            found[seen.path] = seen
        if fresh:
            self._remember(fresh, [path for path, _stamp in known])
        return found

    def fingerprints(self, files: Iterable[Seen]) -> dict[Path, str]:
        """Return what tells the content of ``files`` apart; those that cannot be read are missing.

        It is read once, and anew when a file has changed.
        """
        known = self._known_fingerprints()
        found, fresh = dict[Path, str](), list[tuple[str, bytes, str]]()
        for seen in files:
            value = known.get(_key(seen))
            if not value:
                try:
                    value = fingerprint(seen.path)
                except (ModelFileError, OSError):
                    continue
                fresh.append((value, *_key(seen)))
            found[seen.path] = value
        if fresh:
            self._write(
                "UPDATE library_files SET fingerprint = ? WHERE path = ? AND stamp = ?", fresh
            )
        return found

    def _remembered(self) -> dict[tuple[bytes, str], Facts]:
        rows = self._rows(f"SELECT path, stamp, {_FACTS} FROM library_files")
        return {(path, stamp): Facts(*facts) for path, stamp, *facts in rows}

    def _known_fingerprints(self) -> dict[tuple[bytes, str], str]:
        rows = self._rows("SELECT path, stamp, fingerprint FROM library_files")
        return {(path, stamp): value for path, stamp, value in rows}

    def _remember(self, fresh: list[Seen], known: Iterable[bytes]) -> None:
        rows = [(*_key(seen), *astuple(seen.facts)) for seen in fresh if seen.facts]
        marks = ", ".join("?" * len(rows[0]))
        self._write(
            f"INSERT OR REPLACE INTO library_files (path, stamp, {_FACTS}) VALUES ({marks})", rows
        )
        if gone := [(path,) for path in known if not os.path.lexists(path)]:
            self._write("DELETE FROM library_files WHERE path = ?", gone)

    def _rows(self, query: str) -> list[Any]:
        try:
            with self._open() as connection:
                return connection.execute(query).fetchall() if connection else []
        except StorageError:
            return []

    def _write(self, statement: str, rows: Iterable[Sequence[object]]) -> None:
        with suppress(StorageError), self._open() as connection:
            if connection:
                connection.execute("BEGIN IMMEDIATE")
                connection.executemany(statement, rows)
                connection.execute("COMMIT")

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection | None]:
        if self._database is None:
            yield None
            return
        with storage_errors(self._database), closing(connect(self._database)) as connection:
            migrate(connection, _TABLES)
            connection.row_factory = None
            yield connection


def _key(seen: Seen) -> tuple[bytes, str]:
    """Return what a file is remembered by; its name need not be text."""
    return os.fsencode(seen.path), seen.stamp


def _look(path: Path, known: Mapping[tuple[bytes, str], Facts]) -> Seen | None:
    """Look at a file; None where there is none."""
    try:
        status = os.stat(path)  # noqa: PTH116 - thousands of files
    except PermissionError as error:
        return Seen(path, 0, (0, 0), 0, 0.0, "", error=unreadable(path, error))
    except OSError:
        return None
    stamp = f"{status.st_size}:{status.st_mtime_ns}:{status.st_ino}"
    return Seen(
        path=path,
        size_bytes=status.st_size,
        place=(status.st_dev, status.st_ino),
        links=status.st_nlink,
        modified_s=status.st_mtime,
        stamp=stamp,
        facts=known.get((os.fsencode(path), stamp)),
    )


def _read(seen: Seen) -> Seen:
    if seen.error:
        return seen
    try:
        return replace(seen, facts=read_facts(seen.path))
    except ModelFileError as error:
        return replace(seen, error=error)

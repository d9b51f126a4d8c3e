"""The SQLite file that rooms share: how it is opened, and how their tables are brought up to date.

Each room has tables of its own whose names begin with its own prefix, and a version of its own.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from alcove.errors import Remedy, StorageError, reason
from alcove.i18n import _

_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_NO_ROOM = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN}
"""What SQLite may say of a full disk, on which it cannot put what it keeps beside the file."""
_LITTLE_BYTES = 128 * 1024
"""Less free space is a full disk: SQLite needs as much beside the file."""
_PATIENCE_S = 2.0
"""How long to wait for another program that is writing."""


@dataclass(frozen=True)
class Tables:
    """The tables of one room, whose version is kept in ``{prefix}_schema``.

    The first statements of ``migrations`` make version 1, the next version 2, and so on.
    """

    prefix: str
    migrations: tuple[tuple[str, ...], ...]


def connect(path: Path) -> sqlite3.Connection:
    """Open ``path``, or make it; raises what SQLite and the file system raise."""
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(path, timeout=_PATIENCE_S, isolation_level=None)
    try:
        connection.row_factory = sqlite3.Row
        with suppress(sqlite3.OperationalError):  # another Alcove is about to do the same
            connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA foreign_keys = ON")
    except BaseException:
        connection.close()
        raise
    return connection


def connect_to_read(path: Path) -> sqlite3.Connection:
    """Open ``path``, which exists, to read it; works on a full disk, too.

    Raises what SQLite and the file system raise.
    """
    try:
        connection = connect(path)
        try:
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        except BaseException:
            connection.close()
            raise
    except sqlite3.Error as error:
        wal = beside(path, "-wal")
        if _code(error) not in _NO_ROOM or (wal.exists() and wal.stat().st_size > 0):
            raise
        # Nobody has it open, or there were a WAL: so it does not change meanwhile.
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?immutable=1", uri=True)
        connection.row_factory = sqlite3.Row
    return connection


def migrate(connection: sqlite3.Connection, tables: Tables) -> None:
    """Bring the tables of a room up to date.

    Raises StorageError where a newer Alcove wrote them, and what SQLite raises.
    """
    newest = len(tables.migrations)
    if _version(connection, tables) == newest:
        return
    with connection:
        connection.execute("BEGIN IMMEDIATE")
        version = _version(connection, tables)  # once more: another Alcove may just have done it
        if version > newest:
            raise StorageError(
                _("The conversations and measurements were written by a newer version of Alcove."),
                _("Update Alcove to read them; nothing was changed."),
            )
        for statements in tables.migrations[version:]:
            for statement in statements:
                connection.execute(statement)
        schema = f"{tables.prefix}_schema"
        connection.execute(f"CREATE TABLE IF NOT EXISTS {schema} (version INTEGER NOT NULL)")
        connection.execute(f"DELETE FROM {schema}")
        connection.execute(f"INSERT INTO {schema} VALUES (?)", (newest,))


@contextmanager
def storage_errors(path: Path) -> Iterator[None]:
    """Turn what SQLite and the file system raise into StorageError.

    A damaged file is marked, so that the next start looks at all of it and keeps it aside.
    """
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        if is_damage(error):
            with suppress(OSError):
                mark(path).touch()
        raise _storage_error(path, error) from error


def is_damage(error: Exception) -> bool:
    """Whether the file itself is the cause of what SQLite raised."""
    return _code(error) in _DAMAGED


def mark(path: Path) -> Path:
    """Return the file whose presence says that damage was met."""
    return beside(path, "-suspect")


def beside(path: Path, suffix: str) -> Path:
    """Return the path with ``suffix`` at its end."""
    return path.with_name(path.name + suffix)


def _version(connection: sqlite3.Connection, tables: Tables) -> int:
    schema = f"{tables.prefix}_schema"
    known = "SELECT 1 FROM sqlite_master WHERE name = ?"
    if connection.execute(known, (schema,)).fetchone() is None:
        return 0
    row = connection.execute(f"SELECT version FROM {schema}").fetchone()
    return row[0] if row else 0


def _code(error: Exception) -> int | None:
    """Return SQLite's primary code: the low byte of the extended one."""
    code: int | None = getattr(error, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF


def _is_full(path: Path, error: Exception) -> bool:
    if _code(error) == sqlite3.SQLITE_FULL:
        return True
    with suppress(OSError):
        return _code(error) in _NO_ROOM and shutil.disk_usage(path.parent).free < _LITTLE_BYTES
    return False


def _storage_error(path: Path, error: Exception) -> StorageError:
    if _is_full(path, error):
        return StorageError(
            _("Nothing could be saved in {path}: the disk is full.").format(path=path),
            _("Free some disk space; what was saved before is safe."),
            Remedy.FREE_DISK,
        )
    if is_damage(error):
        return StorageError(
            _("The file with the conversations and measurements, {path}, is damaged.").format(
                path=path
            ),
            _("Restart Alcove: it keeps the damaged file aside and starts a new one."),
        )
    return StorageError(
        _(
            "The conversations and measurements in {path} could not be read or written: {reason}."
        ).format(path=path, reason=reason(error)),
        _("Check that the folder is writable and that no other program holds the file."),
    )

"""What the hub last said of repositories, kept in SQLite; and asking it again."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from alcove.catalog.listing import ListedFile, Listing
from alcove.database import Tables, connect, connect_to_read, migrate, storage_errors
from alcove.errors import BusyError, HubError, OfflineError
from alcove.hub.remote import RemoteRepository, stays_inside
from alcove.hub.repository import Hub

FRESH = timedelta(hours=12)
"""What is younger is not asked for again, unless the user insists."""

_VERSION_1 = (
    """
    CREATE TABLE listings_repositories (
        name TEXT PRIMARY KEY,
        at REAL NOT NULL,
        document TEXT NOT NULL
    )
    """,
)
_TABLES = Tables("listings", (_VERSION_1,))
_IS_THERE = "SELECT 1 FROM sqlite_master WHERE name = 'listings_repositories'"
_ALL = "SELECT * FROM listings_repositories"


@dataclass(frozen=True)
class Refreshed:
    """What came of asking: repositories that answered, and why others did not."""

    asked: tuple[str, ...]
    failures: dict[str, HubError]


class ListingStore:
    """Keeps listings in the file ``database``; every method may raise StorageError.

    What cannot be understood, such as what a newer Alcove wrote, is left out.
    """

    def __init__(self, database: Path) -> None:
        self._path = database

    def all(self) -> dict[str, Listing]:
        """Return every listing by the name of its repository; works on a full disk, too."""
        if not self._path.exists():
            return {}
        with storage_errors(self._path), closing(connect_to_read(self._path)) as connection:
            known = connection.execute(_IS_THERE).fetchone()
            rows = connection.execute(_ALL).fetchall() if known else []
        read = (_listing(row) for row in rows)
        return {listing.repository: listing for listing in read if listing is not None}

    def keep(self, found: RemoteRepository) -> None:
        """Keep what the hub says now of a repository."""
        document = json.dumps(
            {
                "revision": found.revision,
                "gated": found.gated,
                "files": [
                    asdict(ListedFile(file.path, file.size_bytes, file.sha256))
                    for file in found.files
                    if stays_inside(file.path)
                ],
            }
        )
        at = datetime.now(UTC).timestamp()
        with self._open() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO listings_repositories VALUES (?, ?, ?)",
                (found.name, at, document),
            )

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        """Open the file for one transaction."""
        with storage_errors(self._path), closing(connect(self._path)) as connection:
            migrate(connection, _TABLES)
            with connection:
                connection.execute("BEGIN")
                yield connection


def refresh(
    hub: Hub,
    store: ListingStore,
    repositories: Iterable[str],
    report: Callable[[float, str], None] = lambda _fraction, _name: None,
    *,
    insist: bool = False,
) -> Refreshed:
    """Ask the hub what repositories hold now; those that are FRESH only if the user insists.

    ``report`` gets the fraction that is done and the repository that is asked, and may raise
    Cancelled. What one repository refuses is told; OfflineError, BusyError and StorageError end it,
    and what was asked before them is kept.
    """
    known, now = store.all(), datetime.now(UTC)
    wanted = [
        name
        for name in dict.fromkeys(repositories)
        if insist or name not in known or now - known[name].asked_at > FRESH
    ]
    asked, failures = [], {}
    for number, name in enumerate(wanted):
        report(number / len(wanted), name)
        try:
            store.keep(hub.contents(name))
        except (OfflineError, BusyError):
            raise
        except HubError as error:
            failures[name] = error
        else:
            asked.append(name)
    return Refreshed(tuple(asked), failures)


def _listing(row: sqlite3.Row) -> Listing | None:
    try:
        document = json.loads(row["document"])
        return Listing(
            repository=row["name"],
            revision=str(document["revision"]),
            gated=bool(document["gated"]),
            files=tuple(ListedFile(**file) for file in document["files"]),
            asked_at=datetime.fromtimestamp(row["at"], UTC),
        )
    except (KeyError, OSError, OverflowError, TypeError, ValueError):
        return None

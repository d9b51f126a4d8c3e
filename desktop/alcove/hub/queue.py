"""The queue of transfers, kept in SQLite: what the user wants downloaded, and in which order.

The window, the command line and their transfer processes share it. The user's side is here; what
a transfer process does to the items is in ``leases``.
"""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

from alcove.hub.items import Item, Wanted, read_item, understood
from alcove.hub.problems import Problem
from alcove.hub.remote import RemoteModel
from alcove.hub.tables import STOPPED, reading, writing

_FRESH = f"{STOPPED}, why = NULL, problem = NULL, retry_at = NULL, attempts = 0, missing_bytes = 0"
_ALL = "SELECT * FROM transfers_items WHERE state != 'cancelled' ORDER BY position, id"


class TransferQueue:
    """The items in the file ``database``, in their order.

    Every method opens the file and closes it again, so that any thread may call it; it takes
    milliseconds, two seconds at most where another program keeps the file locked. Every method may
    raise StorageError. A transfer process notices what was changed here within half a second.
    """

    def __init__(self, database: Path) -> None:
        self.database = database

    def add(self, wanted: Wanted, model: RemoteModel | None = None) -> Item:
        """Put a model at the end of the queue; ``model`` is what the hub said of it, if it did.

        One that is in the queue already stays where it is, with the commit that it has; it is begun
        again if it had stopped.
        """
        with writing(self.database) as connection:
            number = _find(connection, wanted) or _insert(connection, wanted)
            _keep_model(connection, number, model)
            connection.execute(
                "UPDATE transfers_items SET received_bytes = 0, verified_bytes = 0,"
                " found = iif(state = 'done', NULL, found)"
                " WHERE id = ? AND state IN ('done', 'cancelled')",
                (number,),
            )
            connection.execute(
                f"UPDATE transfers_items SET state = 'waiting', {_FRESH}"
                " WHERE id = ? AND state NOT IN ('waiting', 'running')",
                (number,),
            )
            return read_item(_row(connection, number))

    def items(self) -> tuple[Item, ...]:
        """Return all items in their order; what a newer Alcove wrote may be left out."""
        with reading(self.database) as connection:
            rows = connection.execute(_ALL).fetchall()
        return tuple(map(read_item, understood(rows)))

    def find(self, item_id: int) -> Item | None:
        """Return one item, or None if it is not in the queue any more."""
        return next((item for item in self.items() if item.id == item_id), None)

    def move(self, item_id: int, place: int) -> None:
        """Give an item another place in the order, counted from 0."""
        with writing(self.database) as connection:
            order = [row["id"] for row in connection.execute(_ALL)]
            if item_id not in order:
                return
            order.remove(item_id)
            order.insert(max(0, place), item_id)
            connection.executemany(
                "UPDATE transfers_items SET position = ? WHERE id = ?", enumerate(order)
            )

    def pause(self, item_id: int) -> None:
        """Stop an item until the user resumes it; what was received is kept."""
        self._change(
            item_id,
            f"state = 'paused', why = 'user', retry_at = NULL, problem = NULL, {STOPPED}",
            "waiting",
            "running",
            "paused",
        )

    def resume(self, item_id: int) -> None:
        """Let an item go on that is paused, or waits for its next attempt."""
        self._change(item_id, f"state = 'waiting', {_FRESH}", "paused", "waiting")

    def retry(self, item_id: int) -> None:
        """Try an item again, from where it was; the hub is asked anew for one that failed.

        What its publisher replaced meanwhile is fetched as it is now.
        """
        self._change(item_id, f"state = 'waiting', is_outdated = 1, {_FRESH}", "failed")
        self._change(item_id, f"state = 'waiting', {_FRESH}", "paused", "waiting")

    def cancel(self, item_id: int) -> None:
        """Take an item out of the queue; what was received of it is deleted, unless it is whole."""
        with writing(self.database) as connection:
            connection.execute(
                "UPDATE transfers_items SET state = iif(state = 'done', 'forgotten', 'cancelled'),"
                f" {STOPPED} WHERE id = ?",
                (item_id,),
            )
            connection.execute("DELETE FROM transfers_items WHERE state = 'forgotten'")

    def clear_done(self) -> None:
        """Take what is done out of the queue; the models stay."""
        with writing(self.database) as connection:
            connection.execute("DELETE FROM transfers_items WHERE state = 'done'")

    def shut(self, problem: Problem) -> None:
        """Pause what waits, because nothing may go out now; ``problem`` says why."""
        with writing(self.database) as connection:
            connection.execute(
                "UPDATE transfers_items SET state = 'paused', why = 'offline', retry_at = NULL,"
                f" problem = ?, {STOPPED} WHERE state IN ('waiting', 'running')",
                (json.dumps(problem.to_json()),),
            )

    def open(self) -> None:
        """Let go on what was paused because the hub could not be reached."""
        with writing(self.database) as connection:
            connection.execute(
                f"UPDATE transfers_items SET state = 'waiting', {_FRESH}"
                " WHERE state = 'paused' AND why = 'offline'"
            )

    def _change(self, item_id: int, change: str, *states: str) -> None:
        """Apply ``change`` to an item if it is in one of ``states``."""
        marks = ", ".join("?" * len(states))
        with writing(self.database) as connection:
            connection.execute(
                f"UPDATE transfers_items SET {change} WHERE id = ? AND state IN ({marks})",
                (item_id, *states),
            )


def _find(connection: sqlite3.Connection, wanted: Wanted) -> int | None:
    """Return the number of the item that asks for the same."""
    row = connection.execute(
        "SELECT id FROM transfers_items"
        " WHERE repository = ? AND file = ? AND revision IS ? AND projector = ?",
        (wanted.repository, wanted.file, wanted.revision, wanted.projector),
    ).fetchone()
    return None if row is None else row["id"]


def _insert(connection: sqlite3.Connection, wanted: Wanted) -> int:
    added = connection.execute(
        "INSERT INTO transfers_items"
        " (position, name, repository, file, revision, projector, size_bytes)"
        " SELECT coalesce(max(position), 0) + 1, ?, ?, ?, ?, ?, ? FROM transfers_items",
        (
            wanted.name,
            wanted.repository,
            wanted.file,
            wanted.revision,
            wanted.projector,
            wanted.size_bytes,
        ),
    ).lastrowid
    assert added is not None
    return added


def _keep_model(connection: sqlite3.Connection, number: int, model: RemoteModel | None) -> None:
    """Keep what the hub said, unless it said something before; that may be outdated now."""
    document = json.dumps(model.to_json()) if model else None
    connection.execute(
        "UPDATE transfers_items SET is_outdated = 1 WHERE id = ? AND model IS NOT NULL"
        " AND (state = 'failed' OR (state IN ('done', 'cancelled') AND model IS NOT ?))",
        (number, document),
    )
    if model is not None:
        connection.execute(
            "UPDATE transfers_items SET model = ?, size_bytes = ? WHERE id = ? AND model IS NULL",
            (document, model.size_bytes, number),
        )


def _row(connection: sqlite3.Connection, number: int) -> sqlite3.Row:
    row = connection.execute("SELECT * FROM transfers_items WHERE id = ?", (number,)).fetchone()
    assert isinstance(row, sqlite3.Row)
    return row

"""What a transfer process does to the queue: it takes an item, keeps it, and says how it ended.

An item that runs belongs to a process. If that dies, or falls silent, another one may take it.
"""

from __future__ import annotations

import json
import os
import sqlite3
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

import psutil

from alcove.hub.items import Item, Why, read_item, understood
from alcove.hub.problems import Problem
from alcove.hub.remote import RemoteModel
from alcove.hub.tables import STOPPED, reading, writing

_SILENCE_S = 30.0
"""How long an owner that lives may be silent before it is taken for another process."""

_ALL = "SELECT * FROM transfers_items ORDER BY position, id"


@dataclass(frozen=True)
class Progress:
    """How far an item is, in bytes and bytes per second."""

    received_bytes: int
    verified_bytes: int
    bytes_per_second: float


class Leases:
    """The queue in the file ``database`` as one transfer process sees it; may raise StorageError.

    What concerns an item that is not this process's any more, since the user paused it or another
    process took it, does nothing.
    """

    def __init__(
        self, database: Path, owner: int | None = None, clock: Callable[[], float] = time.time
    ) -> None:
        """``owner`` is the number of the process, None for this one."""
        self._database = database
        self._clock = clock
        self._owner = owner or os.getpid()

    def claim(self, only: int | None = None) -> Item | None:
        """Take the first item that may run now, or the item ``only`` if it may."""
        with reading(self._database) as connection:
            if self._first_free(connection, only) is None:
                return None  # without having kept others from writing
        with writing(self._database) as connection:
            item_id = self._first_free(connection, only)
            return None if item_id is None else self._take(connection, item_id)

    def release(self) -> None:
        """Let others have what this process runs."""
        with writing(self._database) as connection:
            connection.execute(
                f"UPDATE transfers_items SET state = 'waiting', {STOPPED}"
                " WHERE owner = ? AND state = 'running'",
                (self._owner,),
            )

    def has_work(self, only: int | None = None) -> bool:
        """Whether there is anything for a transfer process to do, now or at a known time."""
        with reading(self._database) as connection:
            rows = understood(connection.execute(_ALL))
        return any(only in (None, row["id"]) and _concerns(row) for row in rows)

    def is_mine(self, item_id: int) -> bool:
        """Whether this process still runs the item."""
        query = "SELECT 1 FROM transfers_items WHERE id = ? AND owner = ? AND state = 'running'"
        with reading(self._database) as connection:
            return connection.execute(query, (item_id, self._owner)).fetchone() is not None

    def beat(self, item_id: int, progress: Progress) -> None:
        """Show that this process lives, and how far the item is, also one that just stopped."""
        with writing(self._database) as connection:
            connection.execute(
                "UPDATE transfers_items SET received_bytes = ?, verified_bytes = ?,"
                " beat_at = iif(owner, ?, NULL), bytes_per_second = iif(owner, ?, 0)"
                " WHERE id = ? AND (owner = ? OR owner IS NULL) AND state != 'done'",
                (
                    progress.received_bytes,
                    progress.verified_bytes,
                    self._clock(),
                    progress.bytes_per_second,
                    item_id,
                    self._owner,
                ),
            )

    def resolved(self, item_id: int, model: RemoteModel, found: Collection[str]) -> None:
        """Keep what the hub said, so that it need not be asked again, and what is there already."""
        documents = json.dumps(model.to_json()), json.dumps(sorted(found))
        change = "model = ?, found = ?, size_bytes = ?, is_outdated = 0"
        self._change(item_id, change, *documents, model.size_bytes)

    def moved_on(self, item_id: int) -> None:
        """Note that bytes came: what failed before does not count any more."""
        self._change(item_id, "attempts = 0, problem = NULL, retry_at = NULL")

    def finish(self, item_id: int, paths: tuple[Path, ...]) -> None:
        """Note that all files are there and intact."""
        self._change(
            item_id,
            "state = 'done', received_bytes = size_bytes, problem = NULL, retry_at = NULL,"
            f" paths = ?, {STOPPED}",
            json.dumps([str(path) for path in paths]),
        )

    def fail(self, item_id: int, problem: Problem) -> None:
        """Note what the user has to do something about."""
        self._change(item_id, f"state = 'failed', problem = ?, {STOPPED}", _json(problem))

    def postpone(
        self, item_id: int, problem: Problem, delay_s: float, why: Why | None = None
    ) -> None:
        """Let an item wait for its next attempt; ``why`` is set where it counts as paused."""
        self._change(
            item_id,
            f"state = ?, why = ?, problem = ?, retry_at = ?, attempts = attempts + 1, {STOPPED}",
            "paused" if why else "waiting",
            why,
            _json(problem),
            self._clock() + delay_s,
        )

    def lack_space(
        self, item_id: int, problem: Problem, missing_bytes: int, delay_s: float
    ) -> None:
        """Pause an item until the disk has so many bytes more, and for a while in any case."""
        self._change(
            item_id,
            "state = 'paused', why = 'disk', problem = ?, missing_bytes = ?, retry_at = ?,"
            f" attempts = attempts + 1, {STOPPED}",
            _json(problem),
            missing_bytes,
            self._clock() + delay_s,
        )

    def lacking_space(self) -> tuple[Item, ...]:
        """Return the items that wait for room on the disk, those that may be looked at again."""
        items = self._select("state = 'paused' AND why = 'disk'")
        return tuple(item for item in items if self._is_due(item.retry_at))

    def has_space(self, item_id: int) -> None:
        """Let an item go on that waited for room on the disk."""
        with writing(self._database) as connection:
            connection.execute(
                "UPDATE transfers_items SET state = 'waiting', why = NULL, problem = NULL,"
                " missing_bytes = 0 WHERE id = ? AND state = 'paused' AND why = 'disk'",
                (item_id,),
            )

    def cancelled(self) -> tuple[Item, ...]:
        """Return the items of which the user wants nothing any more."""
        return self._select("state = 'cancelled'")

    def others(self) -> tuple[Item, ...]:
        """Return the items that were not cancelled."""
        return self._select("state != 'cancelled'")

    def forget(self, item_id: int) -> None:
        """Remove a cancelled item for good."""
        with writing(self._database) as connection:
            connection.execute(
                "DELETE FROM transfers_items WHERE id = ? AND state = 'cancelled'", (item_id,)
            )

    def _first_free(self, connection: sqlite3.Connection, only: int | None) -> int | None:
        rows = understood(connection.execute(_ALL))
        free = (row["id"] for row in rows if only in (None, row["id"]) and self._is_free(row))
        return next(free, None)

    def _take(self, connection: sqlite3.Connection, item_id: int) -> Item:
        connection.execute(
            "UPDATE transfers_items SET state = 'running', why = NULL, retry_at = NULL, owner = ?,"
            " beat_at = ? WHERE id = ?",
            (self._owner, self._clock(), item_id),
        )
        query = "SELECT * FROM transfers_items WHERE id = ?"
        return read_item(connection.execute(query, (item_id,)).fetchone())

    def _is_free(self, row: sqlite3.Row) -> bool:
        if row["state"] == "running":
            return self._is_abandoned(row)
        retries = row["state"] == "paused" and row["why"] == "offline" and row["retry_at"]
        return bool(row["state"] == "waiting" or retries) and self._is_due(row["retry_at"])

    def _is_due(self, retry_at: float | None) -> bool:
        return retry_at is None or retry_at <= self._clock()

    def _is_abandoned(self, row: sqlite3.Row) -> bool:
        if row["owner"] == self._owner or not psutil.pid_exists(row["owner"]):
            return True
        silence: float = abs(self._clock() - row["beat_at"])
        return silence > _SILENCE_S

    def _select(self, condition: str) -> tuple[Item, ...]:
        query = f"SELECT * FROM transfers_items WHERE {condition}"
        with reading(self._database) as connection:
            return tuple(map(read_item, understood(connection.execute(query))))

    def _change(self, item_id: int, change: str, *values: object) -> None:
        """Apply ``change`` to an item that this process runs."""
        with writing(self._database) as connection:
            connection.execute(
                f"UPDATE transfers_items SET {change}"
                " WHERE id = ? AND owner = ? AND state = 'running'",
                (*values, item_id, self._owner),
            )


def _concerns(row: sqlite3.Row) -> bool:
    """Whether a process should live for this item."""
    retries = row["why"] == "offline" and row["retry_at"] is not None
    held_up = row["state"] == "paused" and (retries or row["why"] == "disk")
    return held_up or row["state"] in ("waiting", "running", "cancelled")


def _json(problem: Problem) -> str:
    return json.dumps(problem.to_json())

"""What the queue of transfers holds: one item for each model, all of its files together."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Self

from alcove.hub.problems import Problem
from alcove.hub.remote import RemoteModel

State = Literal["waiting", "running", "paused", "failed", "done"]
Why = Literal["user", "disk", "offline"]
"""Why an item is paused: by the user, by a full disk, or because the hub cannot be reached."""


@dataclass(frozen=True)
class Wanted:
    """What is asked of the hub: ``file`` is a quantization or the path of a file in ``repository``.

    ``projector`` asks for the repository's projector for images (mmproj) too. ``size_bytes`` is
    what the size is expected to be, 0 if nobody knows.
    """

    name: str
    repository: str
    file: str
    revision: str | None = None
    projector: bool = False
    size_bytes: int = 0

    @classmethod
    def of(cls, model: RemoteModel, *, projector: bool = False) -> Self:
        """Return what asks for ``model``, and for what its branch leads to where that is moved.

        ``projector`` says that one is among its files.
        """
        name = model.repository.partition("/")[2]
        revision = model.branch or model.revision
        return cls(
            name=f"{name} {model.quantization}".strip(),
            repository=model.repository,
            file=model.files[0].path,
            revision=None if revision == "main" else revision,
            projector=projector,
            size_bytes=model.size_bytes,
        )


@dataclass(frozen=True)
class Item:
    """A model in the queue, and how far it is.

    ``model`` is what the hub said of it, None until it was asked: its files, at one commit, with
    their hashes. ``verified_bytes`` counts what was compared with the hashes, ``missing_bytes``
    what the disk lacks. A waiting item is not tried before ``retry_at`` (seconds since the epoch);
    ``problem`` says why it has to be tried again, or why it failed. ``owner`` is the process that
    runs it. ``paths`` are the files of a model that is done. Of an outdated one the hub is asked
    again. ``found`` are the hashes of what was in the cache before, None until it is begun.
    """

    id: int
    name: str
    repository: str
    file: str
    revision: str | None
    projector: bool
    model: RemoteModel | None
    state: State
    why: Why | None
    size_bytes: int
    received_bytes: int
    verified_bytes: int
    bytes_per_second: float
    missing_bytes: int
    attempts: int
    is_outdated: bool
    retry_at: float | None
    problem: Problem | None
    owner: int | None
    paths: tuple[Path, ...]
    found: frozenset[str] | None = None

    @property
    def files(self) -> tuple[str, ...]:
        """The paths of its files in the repository; those asked for until the hub was asked."""
        return tuple(file.path for file in self.model.files) if self.model else (self.file,)

    @property
    def is_verifying(self) -> bool:
        """Whether all of it is there and is being compared with the hub's hashes."""
        return self.state == "running" and 0 < self.size_bytes == self.received_bytes

    @property
    def seconds_left(self) -> float | None:
        """Return how long it will take at the present speed, None if there is none."""
        if self.state != "running" or not self.bytes_per_second:
            return None
        return (self.size_bytes - self.received_bytes) / self.bytes_per_second


def understood(rows: Iterable[sqlite3.Row]) -> list[sqlite3.Row]:
    """Return the rows that ``read_item`` understands; a newer Alcove may write others."""
    found = []
    for row in rows:
        with suppress(AttributeError, KeyError, TypeError, ValueError):
            read_item(row)
            found.append(row)
    return found


def read_item(row: sqlite3.Row) -> Item:
    """Return the item of a row; raises what malformed JSON raises."""
    model, problem, found = row["model"], row["problem"], row["found"]
    return Item(
        id=row["id"],
        name=row["name"],
        repository=row["repository"],
        file=row["file"],
        revision=row["revision"],
        projector=bool(row["projector"]),
        model=RemoteModel.from_json(json.loads(model)) if model else None,
        state=row["state"],
        why=row["why"],
        size_bytes=row["size_bytes"],
        received_bytes=row["received_bytes"],
        verified_bytes=row["verified_bytes"],
        bytes_per_second=row["bytes_per_second"],
        missing_bytes=row["missing_bytes"],
        attempts=row["attempts"],
        is_outdated=bool(row["is_outdated"]),
        retry_at=row["retry_at"],
        problem=Problem.from_json(json.loads(problem)) if problem else None,
        owner=row["owner"],
        paths=tuple(Path(path) for path in json.loads(row["paths"])),
        found=frozenset(json.loads(found)) if found else None,
    )

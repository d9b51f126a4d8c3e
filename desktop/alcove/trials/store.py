"""Runs of trials and benchmarks, kept in SQLite as they go."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urldefrag, urlsplit

from alcove.database import connect, connect_to_read, migrate, storage_errors
from alcove.errors import TrialError
from alcove.i18n import _
from alcove.library.installed import InstalledModel
from alcove.trials import tables
from alcove.trials.run import Heading, Kind, Reply, Run
from alcove.trials.trial import Trial


@dataclass(frozen=True)
class Entrant:
    """A model that is to take part; see ``Contestant``."""

    target: str
    name: str
    quantization: str = ""
    size_bytes: int | None = None


def entrant_of(model: InstalledModel) -> Entrant:
    """Let a model of this computer take part."""
    name = f"{model.name} {model.quantization}".strip()
    return Entrant(model.target, name, model.quantization, model.size_bytes)


def entrant_at(target: str) -> Entrant:
    """Let the engine at an address take part, which may end in "#" and a model's name."""
    url, model = urldefrag(target)
    place = urlsplit(url).netloc.rpartition("@")[2] or url
    return Entrant(target, f"{model} ({place})" if model else place)


class TrialStore:
    """The runs of the file ``database``.

    Every method opens the file, commits and closes it again, so that any thread may call it and a
    crash loses nothing. Every method may raise StorageError.
    """

    def __init__(self, database: Path) -> None:
        self._path = database

    def begin(
        self,
        trial: Trial,
        entrants: Sequence[Entrant],
        *,
        kind: Kind = "trial",
        blind: bool = False,
        repeats: int = 1,
    ) -> Run:
        """Keep a run that nobody has answered yet."""
        with self._open() as connection, connection:
            connection.execute("BEGIN IMMEDIATE")
            run = connection.execute(
                "INSERT INTO trials_runs (kind, name, trial, prompts, repeats, blind, created)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    kind,
                    trial.name,
                    json.dumps(trial.to_json()),
                    len(trial.prompts),
                    repeats,
                    blind,
                    time.time(),
                ),
            ).lastrowid
            connection.executemany(
                "INSERT INTO trials_models (run, target, name, quantization, size_bytes)"
                " VALUES (?, ?, ?, ?, ?)",
                [(run, one.target, one.name, one.quantization, one.size_bytes) for one in entrants],
            )
        assert run is not None
        return self.read(run)

    def read(self, run: int) -> Run:
        """Return all of a run; raises TrialError if there is none with that id."""
        with self._open_to_read() as connection:
            rows = self._rows(connection, "SELECT * FROM trials_runs WHERE id = ?", run)
            if not rows:
                raise TrialError(
                    _("There is no run {id}.").format(id=run),
                    _("`alcove trial --history` lists them."),
                )
            return tables.run(
                rows[0],
                self._rows(
                    connection, "SELECT * FROM trials_models WHERE run = ? ORDER BY id", run
                ),
                self._rows(
                    connection,
                    "SELECT * FROM trials_replies WHERE model IN"
                    " (SELECT id FROM trials_models WHERE run = ?) ORDER BY id",
                    run,
                ),
                self._rows(connection, "SELECT * FROM trials_votes WHERE run = ?", run),
            )

    def history(self, limit: int = 200, kind: Kind | None = None) -> tuple[Heading, ...]:
        """Return the newest runs, newest first."""
        with self._open_to_read() as connection:
            rows = self._rows(connection, tables.HEADINGS, kind, limit)
        return tuple(map(tables.heading, rows))

    def keep(self, reply: Reply) -> None:
        """Keep an answer, in place of an earlier one to the same prompt."""
        values = {**tables.reply_values(reply), "created": time.time()}
        names, places = ", ".join(values), ", ".join("?" * len(values))
        self._write(
            f"INSERT OR REPLACE INTO trials_replies ({names}) VALUES ({places})", *values.values()
        )

    def loaded(self, contestant: int, seconds: float) -> None:
        """Keep how long a model took to load."""
        self._write("UPDATE trials_models SET load_seconds = ? WHERE id = ?", seconds, contestant)

    def fail(self, contestant: int, failure: str) -> None:
        """Keep why a model could not be loaded."""
        self._write("UPDATE trials_models SET failure = ? WHERE id = ?", failure, contestant)

    def retry(self, run: int) -> None:
        """Let models that could not be loaded, and prompts that failed, be asked again."""
        self._write("UPDATE trials_models SET failure = '' WHERE run = ?", run)
        self._write(
            "DELETE FROM trials_replies WHERE failure <> '' AND model IN"
            " (SELECT id FROM trials_models WHERE run = ?)",
            run,
        )

    def vote(self, run: int, prompt: str, contestant: int | None) -> None:
        """Keep which model answered a prompt best; None takes the vote back."""
        if contestant is None:
            self._write("DELETE FROM trials_votes WHERE run = ? AND prompt = ?", run, prompt)
        else:
            self._write(
                "INSERT OR REPLACE INTO trials_votes VALUES (?, ?, ?)", run, prompt, contestant
            )

    def delete(self, run: int) -> None:
        """Forget a run with all its answers."""
        self._write("DELETE FROM trials_runs WHERE id = ?", run)

    def _write(self, statement: str, *values: object) -> None:
        with self._open() as connection:
            connection.execute(statement, values)

    @staticmethod
    def _rows(
        connection: sqlite3.Connection | None, question: str, *values: object
    ) -> list[sqlite3.Row]:
        return connection.execute(question, values).fetchall() if connection else []

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        with storage_errors(self._path), closing(connect(self._path)) as connection:
            migrate(connection, tables.TABLES)
            yield connection

    @contextmanager
    def _open_to_read(self) -> Iterator[sqlite3.Connection | None]:
        """Open what there is; nothing is made for it, which a full disk would refuse."""
        if not self._path.exists():
            yield None
            return
        with storage_errors(self._path), closing(connect_to_read(self._path)) as connection:
            there = connection.execute(tables.EXISTS).fetchone() is not None
            yield connection if there else None

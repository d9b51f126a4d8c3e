"""The tables of trials in ``alcove.db``, and what their rows say."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import asdict
from datetime import UTC, datetime

from alcove.database import Tables
from alcove.engine.answer import Readout
from alcove.trials.judge import Finding
from alcove.trials.read import parse_trial
from alcove.trials.run import Contestant, Heading, Reply, Run

_VERSION_1 = (
    """
    CREATE TABLE trials_runs (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        kind TEXT NOT NULL CHECK (kind IN ('trial', 'bench')),
        name TEXT NOT NULL,
        trial TEXT NOT NULL,
        prompts INTEGER NOT NULL,
        repeats INTEGER NOT NULL,
        blind INTEGER NOT NULL,
        created REAL NOT NULL
    )
    """,
    """
    CREATE TABLE trials_models (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        run INTEGER NOT NULL REFERENCES trials_runs (id) ON DELETE CASCADE,
        target TEXT NOT NULL,
        name TEXT NOT NULL,
        quantization TEXT NOT NULL,
        size_bytes INTEGER,
        load_seconds REAL,
        failure TEXT NOT NULL DEFAULT ''
    )
    """,
    """
    CREATE TABLE trials_replies (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        model INTEGER NOT NULL REFERENCES trials_models (id) ON DELETE CASCADE,
        prompt TEXT NOT NULL,
        repeat INTEGER NOT NULL,
        text TEXT NOT NULL,
        reasoning TEXT NOT NULL,
        readout TEXT,
        findings TEXT NOT NULL,
        failure TEXT NOT NULL,
        seconds REAL NOT NULL,
        created REAL NOT NULL,
        UNIQUE (model, prompt, repeat)
    )
    """,
    """
    CREATE TABLE trials_votes (
        run INTEGER NOT NULL REFERENCES trials_runs (id) ON DELETE CASCADE,
        prompt TEXT NOT NULL,
        model INTEGER NOT NULL REFERENCES trials_models (id) ON DELETE CASCADE,
        PRIMARY KEY (run, prompt)
    )
    """,
    "CREATE INDEX trials_models_by_run ON trials_models (run)",
)
TABLES = Tables("trials", (_VERSION_1,))
EXISTS = "SELECT 1 FROM sqlite_master WHERE name = 'trials_runs'"

HEADINGS = """
    SELECT r.*, group_concat(m.name, char(10)) AS models,
        sum(CASE WHEN m.failure <> '' THEN r.prompts * r.repeats ELSE m.asked END) AS asked,
        count(m.id) * r.prompts * r.repeats AS total
    FROM trials_runs r JOIN (
        SELECT *, (SELECT count(*) FROM trials_replies WHERE model = trials_models.id) AS asked
        FROM trials_models ORDER BY id
    ) m ON m.run = r.id
    WHERE r.kind = coalesce(?, r.kind)
    GROUP BY r.id ORDER BY r.id DESC LIMIT ?
"""
"""The newest runs; a model that could not be loaded has nothing left to answer."""


def heading(row: sqlite3.Row) -> Heading:
    """Read a row of HEADINGS."""
    return Heading(
        id=row["id"],
        kind=row["kind"],
        name=row["name"],
        created=when(row["created"]),
        models=tuple(row["models"].split("\n")),
        asked=row["asked"],
        total=row["total"],
        blind=bool(row["blind"]),
    )


def run(
    row: sqlite3.Row,
    models: list[sqlite3.Row],
    replies: list[sqlite3.Row],
    votes: list[sqlite3.Row],
) -> Run:
    """Put a run together from its rows."""
    return Run(
        id=row["id"],
        kind=row["kind"],
        trial=parse_trial(json.loads(row["trial"])),
        created=when(row["created"]),
        contestants=tuple(map(_contestant, models)),
        replies=tuple(map(_reply, replies)),
        votes={vote["prompt"]: vote["model"] for vote in votes},
        blind=bool(row["blind"]),
        repeats=row["repeats"],
    )


def reply_values(reply: Reply) -> dict[str, object]:
    """Return the columns of an answer."""
    return {
        "model": reply.contestant,
        "prompt": reply.prompt,
        "repeat": reply.repeat,
        "text": reply.text,
        "reasoning": reply.reasoning,
        "readout": json.dumps(asdict(reply.readout)) if reply.readout else None,
        "findings": json.dumps([asdict(finding) for finding in reply.findings]),
        "failure": reply.failure,
        "seconds": reply.seconds,
    }


def when(at: float) -> datetime:
    """Read a time."""
    return datetime.fromtimestamp(at, UTC)


def _contestant(row: sqlite3.Row) -> Contestant:
    return Contestant(
        row["id"],
        row["target"],
        row["name"],
        row["quantization"],
        row["size_bytes"],
        row["load_seconds"],
        row["failure"],
    )


def _reply(row: sqlite3.Row) -> Reply:
    return Reply(
        contestant=row["model"],
        prompt=row["prompt"],
        repeat=row["repeat"],
        text=row["text"],
        reasoning=row["reasoning"],
        readout=Readout(**json.loads(row["readout"])) if row["readout"] else None,
        findings=tuple(Finding(**one) for one in json.loads(row["findings"])),
        failure=row["failure"],
        seconds=row["seconds"],
    )

from __future__ import annotations

import csv
import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from alcove.database import Tables, connect, migrate
from alcove.errors import StorageError
from alcove.network import journal as module
from alcove.network.entry import Entry, Outcome
from alcove.network.journal import Journal

ENTRY = Entry(
    when=datetime(2099, 11, 25, 12, 30, tzinfo=UTC),
    method="GET",
    scheme="https",
    host="hub.example",
    port=443,
    path="/api/models/some/model",
    why="details of some/model",
    process="alcove",
)


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "home" / "alcove.db")


def test_what_is_recorded_is_there_before_anything_came_of_it(journal: Journal) -> None:
    added = journal.record(ENTRY)
    assert journal.entries() == (replace(ENTRY, id=added),)


def test_what_came_of_a_request(journal: Journal) -> None:
    added = journal.record(ENTRY)
    journal.complete(added, Outcome(206, 300, 4_000_000, 1.5, "broke off"))
    (entry,) = journal.entries()
    assert (entry.status, entry.sent_bytes, entry.received_bytes) == (206, 300, 4_000_000)
    assert (entry.seconds, entry.failure) == (1.5, "broke off")


def test_pages_of_the_journal(journal: Journal) -> None:
    for number in range(5):
        journal.record(replace(ENTRY, path=f"/{number}", host=("a", "b")[number % 2]))
    first = journal.entries(2)
    assert [entry.path for entry in first] == ["/4", "/3"]
    assert [entry.path for entry in journal.entries(2, first[-1].id)] == ["/2", "/1"]
    assert [entry.path for entry in journal.entries(host="b")] == ["/3", "/1"]


def test_totals_by_host(journal: Journal) -> None:
    for host, received in (("a", 10), ("b", 1), ("b", 2)):
        added = journal.record(replace(ENTRY, host=host))
        journal.complete(added, Outcome(200, 5, received, 0.1))
    b, a = journal.totals()
    assert (b.host, b.requests, b.sent_bytes, b.received_bytes) == ("b", 2, 10, 3)
    assert (a.host, a.requests, a.received_bytes, a.last) == ("a", 1, 10, ENTRY.when)


def test_a_host_is_told_with_a_port_that_is_not_the_usual_one(journal: Journal) -> None:
    for port in (443, 8000, 8001, 8001):
        journal.record(replace(ENTRY, port=port))
    names = [total.host for total in journal.totals()]
    assert names == ["hub.example:8001", "hub.example", "hub.example:8000"]
    assert [len(journal.entries(host=name)) for name in names] == [2, 4, 1]


def test_what_never_ended_was_interrupted(journal: Journal) -> None:
    lives = journal.record(ENTRY)
    dead = journal.record(replace(ENTRY, pid=_ended_process()))
    reused = journal.record(replace(ENTRY, when=datetime(2001, 1, 1, tzinfo=UTC)))
    journal.record(replace(ENTRY, method="", pid=_ended_process()))
    for each in (lives, dead, reused):
        journal.complete(each, Outcome(206, 300, 4_000_000))
    uncounted, *others = journal.entries()
    assert uncounted.answer == "not counted"
    interrupted = "206, interrupted, at least this was received"
    assert [entry.answer for entry in others] == [interrupted, interrupted, "206, under way"]
    assert [entry.received_bytes for entry in others] == [4_000_000] * 3


def _ended_process() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_when_it_was_cleared(journal: Journal) -> None:
    assert journal.cleared() is None
    journal.record(ENTRY)
    assert journal.cleared() is None
    before = datetime.now(UTC)
    journal.clear()
    cleared = journal.cleared()
    assert cleared is not None
    assert before <= cleared <= datetime.now(UTC)


def test_a_journal_of_an_older_alcove(journal: Journal) -> None:
    journal.path.parent.mkdir()
    with closing(connect(journal.path)) as connection:
        migrate(connection, Tables("journal", module._TABLES.migrations[:1]))
        connection.execute(
            "INSERT INTO journal_requests VALUES"
            " (1, 1.0, 'GET', 'https', 'a', 443, '/', '', '', '', 200, 1, 2, 0.1, '')"
        )
    assert (journal.cleared(), journal.entries()[0].answer) == (None, "200")
    journal.record(ENTRY)
    assert [entry.host for entry in journal.entries()] == ["hub.example", "a"]


def test_the_oldest_requests_are_forgotten(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "KEPT", 3)
    for number in range(5):
        journal.record(replace(ENTRY, path=f"/{number}"))
    assert [entry.path for entry in journal.entries()] == ["/4", "/3", "/2"]


def test_nothing_is_left_of_what_was_cleared(journal: Journal) -> None:
    added = [journal.record(replace(ENTRY, path="/remembered" * 50)) for _number in range(50)]
    journal.clear()
    journal.complete(added[0], Outcome(200))
    assert journal.entries() == ()
    left = [path.read_bytes() for path in journal.path.parent.iterdir()]
    assert not any(b"remembered" in content for content in left)


def test_export_as_json(journal: Journal, tmp_path: Path) -> None:
    journal.record(ENTRY)
    journal.record(replace(ENTRY, path="/two"))
    assert journal.export(tmp_path / "journal.json") == 2
    first, second = json.loads((tmp_path / "journal.json").read_text())
    assert first["when"] == "2099-11-25T12:30:00+00:00"
    assert second["path"] == "/two"
    assert second["status"] is None


def test_export_as_csv(journal: Journal, tmp_path: Path) -> None:
    journal.record(ENTRY)
    journal.export(tmp_path / "journal.CSV")
    with (tmp_path / "journal.CSV").open(newline="") as file:
        (row,) = csv.DictReader(file)
    assert row["host"] == "hub.example"
    assert row["why"] == "details of some/model"


def test_an_export_that_fails_leaves_what_was_there(journal: Journal, tmp_path: Path) -> None:
    journal.record(ENTRY)
    (tmp_path / "folder.json").mkdir()
    (tmp_path / "folder.json" / "kept").touch()
    with pytest.raises(StorageError, match=r"folder\.json"):
        journal.export(tmp_path / "folder.json")
    assert [path.name for path in (tmp_path / "folder.json").iterdir()] == ["kept"]
    assert not (tmp_path / "folder.json.part").exists()


WRITING = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from alcove.network.entry import Entry, Outcome
from alcove.network.journal import Journal

for number in range(25):
    journal = Journal(Path(sys.argv[1]))
    place = ("https", "hub.example", 443, f"/{number}")
    added = journal.record(Entry(datetime.now(UTC), "GET", *place, "test", sys.argv[2]))
    journal.complete(added, Outcome(200, 1, number, 0.0))
"""


def test_several_processes_at_once(journal: Journal) -> None:
    command = [sys.executable, "-c", WRITING, str(journal.path)]
    writers = [subprocess.Popen([*command, f"writer {index}"]) for index in range(4)]
    assert [writer.wait() for writer in writers] == [0] * 4
    entries = journal.entries()
    assert len(entries) == 100
    assert all(entry.path == f"/{entry.received_bytes}" for entry in entries)


def test_a_database_of_a_newer_alcove_is_left_alone(journal: Journal) -> None:
    journal.record(ENTRY)
    connection = sqlite3.connect(journal.path)
    with connection:
        connection.execute("UPDATE journal_schema SET version = 99")
    connection.close()
    with pytest.raises(StorageError, match="newer"):
        journal.record(ENTRY)

"""No request without its entry, whatever befalls the database."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from alcove.network.journal import Journal
from faults import full_disk
from faults.journey import ALCOVE, walk
from local_hub import LocalHub

REPOSITORY = "some/Model-GGUF"
FILE = "model-Q4_1.gguf"
SHORT = ("-p", "Hello", "--max-tokens", "4")


@pytest.fixture
def hub(local_hub: LocalHub, smollm2_path: Path) -> LocalHub:
    local_hub.add(REPOSITORY, FILE, smollm2_path)
    return local_hub


@pytest.fixture
def database(alcove_home: Path) -> Path:
    path = alcove_home / "alcove.db"
    path.parent.mkdir(parents=True)
    return path


def refused(hub: LocalHub, *arguments: str) -> str:
    """Run what must fail with a sentence and without a request, and return the sentence."""
    outcome = walk(arguments)
    assert outcome["status"] == 1
    (said,) = [line for line in outcome["stderr"].splitlines() if line.startswith("Error: ")]
    assert "Traceback" not in outcome["stderr"]
    assert "nothing was asked of 127.0.0.1: every request is noted first" in said
    assert hub.requests == []
    return str(said)


def with_a_full_disk(folder: Path, *commands: tuple[str, ...]) -> list[dict[str, str]]:
    """Run commands while the disk with ``folder`` is full, or no file of it may grow.

    The latter where the system forbids to mount a small disk.
    """
    runner = Path(full_disk.__file__)
    walking = [sys.executable, str(runner), str(folder), json.dumps(commands)]
    ended = subprocess.run(walking, capture_output=True, text=True, check=False)
    if ended.returncode == full_disk.FORBIDDEN:
        journey = runner.with_name("journey.py")
        # a limit holds for temporary files, too, which a model process needs
        commands = tuple(command for command in commands if command[0] != "run")
        limited = ["bash", "-c", 'ulimit -f 0; exec "$@"', "bash"]
        walking = [*limited, sys.executable, str(journey), json.dumps(commands)]
        ended = subprocess.run(walking, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    return list(json.loads(ended.stdout))


def test_a_full_disk(hub: LocalHub, database: Path) -> None:
    pull, *others = with_a_full_disk(
        database.parent,
        ("pull", REPOSITORY),
        ("list",),
        ("fit", "qwen3-0.6b"),
        ("run", "starter", *SHORT),
        ("privacy",),
        ("doctor",),
    )
    assert pull["status"] == 1
    assert "nothing was asked of 127.0.0.1: every request is noted first" in pull["stderr"]
    assert hub.requests == []
    assert [outcome for outcome in others if outcome["status"]] == []


def test_a_disk_that_is_full_later(hub: LocalHub, database: Path) -> None:
    assert walk(("fit", REPOSITORY))["status"] == 0
    entries = Journal(database).entries()
    hub.requests.clear()
    pull, fit, privacy = with_a_full_disk(
        database.parent, ("pull", REPOSITORY), ("fit", REPOSITORY), ("privacy", "--json")
    )
    assert pull["status"] == 1
    assert fit["status"] == 0, "its header is known"
    assert hub.requests == []
    listed = json.loads(privacy["stdout"])["requests"]
    assert [entry["id"] for entry in listed] == [entry.id for entry in entries]


def test_a_folder_that_cannot_be_written(hub: LocalHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALCOVE_HOME", "/dev/null/alcove")
    assert "/dev/null/alcove/alcove.db" in refused(hub, "pull", REPOSITORY)


def test_a_damaged_database(hub: LocalHub, database: Path) -> None:
    database.write_bytes(b"no database " * 1000)
    assert "damaged" in refused(hub, "pull", REPOSITORY)
    assert walk(("run", "starter", *SHORT))["status"] == 0


def test_a_database_that_another_program_holds(hub: LocalHub, database: Path) -> None:
    with closing(sqlite3.connect(database, isolation_level=None)) as holding:
        holding.execute("BEGIN EXCLUSIVE")
        assert "locked" in refused(hub, "pull", REPOSITORY)


@pytest.fixture
def downloading(hub: LocalHub) -> Iterator[subprocess.Popen[bytes]]:
    """A download that waits in its middle."""
    hub.faults.pause_after = 2_000_000
    with subprocess.Popen(
        [*ALCOVE, "pull", REPOSITORY], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        assert hub.paused.wait(60)
        yield process
        process.kill()


def test_a_download_is_listed_while_it_runs_and_after_it_was_killed(
    hub: LocalHub, database: Path, downloading: subprocess.Popen[bytes]
) -> None:
    running = Journal(database).entries()[0]
    assert running.seconds is None
    downloading.kill()
    downloading.wait()
    patience = time.monotonic() + 60
    while (killed := Journal(database).entries()[0]).failure == "":
        assert time.monotonic() < patience, "it never ended"
    hub.resume()
    assert killed.failure.startswith("interrupted")
    assert killed.received_bytes >= 2_000_000
    assert (killed.id, killed.why) == (running.id, f"download of {FILE}")
    assert killed.process == "alcove.hub.transfer"


def test_the_journal_is_shown_written_and_cleared(hub: LocalHub, tmp_path: Path) -> None:
    assert walk(("fit", REPOSITORY))["status"] == 0
    shown = walk(("privacy",))["stdout"]
    assert f"header of {FILE}" in shown
    assert f"GET /api/models/{REPOSITORY}?blobs=true" in shown
    assert walk(("privacy", "--export", str(tmp_path / "all.csv")))["status"] == 0
    assert len((tmp_path / "all.csv").read_text().splitlines()) == 1 + len(hub.requests)
    document = json.loads(walk(("privacy", "--json", "--limit", "1"))["stdout"])
    assert len(document["requests"]) == 1
    assert sum(total["requests"] for total in document["totals"]) == len(hub.requests)
    assert walk(("privacy", "--clear"))["status"] == 0
    assert json.loads(walk(("privacy", "--json"))["stdout"])["requests"] == []


@pytest.mark.parametrize(
    "start",
    [
        "from alcove.children import claim_stdout; claim_stdout()",
        "from alcove.__main__ import main; main(['--version'])",
    ],
)
def test_every_process_is_sealed_from_its_start(start: str) -> None:
    code = f"import socket; {start}; socket.create_connection(('192.0.2.1', 80))"
    ended = subprocess.run(
        [sys.executable, "-c", code], env=os.environ, capture_output=True, text=True, check=False
    )
    assert "only Alcove's door leads to other computers" in ended.stderr

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from alcove.errors import StorageError, TrialError
from alcove.trials.judge import Finding
from alcove.trials.read import find_trial
from alcove.trials.run import Reply
from alcove.trials.store import Entrant, TrialStore, entrant_at
from alcove.trials.trial import Prompt, Trial
from trials.scripted import READOUT

TRIAL = Trial("Two", (Prompt("a", "1"), Prompt("b", "2")))
MODELS = (Entrant("x", "Model X", "Q4_K_M", 9), Entrant("http://127.0.0.1:9#m", "m"))


def test_a_run_is_read_as_it_was_kept(store: TrialStore) -> None:
    trial = find_trial("everyday")
    run = store.begin(trial, MODELS, blind=True)
    assert run.trial == trial
    assert run.blind
    assert [one.target for one in run.contestants] == ["x", "http://127.0.0.1:9#m"]
    assert run.contestants[0].size_bytes == 9
    findings = (Finding("json", False, "no"), Finding("python", None, "not run"))
    reply = Reply(run.contestants[1].id, "Apples", 0, "8", "hm", READOUT, findings, "", 1.5)
    store.keep(reply)
    assert store.read(run.id).replies == (reply,)
    store.keep(replace(reply, text="9"))
    assert [one.text for one in store.read(run.id).replies] == ["9"]


def test_history_is_newest_first_and_tells_how_far_each_is(store: TrialStore) -> None:
    assert store.history() == ()
    first, second = store.begin(TRIAL, MODELS), store.begin(TRIAL, MODELS[:1], kind="bench")
    store.keep(Reply(first.contestants[0].id, "a", text="1"))
    newest, older = store.history()
    assert (newest.id, older.id) == (second.id, first.id)
    assert older.models == ("Model X", "m")
    assert (older.asked, older.total, older.finished) == (1, 4, False)
    store.fail(first.contestants[0].id, "It does not fit.")
    store.fail(first.contestants[1].id, "It is gone.")
    assert store.history(kind="trial")[0].finished
    assert store.read(first.id).finished
    assert store.history(limit=1) == (newest,)


def test_votes_are_kept_changed_and_taken_back(store: TrialStore) -> None:
    run = store.begin(TRIAL, MODELS)
    x, m = (one.id for one in run.contestants)
    store.vote(run.id, "a", x)
    store.vote(run.id, "b", x)
    store.vote(run.id, "b", m)
    assert store.read(run.id).votes == {"a": x, "b": m}
    store.vote(run.id, "a", None)
    assert store.read(run.id).votes == {"b": m}


def test_a_deleted_run_leaves_nothing(store: TrialStore, tmp_path: Path) -> None:
    run = store.begin(TRIAL, MODELS)
    store.keep(Reply(run.contestants[0].id, "a", text="1"))
    store.vote(run.id, "a", run.contestants[0].id)
    store.delete(run.id)
    assert store.history() == ()
    with pytest.raises(TrialError):
        store.read(run.id)
    with sqlite3.connect(tmp_path / "alcove.db") as connection:
        for table in ("models", "replies", "votes"):
            assert connection.execute(f"SELECT count(*) FROM trials_{table}").fetchone() == (0,)
    connection.close()


def test_reading_makes_no_file(store: TrialStore, tmp_path: Path) -> None:
    assert store.history() == ()
    assert not (tmp_path / "alcove.db").exists()


def test_a_file_that_is_none_is_said(tmp_path: Path) -> None:
    (tmp_path / "alcove.db").write_bytes(b"no database at all" * 100)
    with pytest.raises(StorageError):
        TrialStore(tmp_path / "alcove.db").begin(TRIAL, MODELS)


@pytest.mark.parametrize(
    ("target", "name"),
    [
        ("http://127.0.0.1:8000", "127.0.0.1:8000"),
        ("http://127.0.0.1:8000/v1#org/model", "org/model (127.0.0.1:8000)"),
        ("https://user:secret@host#m", "m (host)"),
    ],
)
def test_an_engine_is_named_without_secrets(target: str, name: str) -> None:
    assert entrant_at(target).name == name

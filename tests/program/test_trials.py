"""``alcove trial`` and ``alcove bench`` with two real models, and an engine elsewhere."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from alcove.trials.store import TrialStore
from engine.test_remote import plain as plain
from program.running import alcove, answer, sentence
from program.test_command_line import ANSWER_KEYS

TRIAL = {
    "name": "Small",
    "options": {"max_tokens": 24, "temperature": 0},
    "prompts": [
        {
            "name": "capital",
            "prompt": "What is the capital of France? Answer in one short sentence.",
            "checks": {"contains": "Paris"},
        },
        {"name": "colour", "prompt": "Name a colour."},
    ],
}


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "small.json"
    path.write_text(json.dumps(TRIAL))
    return str(path)


def test_two_models_and_one_that_is_not_there(file: str, gemma_path: Path, tmp_path: Path) -> None:
    models = f"starter, {gemma_path},http://127.0.0.1:7#nobody"
    exported = tmp_path / "run.csv"
    document = answer("trial", file, "--models", models, "--export", str(exported))
    assert document["finished"]
    starter, gemma, nobody = document["models"]
    assert starter["answered"] == gemma["answered"] == 2
    assert starter["generation"]["median"] > 0
    assert "No engine answers at http://127.0.0.1:7" in nobody["failure"]
    answers = document["answers"]
    assert [(one["target"], one["prompt"]) for one in answers] == [
        (starter["target"], "capital"),
        (starter["target"], "colour"),
        (gemma["target"], "capital"),
        (gemma["target"], "colour"),
    ]
    assert answers[0]["passed"] is True
    assert answers[1]["passed"] is None
    assert all(one["peak_memory_bytes"] > 100_000_000 for one in answers)
    assert list(answers[0])[: len(ANSWER_KEYS)] == ANSWER_KEYS
    with exported.open() as table:
        assert [row["target"] for row in csv.DictReader(table)] == [
            one["target"] for one in answers
        ]

    [listed] = answer("trial", "--history")
    assert (listed["asked"], listed["total"], listed["finished"]) == (6, 6, True)
    shown = alcove("trial", "--show", str(listed["id"])).stdout
    assert "capital" in shown
    assert "1 of 1" in shown
    assert answer("trial", "--show", str(listed["id"])) == document


def test_a_run_that_was_killed_goes_on_where_it_was(file: str, alcove_home: Path) -> None:
    long = dict(TRIAL, prompts=[f"Tell a long story about number {n}." for n in range(6)])
    Path(file).write_text(json.dumps(long | {"options": {"max_tokens": 48}}))
    store = TrialStore(alcove_home / "alcove.db")
    command = [sys.executable, "-m", "alcove", "trial", file, "--models", "starter"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        while not (store.history() and store.history()[0].asked):
            assert running.poll() is None
        children = psutil.Process(running.pid).children(recursive=True)
        os.kill(running.pid, signal.SIGKILL)
    psutil.wait_procs(children, 60)  # they end with it
    [begun] = store.history()
    kept = store.read(begun.id).replies
    assert 1 <= len(kept) < 6

    document = answer("trial", "--continue", str(begun.id))
    assert document["finished"]
    assert len(document["answers"]) == 6
    assert store.read(begun.id).replies[: len(kept)] == kept


def test_an_engine_elsewhere_takes_part(
    file: str, plain: tuple[str, list[dict[str, object]]]
) -> None:
    url, asked = plain
    alcove("connect", url, "--api-key", "secret")
    document = answer("trial", file, "--models", f"{url}#b")
    assert [one["text"] for one in document["answers"]] == ["Hello there", "Hello there"]
    assert document["answers"][0]["passed"] is False
    assert asked[-1]["model"] == "b"


def test_bench_measures_prompts_and_generation() -> None:
    asked = ("--prompt-tokens", "64,128", "--tokens", "16", "--repeats", "2")
    rows = answer("bench", "starter", *asked)
    assert len(rows) == 4
    for row in rows:
        assert list(row)[: len(ANSWER_KEYS)] == ANSWER_KEYS
        assert row["completion_tokens"] == 16
        assert row["finish_reason"] == "length"
        assert row["generation_tokens_per_second"] > 0
        assert row["prompt_tokens_per_second"] > 0
    read = [row["prompt_tokens"] for row in rows]
    assert all(abs(count - 64) < 16 for count in read[:2])
    assert all(abs(count - 128) < 24 for count in read[2:])
    [kept] = answer("bench", "--history")
    table = alcove("bench", "--show", str(kept["id"])).stdout
    assert "128 tokens" in table
    assert "(n = 2)" in table
    assert answer("trial", "--history") == []


def test_failures_are_sentences(file: str, tmp_path: Path) -> None:
    assert "cannot be read" in sentence("trial", str(tmp_path / "none.json"), "--models", "starter")
    assert "'propmts', which means nothing" in sentence(
        "trial", str(wrong(tmp_path)), "--models", "starter"
    )
    assert "no run 7" in sentence("trial", "--show", "7")
    assert "nonsense" in sentence("trial", file, "--models", "nonsense")
    assert "No model answered" in sentence("bench", "http://127.0.0.1:7")


def wrong(folder: Path) -> Path:
    path = folder / "wrong.json"
    path.write_text('{"propmts": ["a"]}')
    return path


@pytest.mark.parametrize(
    "arguments",
    [
        ("trial",),
        ("trial", "everyday"),
        ("bench",),
        ("bench", "starter", "--prompt-tokens", "many"),
        ("bench", "starter", "--repeats", "0"),
    ],
)
def test_wrong_usage(arguments: tuple[str, ...]) -> None:
    alcove(*arguments, status=2)

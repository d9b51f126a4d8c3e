"""What is said of a run: figures, time left, what is hidden, and the files that it becomes."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from alcove.errors import StorageError
from alcove.trials.export import export, to_csv, to_markdown
from alcove.trials.judge import Finding
from alcove.trials.run import Contestant, Reply, Run
from alcove.trials.summary import Figure, blind_order, is_hidden, summaries
from alcove.trials.time_left import seconds_left
from alcove.trials.trial import Check, Prompt, Trial
from alcove.trials.words import mark, passes, seconds, speed, why
from trials.scripted import READOUT

CHECKED = (Check("equals", ["1"]),)
TRIAL = Trial(
    "Sums | and more",
    (Prompt("a", "1?", checks=CHECKED), Prompt("b", "2?", checks=CHECKED), Prompt("c", "3?")),
)
X, Y, Z = (Contestant(number, name, f"Model {name}") for number, name in enumerate("xyz", 1))
RIGHT, WRONG, OPEN = ((Finding("equals", one, "because"),) for one in (True, False, None))


def run_of(*replies: Reply, **changes: object) -> Run:
    run = Run(1, "trial", TRIAL, datetime(2026, 3, 1, tzinfo=UTC), (X, Y, Z), replies)
    return replace(run, **changes)  # type: ignore[arg-type]


def reply(contestant: Contestant, prompt: str, rate: float = 10.0, **changes: object) -> Reply:
    readout = replace(READOUT, generation_tokens_per_second=rate)
    made = Reply(contestant.id, prompt, text="1", readout=readout, seconds=4.0)
    return replace(made, **changes)  # type: ignore[arg-type]


def test_figures_are_medians_and_say_of_how_many_answers() -> None:
    short = replace(READOUT, completion_tokens=2, generation_tokens_per_second=999.0)
    x = summaries(
        run_of(
            reply(X, "a", 10.0, findings=RIGHT),
            reply(X, "b", 30.0, findings=WRONG),
            reply(X, "c", readout=short),
        )
    )[0]
    assert x.generation == Figure(20.0, 10.0, 30.0, 2)  # two tokens say nothing of speed
    assert x.first_token.count == 3
    assert speed(x.generation) == "20.0 (n = 2)"
    assert seconds(x.first_token) == "0.25 s (n = 3)"
    assert (x.passed, x.checked, x.unchecked, x.answered) == (1, 2, 0, 3)
    assert x.peak_memory_bytes == READOUT.peak_memory_bytes


def test_what_was_not_checked_is_neither_right_nor_wrong() -> None:
    x, y, z = summaries(
        run_of(
            reply(X, "a", findings=OPEN),
            reply(X, "b", findings=RIGHT),
            reply(Y, "a", readout=None, failure="It crashed."),
        )
    )
    assert passes(x) == "1 of 1 (1 not checked)"
    assert passes(y) == "0 of 1"  # no answer is no right answer
    assert (y.failed, y.answered) == (1, 0)
    assert passes(z) == speed(z.generation) == "–"


def test_an_outcome_is_a_word_and_a_reason() -> None:
    assert [mark(reply(X, "a", findings=one)) for one in (RIGHT, WRONG, OPEN, ())] == [
        "passed",
        "wrong",
        "not checked",
        "answered",
    ]
    assert mark(None) == "–"
    assert why(reply(X, "a", findings=WRONG)) == "because"
    assert why(reply(X, "a", findings=RIGHT)) == ""
    assert why(reply(X, "a", failure="Gone.")) == "Gone."


def test_nobody_knows_whose_an_answer_is_before_the_vote() -> None:
    run = run_of(blind=True, votes={"a": X.id})
    assert [is_hidden(run, one) for one in "abc"] == [False, True, True]
    assert not is_hidden(replace(run, blind=False), "b")
    orders = {tuple(one.id for one in blind_order(replace(run, id=n), "b")) for n in range(30)}
    assert len(orders) > 1
    assert blind_order(run, "b") == blind_order(run, "b")
    assert blind_order(replace(run, blind=False), "b") == (X, Y, Z)


def test_time_left_follows_what_each_model_needs() -> None:
    slow = (reply(X, "a", seconds=2.0), reply(X, "b", seconds=4.0), reply(X, "c", seconds=6.0))
    loaded = replace(X, load_seconds=5.0)
    run = run_of(*slow, contestants=(loaded, Y))
    assert seconds_left(run) == 2.0 + 4.0 + 6.0 + 5.0
    twice = run_of(
        *slow,
        reply(Y, "a", seconds=6.0),  # 1.5 times the mean of 2 and 6
        contestants=(loaded, replace(Y, load_seconds=1.0)),
    )
    assert seconds_left(twice) == pytest.approx(1.5 * (4.0 + 6.0))
    assert seconds_left(run_of()) is None
    gone = (loaded, replace(Y, failure="It does not fit."))
    assert seconds_left(run_of(*slow, contestants=gone)) == 0


FULL = run_of(
    reply(X, "a", text="1 | 2", findings=RIGHT),
    reply(Y, "a", text="```py\nx\n```", findings=WRONG),
    votes={"a": Y.id},
    contestants=(X, Y, replace(Z, failure="It does not fit.")),
)


def test_markdown_has_the_table_and_every_answer() -> None:
    text = to_markdown(FULL)
    assert "| Model x | 1 | 1 of 1 | 0 | 10.0 (n = 1) | 480 (n = 1) | 0.25 s (n = 1) |" in text
    assert "- Model z: It does not fit." in text
    assert "## a\n\n> 1?" in text
    assert "### Model y: wrong, best\n\nbecause\n\n```py\nx\n```" in text


def test_csv_has_a_row_for_each_answer() -> None:
    rows = list(csv.DictReader(io.StringIO(to_csv(FULL))))
    assert [row["target"] for row in rows] == ["x", "y"]
    assert rows[0]["text"] == "1 | 2"
    assert rows[1]["remark"] == "because"
    assert [row["vote"] for row in rows] == ["False", "True"]
    assert float(rows[0]["generation_tokens_per_second"]) == 10.0


def test_an_export_takes_its_form_from_its_name(tmp_path: Path) -> None:
    for name in ("run.md", "run.csv", "run.json"):
        export(FULL, tmp_path / name)
    assert (tmp_path / "run.md").read_text().startswith("# Sums")
    assert (tmp_path / "run.csv").read_text().startswith("text,")
    document = json.loads((tmp_path / "run.json").read_text())
    assert document["votes"] == {"a": "y"}
    assert document["answers"][0]["peak_memory_bytes"] == READOUT.peak_memory_bytes
    assert document["models"][2]["failure"] == "It does not fit."
    assert not list(tmp_path.glob("*.part"))


def test_an_export_that_fails_leaves_what_was_there(tmp_path: Path) -> None:
    with pytest.raises(StorageError):
        export(FULL, tmp_path / "no folder" / "run.md")

"""A run from its beginning to its end: kept, stopped, gone on with, failing in parts."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from alcove.engine.answer import Request
from alcove.errors import Cancelled, EngineStopped, ModelMemoryError, RequestError, StorageError
from alcove.trials.asking import BenchAsking, TrialAsking, asking_of, bench_trial
from alcove.trials.judge import Judge
from alcove.trials.run import Run
from alcove.trials.runner import Progress, Runner
from alcove.trials.sandbox.sandbox import Sandbox
from alcove.trials.store import Entrant, TrialStore
from alcove.trials.trial import Check, Options, Prompt, Trial
from trials.scripted import READOUT, ScriptedModel, Stage

PROMPTS = (
    Prompt("one", "1", checks=(Check("equals", ["1"]),)),
    Prompt("two", "2", system="Count."),
    Prompt("three", "3", checks=(Check("equals", ["3"]),)),
)
TRIAL = Trial("Counting", PROMPTS, Options(max_tokens=50, temperature=0.0, seed=7))
BOTH = (Entrant("a", "Model A"), Entrant("b", "Model B"))


def runner(store: TrialStore, stage: Stage) -> Runner:
    return Runner(store, stage, Judge(Sandbox()))


def go(store: TrialStore, stage: Stage, run: Run) -> Run:
    return runner(store, stage).go_on(run, asking_of(run), lambda _progress: None)


def texts(run: Run, place: int = 0) -> list[str]:
    return [one.text for one in run.replies if one.contestant == run.contestants[place].id]


def test_every_model_answers_every_prompt_one_after_the_other(store: TrialStore) -> None:
    a, b = ScriptedModel(), ScriptedModel({"3": "Three, I think."})
    run = go(store, Stage({"a": a, "b": b}), store.begin(TRIAL, BOTH))
    assert texts(run, 0) == ["1", "2", "3"]
    assert texts(run, 1) == ["1", "2", "Three, I think."]
    assert [one.passed for one in run.replies] == [True, None, True, True, None, False]
    assert all(one.readout == READOUT for one in run.replies)
    assert all(one.load_seconds is not None for one in run.contestants)
    assert run.finished
    assert run == store.read(run.id)
    assert (a.opened, a.closed, b.opened, b.closed) == (1, 1, 1, 1)


def test_a_prompt_is_asked_as_the_trial_says(store: TrialStore) -> None:
    model = ScriptedModel()
    stage = Stage({"a": model}, Request((), temperature=0.7, top_k=20))
    go(store, stage, store.begin(TRIAL, BOTH[:1]))
    request = model.requests[1]
    assert [(turn.role, turn.content) for turn in request.turns] == [
        ("system", "Count."),
        ("user", "2"),
    ]
    assert (request.max_tokens, request.temperature, request.seed) == (50, 0.0, 7)
    assert request.top_k == 20
    advised = replace(TRIAL, options=Options(max_tokens=None, temperature=None))
    go(store, stage, store.begin(advised, BOTH[:1]))
    assert (model.requests[-1].max_tokens, model.requests[-1].temperature) == (None, 0.7)


def test_a_model_that_cannot_be_loaded_is_said_and_the_rest_goes_on(store: TrialStore) -> None:
    a = ScriptedModel(failure=ModelMemoryError("It does not fit.", "Close something."))
    b = ScriptedModel()
    stage = Stage({"a": a, "b": b})
    run = go(store, stage, store.begin(TRIAL, BOTH))
    assert run.contestants[0].failure == "It does not fit. Close something."
    assert texts(run, 1) == ["1", "2", "3"]
    assert run.finished

    a.failure = None
    assert go(store, stage, store.read(run.id)).replies == run.replies
    store.retry(run.id)
    again = go(store, stage, store.read(run.id))
    assert texts(again, 0) == ["1", "2", "3"]
    assert again.contestants[0].failure == ""
    assert len(b.requests) == 3


def test_a_prompt_that_is_refused_is_said_and_the_next_ones_are_asked(store: TrialStore) -> None:
    model = ScriptedModel({"2": RequestError("Too long.")})
    run = go(store, Stage({"a": model}), store.begin(TRIAL, BOTH[:1]))
    assert [one.failure for one in run.replies] == ["", "Too long.", ""]
    assert texts(run) == ["1", "Half of", "3"]
    assert run.replies[1].readout is None
    assert model.opened == 1


def test_a_model_that_ends_is_loaded_again_for_the_next_prompt(store: TrialStore) -> None:
    model = ScriptedModel({"1": EngineStopped("It crashed."), "2": EngineStopped("Again.")})
    run = go(store, Stage({"a": model}), store.begin(TRIAL, BOTH[:1]))
    assert [one.failure for one in run.replies] == ["It crashed.", "Again.", ""]
    assert (model.opened, model.closed) == (3, 3)


def test_a_stopped_run_goes_on_where_it_was(store: TrialStore) -> None:
    a, b = ScriptedModel(silent="2"), ScriptedModel()
    stage = Stage({"a": a, "b": b})
    run = store.begin(TRIAL, BOTH)
    working = runner(store, stage)
    ended: list[BaseException] = []

    def work() -> None:
        try:
            working.go_on(run, asking_of(run), lambda _progress: None)
        except BaseException as error:
            ended.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    assert a.waiting.wait(30)
    working.stop()
    thread.join(30)
    assert isinstance(ended[0], Cancelled)
    kept = store.read(run.id)
    assert texts(kept) == ["1"]
    assert not kept.finished
    assert kept.contestants[0].failure == ""
    assert a.closed == 1

    a.silent = ""
    done = go(store, stage, kept)
    assert texts(done) == ["1", "2", "3"]
    assert [request.turns[-1].content for request in a.requests] == ["1", "2", "2", "3"]


def test_whoever_is_told_can_stop_it(store: TrialStore) -> None:
    def report(progress: Progress) -> None:
        if progress.prompt == "three":
            raise Cancelled

    run = store.begin(TRIAL, BOTH)
    stage = Stage({"a": ScriptedModel(), "b": ScriptedModel()})
    with pytest.raises(Cancelled):
        runner(store, stage).go_on(run, asking_of(run), report)
    assert texts(store.read(run.id)) == ["1", "2"]


def test_what_cannot_be_kept_ends_the_run(store: TrialStore) -> None:
    model = ScriptedModel({"2": StorageError("The disk is full.")})
    run = store.begin(TRIAL, BOTH[:1])

    class Full(TrialStore):
        def keep(self, _reply: object) -> None:
            raise StorageError("The disk is full.")

    full = Full(store._path)
    with pytest.raises(StorageError):
        go(full, Stage({"a": model}), run)
    assert store.read(run.id).contestants[0].failure == ""
    assert model.closed == 1


def test_progress_tells_model_prompt_text_and_time_left(store: TrialStore) -> None:
    told: list[Progress] = []
    seconds = iter(range(1000))
    working = Runner(
        store,
        Stage({"a": ScriptedModel(), "b": ScriptedModel()}),
        Judge(Sandbox()),
        clock=lambda: float(next(seconds)),
    )
    run = store.begin(TRIAL, BOTH)
    working.go_on(run, TrialAsking(TRIAL.options), told.append)
    assert told[0].loaded == 0.5
    assert told[0].left_s is None
    assert {one.prompt for one in told} == {"", "one", "two", "three"}
    assert {one.text for one in told} >= {"1", "2", "3"}
    assert {one.contestant.name for one in told} == {"Model A", "Model B"}
    left = [one.left_s for one in told if one.left_s is not None]
    assert left == sorted(left, reverse=True)
    assert left[0] == 5 * 1.0 + 1.0  # five answers of a second each, and another load
    assert left[-1] == 0


def test_a_benchmark_repeats_prompts_of_the_sizes_that_were_asked_for(store: TrialStore) -> None:
    class Counting(ScriptedModel):
        """Counts two tokens for a word, and ten around them."""

        def stream(self, request: Request):  # type: ignore[no-untyped-def]  # noqa: ANN202
            self.requests.append(request)
            words = len(request.turns[-1].content.split())
            yield replace(READOUT, prompt_tokens=2 * words + 10)

    model = Counting()
    run = store.begin(bench_trial("Speed", (100, 510), 32), BOTH[:1], kind="bench", repeats=2)
    done = go(store, Stage({"a": model}), run)
    assert [(one.prompt, one.repeat) for one in done.replies] == [
        ("100", 0),
        ("100", 1),
        ("510", 0),
        ("510", 1),
    ]
    counts = [one.readout.prompt_tokens for one in done.replies if one.readout]
    assert counts == [100, 100, 510, 510]
    measured = model.requests[-4:]
    assert all(one.max_tokens == 32 and one.ignore_eos for one in measured)
    beginnings = {one.turns[-1].content.split(maxsplit=1)[0:3][0] for one in measured}
    assert len({one.turns[-1].content for one in measured}) == 4
    assert len(beginnings) > 1


def test_an_engine_that_counts_no_tokens_is_measured_all_the_same(store: TrialStore) -> None:
    class Mute(ScriptedModel):
        def stream(self, request: Request):  # type: ignore[no-untyped-def]  # noqa: ANN202
            self.requests.append(request)
            yield replace(READOUT, prompt_tokens=0)

    model = Mute()
    run = store.begin(bench_trial("Speed", (100,), 32), BOTH[:1], kind="bench")
    assert go(store, Stage({"a": model}), run).finished
    assert len(model.requests[-1].turns[-1].content.split()) == 100
    assert isinstance(asking_of(run), BenchAsking)

"""The Trials page on scripted models: chosen, run, stopped, gone on with, voted on, exported."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QAbstractItemModel, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from alcove.errors import ModelMemoryError, RequestError
from alcove.gui.dialogs.confirm import ConfirmDialog
from alcove.gui.icons import Icons
from alcove.gui.inventory import Inventory
from alcove.gui.pages.trials import TrialsPage
from alcove.gui.preferences import Preferences
from alcove.gui.sample_trials import keep_runs
from alcove.gui.tasks import Tasks
from alcove.gui.theme import Theme
from alcove.gui.trials.work import TrialWork
from alcove.library.installed import InstalledModel
from alcove.settings import Engine
from alcove.trials.judge import Judge
from alcove.trials.run import Run
from alcove.trials.runner import Runner
from alcove.trials.sandbox.sandbox import Sandbox
from alcove.trials.store import TrialStore
from trials.scripted import ScriptedModel, Stage

WAIT = 30_000
OTHER = "http://127.0.0.1:9#other"


class Busy:
    """Says what keeps the computer busy."""

    sentence = ""

    def __call__(self) -> str:
        return self.sentence


@pytest.fixture
def store(tmp_path: Path) -> TrialStore:
    return TrialStore(tmp_path / "alcove.db")


@pytest.fixture
def stage() -> Stage:
    return Stage({"starter": ScriptedModel(), OTHER: ScriptedModel()})


@pytest.fixture
def busy() -> Busy:
    return Busy()


@pytest.fixture
def work(tasks: Tasks, store: TrialStore, stage: Stage, busy: Busy) -> TrialWork:
    def make(_run: Run, open_allowed: bool, _report: Callable[[float], None]) -> Runner:
        return Runner(store, stage, Judge(Sandbox(open_allowed=open_allowed)))

    return TrialWork(tasks, store, make, busy)


@pytest.fixture
def page(
    qtbot: QtBot,
    tasks: Tasks,
    work: TrialWork,
    inventory: Inventory,
    preferences: Preferences,
    theme: Theme,
    icons: Icons,
) -> Iterator[TrialsPage]:
    preferences.update(engines=(Engine("http://127.0.0.1:9", "", "other"),))
    made = TrialsPage(tasks, work, inventory, preferences, theme, icons)
    qtbot.addWidget(made)
    made.resize(1000, 700)
    with qtbot.waitSignal(work.history_changed, timeout=WAIT):
        made.show()
    yield made
    made.hide()


def choose(page: TrialsPage, *prompts: str, models: tuple[str, ...] = ("starter", OTHER)) -> None:
    """Fill the form in with own prompts."""
    page.open_form()
    for target in models:
        page.form.models.boxes[target].click()
    page.form.prompts.sets.setCurrentIndex(page.form.prompts.sets.findData("own"))
    page.form.prompts.own.setPlainText("\n---\n".join(prompts))


def run(qtbot: QtBot, page: TrialsPage) -> Run:
    """Start what the form says, and wait for its end."""
    page.form.start.click()
    assert page.work.work
    qtbot.waitUntil(lambda: page.work.running is None, timeout=WAIT)
    qtbot.waitUntil(lambda: page.work.shown is not None, timeout=WAIT)
    assert page.work.shown is not None
    return page.work.shown


def cells(model: QAbstractItemModel) -> list[list[str]]:
    return [
        [str(model.index(row, column).data()) for column in range(model.columnCount())]
        for row in range(model.rowCount())
    ]


def test_without_runs_it_shows_the_way_to_the_first(qtbot: QtBot, page: TrialsPage) -> None:
    assert page.history.empty.isVisible()
    qtbot.mouseClick(page.history.empty.button, Qt.MouseButton.LeftButton)
    assert page.form.isVisible()
    qtbot.mouseClick(page.form.back, Qt.MouseButton.LeftButton)
    assert page.history.isVisible()


def test_the_form_says_what_is_missing(page: TrialsPage, tmp_path: Path) -> None:
    page.open_form()
    form = page.form
    assert not form.start.isEnabled()
    assert form.summary.text() == "Choose at least one model."
    assert [box.text() for box in form.models.boxes.values()] == [
        "SmolLM2 135M Instruct Q4_1  ·  98 MB",
        "other (127.0.0.1:9)",
    ]
    choose(page, "One?", "Two?")
    assert form.start.isEnabled()
    assert form.summary.text().startswith("4 answers")
    form.prompts.own.setPlainText(" \n---\n ")
    assert not form.start.isEnabled()

    broken = tmp_path / "broken.json"
    broken.write_text('{"prompts": [{"prompt": ""}]}')
    form.prompts.open_file(broken)
    assert "'prompt' of prompt 1" in form.prompts.about.text()
    assert not form.start.isEnabled()
    broken.write_text('{"prompts": ["a", "b", "c"]}')
    form.prompts.open_file(broken)
    assert form.summary.text().startswith("6 answers")
    form.prompts.sets.setCurrentIndex(form.prompts.sets.findData("bench"))
    assert form.summary.text().startswith("12 answers")
    assert not form.blind.isVisible()


def test_models_answer_and_their_answers_stand_side_by_side(
    qtbot: QtBot, page: TrialsPage, stage: Stage
) -> None:
    stage.models[OTHER].script = {"Two?": "**Two!**"}
    choose(page, "One?", "Two?")
    done = run(qtbot, page)
    assert done.finished
    assert page.run.isVisible()
    assert page.run.state.text().endswith("finished")
    assert cells(page.run.results.models.model())[0][0] == "SmolLM2 135M Instruct Q4_1"
    assert cells(page.run.results.models.model())[0][3] == "31.5 (n = 2)"
    assert cells(page.run.results.prompts.model())[1] == ["2. Two?", "answered", "answered"]

    table = page.run.results.prompts
    table.setFocus()
    table.selectRow(1)
    QTest.keyClick(table, Qt.Key.Key_Return)
    answers = page.run.answers
    assert answers.isVisible()
    assert answers.text.text() == "Two?"
    assert [card.name.text() for card in answers.cards] == [
        "SmolLM2 135M Instruct Q4_1",
        "other (127.0.0.1:9)",
    ]
    assert "31.5 tokens/s" in answers.cards[1].readout.text()
    assert not answers.next.isEnabled()
    qtbot.mouseClick(answers.previous, Qt.MouseButton.LeftButton)
    assert answers.text.text() == "One?"

    page.open_history()
    qtbot.waitUntil(lambda: bool(page.history.buttons), timeout=WAIT)
    assert list(page.history.buttons) == [done.id]


def test_a_run_is_stopped_and_goes_on(
    qtbot: QtBot, page: TrialsPage, stage: Stage, store: TrialStore
) -> None:
    model = stage.models["starter"]
    model.silent = "Two?"
    choose(page, "One?", "Two?")
    page.form.start.click()
    qtbot.waitUntil(model.waiting.is_set, timeout=WAIT)
    qtbot.waitUntil(lambda: page.run.stop.isVisible(), timeout=WAIT)
    qtbot.waitUntil(lambda: "1 of 4" in page.run.state.text(), timeout=WAIT)
    assert page.run.progress.value() == 1
    qtbot.mouseClick(page.run.stop, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.work.running is None, timeout=WAIT)
    qtbot.waitUntil(lambda: page.run.go_on.isVisible(), timeout=WAIT)
    assert "stopped at 1 of 4" in page.run.state.text()
    assert len(store.read(1).replies) == 1

    model.silent = ""
    qtbot.mouseClick(page.run.go_on, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.work.running is None, timeout=WAIT)
    qtbot.waitUntil(lambda: "finished" in page.run.state.text(), timeout=WAIT)
    assert len(store.read(1).replies) == 4


def test_a_model_that_does_not_load_is_a_row_and_can_be_tried_again(
    qtbot: QtBot, page: TrialsPage, stage: Stage
) -> None:
    stage.models["starter"].failure = ModelMemoryError("It does not fit.", "Close something.")
    stage.models[OTHER].script = {"One?": RequestError("Too long.")}
    choose(page, "One?", "Two?")
    run(qtbot, page)
    assert "It does not fit. Close something." in page.run.results.failures.text()
    assert cells(page.run.results.prompts.model())[0][1:] == ["–", "failed"]
    page.run.open_part(1)
    assert page.run.answers.cards[1].remark.text() == "Too long."
    assert not page.run.answers.cards[1].vote.isVisible()

    stage.models["starter"].failure = None
    stage.models[OTHER].script = {}
    qtbot.mouseClick(page.run.retry, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.work.running is None, timeout=WAIT)
    qtbot.waitUntil(lambda: page.run.results.failures.text() == "", timeout=WAIT)
    assert cells(page.run.results.prompts.model())[0][1:] == ["answered", "answered"]
    assert page.run.retry.isHidden()


def test_blind_names_show_once_there_is_a_vote(
    qtbot: QtBot, page: TrialsPage, store: TrialStore
) -> None:
    choose(page, "One?", "Two?")
    page.form.blind.setChecked(True)
    done = run(qtbot, page)
    assert cells(page.run.results.prompts.model())[0][1:] == ["vote first", "vote first"]
    page.run.open_part(1)
    cards = page.run.answers.cards
    assert [card.name.text() for card in cards] == ["Answer A", "Answer B"]
    assert [card.readout.text() for card in cards] == ["", ""]
    qtbot.mouseClick(cards[1].vote, Qt.MouseButton.LeftButton)
    assert cards[1].vote.isChecked()
    assert {card.name.text() for card in cards} == {
        "SmolLM2 135M Instruct Q4_1",
        "other (127.0.0.1:9)",
    }
    best = next(one for one in done.contestants if one.name == cards[1].name.text())
    qtbot.waitUntil(lambda: bool(store.read(done.id).votes), timeout=WAIT)
    assert store.read(done.id).votes == {"1. One?": best.id}
    assert sorted((row[2] for row in cells(page.run.results.models.model())), reverse=True) == [
        "1",
        "0",
    ]
    qtbot.mouseClick(cards[0].vote, Qt.MouseButton.LeftButton)
    assert not cards[1].vote.isChecked()
    qtbot.mouseClick(cards[0].vote, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not store.read(done.id).votes, timeout=WAIT)


def test_a_vote_during_a_run_is_not_lost(qtbot: QtBot, page: TrialsPage, stage: Stage) -> None:
    model = stage.models[OTHER]
    model.silent = "Two?"
    choose(page, "One?", "Two?")
    page.form.start.click()
    qtbot.waitUntil(model.waiting.is_set, timeout=WAIT)
    qtbot.waitUntil(
        lambda: page.work.shown is not None and len(page.work.shown.replies) == 3, timeout=WAIT
    )
    page.run.open_part(1)
    page.run.answers.cards[0].vote.click()
    model.silent = ""
    page.run.stop.click()
    qtbot.waitUntil(lambda: page.work.running is None, timeout=WAIT)
    qtbot.waitUntil(lambda: page.run.go_on.isVisible(), timeout=WAIT)
    page.run.go_on.click()
    qtbot.waitUntil(lambda: page.work.shown is not None and page.work.shown.finished, timeout=WAIT)
    qtbot.waitUntil(lambda: page.work.running is None, timeout=WAIT)
    assert page.work.shown is not None
    assert page.work.shown.votes == {"1. One?": page.work.shown.contestants[0].id}


def test_what_keeps_the_computer_busy_goes_first(
    qtbot: QtBot, page: TrialsPage, busy: Busy, stage: Stage
) -> None:
    busy.sentence = "An answer is being written."
    choose(page, "One?")
    page.form.start.click()
    assert page.news.text() == "An answer is being written."
    assert page.work.running is None
    busy.sentence = ""
    model = stage.models["starter"]
    model.silent = "One?"
    page.form.start.click()
    qtbot.waitUntil(model.waiting.is_set, timeout=WAIT)
    page.work.give_way()
    assert page.work.running is not None
    busy.sentence = "A model is being loaded."
    page.work.give_way()
    qtbot.waitUntil(lambda: page.work.running is None, timeout=WAIT)
    assert "A model is being loaded." in page.news.text()


@pytest.mark.parametrize("name", ["run.md", "run.csv", "run.json"])
def test_a_run_is_exported(
    qtbot: QtBot, page: TrialsPage, store: TrialStore, tmp_path: Path, name: str
) -> None:
    keep_runs(store)
    page.open_run(store.history()[0].id)
    qtbot.waitUntil(lambda: page.run.isVisible(), timeout=WAIT)
    with qtbot.waitSignal(page.work.exported, timeout=WAIT):
        page.run.export(tmp_path / name)
    assert str(tmp_path / name) in page.news.text()
    text = (tmp_path / name).read_text()
    assert "Qwen3 4B" in text or "qwen3-4b" in text
    if name.endswith("json"):
        assert len(json.loads(text)["answers"]) == 69
    with qtbot.waitSignal(page.work.failed, timeout=WAIT):
        page.run.export(tmp_path / "nowhere" / name)
    assert "could not be written" in page.news.text()


def test_a_run_is_deleted_after_a_question(
    qtbot: QtBot, page: TrialsPage, store: TrialStore
) -> None:
    keep_runs(store)
    page.open_history()
    qtbot.waitUntil(lambda: len(page.history.buttons) == 4, timeout=WAIT)
    names = [one.accessibleName() for one in page.history.findChildren(QWidget)]
    assert sum(name.startswith("Delete") for name in names) == 4
    first = store.history()[0]
    delete = next(
        one
        for one in page.history.findChildren(QWidget)
        if one.accessibleName().startswith("Delete Everyday")
    )
    QTest.mouseClick(delete, Qt.MouseButton.LeftButton)
    (dialog,) = page.findChildren(ConfirmDialog)
    dialog.agree.click()
    qtbot.waitUntil(lambda: len(page.history.buttons) == 3, timeout=WAIT)
    assert first not in store.history()


def test_the_tables_are_models_as_qt_wants_them(
    qtbot: QtBot, page: TrialsPage, store: TrialStore, qtmodeltester: ModelTester
) -> None:
    keep_runs(store)
    for one in store.history():
        page.open_run(one.id)
        qtbot.waitUntil(
            lambda one=one: page.work.shown is not None and page.work.shown.id == one.id,  # type: ignore[misc]
            timeout=WAIT,
        )
        for table in (page.run.results.models, page.run.results.prompts):
            qtmodeltester.check(table.model())


def test_in_a_narrow_window_columns_are_left_out(
    qtbot: QtBot, page: TrialsPage, store: TrialStore
) -> None:
    keep_runs(store)
    page.open_run(store.history()[0].id)
    qtbot.waitUntil(lambda: page.run.isVisible(), timeout=WAIT)
    table = page.run.results.models
    page.resize(1100, 700)
    qtbot.waitUntil(lambda: not table.isColumnHidden(4), timeout=WAIT)
    page.resize(760, 520)
    qtbot.waitUntil(lambda: table.isColumnHidden(4), timeout=WAIT)
    assert not table.isColumnHidden(3)
    for theme in ("dark", "light"):
        page.run.answers._theme.choose(theme)


def test_models_that_come_and_go_stay_chosen_while_they_are_there(
    page: TrialsPage, inventory: Inventory, installed: InstalledModel
) -> None:
    choose(page, "One?")
    other = replace(installed, target="other", name="Other model")
    inventory.installed = (other, installed, replace(installed, target="bad", damage="Broken."))
    inventory.installed_changed.emit()
    models = page.form.models
    assert list(models.boxes) == ["other", "starter", OTHER]
    assert [one.target for one in models.chosen] == ["starter", OTHER]
    inventory.installed = (other,)
    inventory.installed_changed.emit()
    assert [one.target for one in models.chosen] == [OTHER]
    models.search.setText("127.0.0.1")
    assert list(models.boxes) == [OTHER]
    models.search.setText("nothing like it")
    assert models.empty.text() == "No model matches."

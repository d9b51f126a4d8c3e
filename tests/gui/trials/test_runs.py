"""Trials that run: stopped, gone on with, failing in parts, voted on."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from alcove.errors import ModelMemoryError, RequestError
from alcove.gui.pages.trials import TrialsPage
from alcove.trials.store import TrialStore
from gui.trials.steps import OTHER, WAIT, Busy, cells, choose, run
from trials.scripted import Stage


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

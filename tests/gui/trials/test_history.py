"""Runs of the past: shown, exported, deleted."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from alcove.gui.dialogs.confirm import ConfirmDialog
from alcove.gui.pages.trials import TrialsPage
from alcove.gui.sample_trials import keep_runs
from alcove.trials.store import TrialStore
from gui.trials.steps import WAIT


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

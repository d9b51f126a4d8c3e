"""What is chosen for a new trial."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from alcove.errors import TrialError
from alcove.gui.icons import Icons
from alcove.gui.inventory import Inventory
from alcove.gui.pages.trials import TrialsPage
from alcove.gui.preferences import Preferences
from alcove.gui.tasks import Tasks
from alcove.gui.theme import Theme
from alcove.gui.trials.form import TrialForm
from alcove.gui.trials.work import TrialWork
from alcove.library.installed import InstalledModel
from alcove.trials.run import Run
from alcove.trials.runner import Runner
from alcove.trials.store import TrialStore
from gui.trials.steps import OTHER, WAIT, choose


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


def test_where_code_cannot_be_isolated_the_user_decides(
    qtbot: QtBot,
    tasks: Tasks,
    store: TrialStore,
    inventory: Inventory,
    preferences: Preferences,
    theme: Theme,
    icons: Icons,
) -> None:
    allowed: list[bool] = []

    def make(_run: Run, open_allowed: bool, _report: Callable[[float], None]) -> Runner:
        allowed.append(open_allowed)
        raise TrialError("Not today.")

    work = TrialWork(tasks, store, make)
    form = TrialForm(tasks, work, inventory, preferences, theme, icons, lambda: "a reason")
    qtbot.addWidget(form)
    form.show()
    qtbot.waitUntil(form.run_code.isVisible, timeout=WAIT)
    assert "a reason" in form.unsafe.text()
    form.prompts.sets.setCurrentIndex(form.prompts.sets.findData("bench"))
    assert not form.run_code.isVisible()
    form.prompts.sets.setCurrentIndex(0)
    form.models.choose("starter")
    form.run_code.click()
    with qtbot.waitSignal(work.failed, timeout=WAIT):
        form.start.click()
    assert allowed == [True]
    form.hide()

"""The Trials page on scripted models."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from alcove.gui.icons import Icons
from alcove.gui.inventory import Inventory
from alcove.gui.pages.trials import TrialsPage
from alcove.gui.preferences import Preferences
from alcove.gui.tasks import Tasks
from alcove.gui.theme import Theme
from alcove.gui.trials.work import TrialWork
from alcove.settings import Engine
from alcove.trials.judge import Judge
from alcove.trials.run import Run
from alcove.trials.runner import Runner
from alcove.trials.sandbox.sandbox import Sandbox
from alcove.trials.store import TrialStore
from gui.trials.steps import OTHER, WAIT, Busy
from trials.scripted import ScriptedModel, Stage


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

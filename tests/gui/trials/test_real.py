"""The Trials page of the whole window on a real model, after the chat had one loaded."""

from __future__ import annotations

import psutil
from pytestqt.qtbot import QtBot

from alcove.fit.plan import Wish
from alcove.gui.desktop import Desktop
from alcove.gui.session import SessionState
from gui.test_app import desktop as desktop

_WAIT = 120_000


def test_a_trial_makes_room_runs_and_gives_way(qtbot: QtBot, desktop: Desktop) -> None:
    starter = desktop.inventory.starter
    assert starter is not None
    desktop.open_chat(starter, Wish(2048))
    chat = desktop.chat
    assert chat is not None
    qtbot.waitUntil(lambda: chat.session.state is SessionState.READY, timeout=_WAIT)
    loaded = chat._loaded
    assert loaded is not None

    desktop.window.open_page("trials")
    assert desktop.trials is not None
    page, work = desktop.trials.page, desktop.trials.work
    page.open_form()
    page.form.models.choose(starter.target)
    page.form.prompts.sets.setCurrentIndex(page.form.prompts.sets.findData("own"))
    page.form.prompts.own.setPlainText("Name a colour.\n---\nName a city.")
    page.form.start.click()
    assert chat.session.state is SessionState.IDLE
    assert desktop.learning.work == ""
    qtbot.waitUntil(lambda: bool(work.shown and work.shown.replies), timeout=_WAIT)
    assert not psutil.pid_exists(loaded.process.pid)
    qtbot.waitUntil(lambda: work.running is None, timeout=_WAIT)
    assert work.shown is not None
    assert work.shown.finished
    assert all(one.text and one.readout for one in work.shown.replies)

    page.open_form()
    page.form.prompts.own.setPlainText("\n---\n".join(["Tell me a long story."] * 40))
    page.form.start.click()
    qtbot.waitUntil(lambda: work.progress is not None and bool(work.progress.text), timeout=_WAIT)
    desktop.learning.calibrate()
    assert "trial" in desktop.learning.remark
    desktop.open_chat(starter, Wish(2048))
    qtbot.waitUntil(lambda: work.running is None, timeout=_WAIT)
    assert "chat goes first" in page.news.text()
    qtbot.waitUntil(lambda: chat.session.state is SessionState.READY, timeout=_WAIT)

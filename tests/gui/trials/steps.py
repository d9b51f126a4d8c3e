"""What a user does on the Trials page."""

from __future__ import annotations

from PySide6.QtCore import QAbstractItemModel
from pytestqt.qtbot import QtBot

from alcove.gui.pages.trials import TrialsPage
from alcove.trials.run import Run

WAIT = 30_000
OTHER = "http://127.0.0.1:9#other"


class Busy:
    """Says what keeps the computer busy."""

    sentence = ""

    def __call__(self) -> str:
        return self.sentence


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

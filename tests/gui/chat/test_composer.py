from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QRect
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from alcove.gui.chat.composer import Composer
from alcove.gui.icons import Icons


class Painted(QObject):
    """Remembers which parts of a widget were painted."""

    def __init__(self) -> None:
        super().__init__()
        self.areas: list[QRect] = []

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QPaintEvent):
            self.areas.append(event.rect())
        return False


def test_a_new_hint_leaves_nothing_of_the_old_one(qtbot: QtBot, icons: Icons) -> None:
    composer = Composer(icons)
    qtbot.addWidget(composer)
    composer.resize(600, 80)
    with qtbot.waitExposed(composer):
        composer.show()
    composer.draft.setFocus()
    composer.draft.set_hint("Start a model to send a message")
    painted = Painted()
    viewport = composer.draft.viewport()
    viewport.installEventFilter(painted)
    viewport.update()
    qtbot.waitUntil(lambda: viewport.rect() in painted.areas)
    QApplication.processEvents()  # what was due before shall not count as the hint's
    painted.areas.clear()
    composer.draft.set_hint("Message the model")
    QApplication.processEvents()
    assert viewport.rect() in painted.areas

"""What a row is taken by to give it another place: with the pointer, or with the arrow keys."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QToolButton, QWidget

from alcove.gui.icons import Icons

_STEPS = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}


class DragHandle(QToolButton):
    """``dragged`` and ``let_go`` carry where the pointer is on the screen, ``stepped`` -1 or 1."""

    dragged = Signal(int)
    let_go = Signal(int)
    stepped = Signal(int)

    def __init__(self, icons: Icons, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "icon")
        self.setAccessibleName(name)
        self.setToolTip(name)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.OpenHandCursor)
        icons.put(self, "dots-six-vertical")
        self._moving = False

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._moving = True
            self.dragged.emit(round(event.globalPosition().y()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        if self._moving:
            self._moving = False
            self.let_go.emit(round(event.globalPosition().y()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = _STEPS.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
        else:
            self.stepped.emit(step)

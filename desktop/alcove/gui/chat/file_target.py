"""Where files are dropped to go with the message being written."""

from __future__ import annotations

from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import QWidget

from alcove.gui.chat.writing import Writing


class FileTarget(QWidget):
    """Hands what can be attached to ``writing``, which a subclass sets."""

    writing: Writing

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAcceptDrops(True)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.source() is None and self.writing.hover(event.mimeData()):
            event.acceptProposedAction()
        else:
            event.ignore()  # models and links are the window's

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        super().dragLeaveEvent(event)
        self.writing.hover(None)

    def dropEvent(self, event: QDropEvent) -> None:
        event.acceptProposedAction()
        self.writing.take(event.mimeData())

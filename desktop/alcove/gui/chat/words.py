"""Plain text of a message: as wide as its longest line, as high as its lines, one to select in."""

from __future__ import annotations

import math

from PySide6.QtCore import Qt
from PySide6.QtGui import QTextCharFormat, QTextCursor, QTextOption, QWheelEvent
from PySide6.QtWidgets import QFrame, QTextEdit, QWidget

from alcove.gui.chat.typeset import SIZE
from alcove.gui.theme import font


class WordsView(QTextEdit):
    """Shows text as it was written; a word longer than a line breaks anywhere."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("words")
        self.setAccessibleName(name)
        self.setReadOnly(True)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.setUndoRedoEnabled(False)
        self.setTabChangesFocus(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.document().setDocumentMargin(0)
        self.document().documentLayout().documentSizeChanged.connect(self._grow)
        self._ideal = 0

    def show_words(self, text: str) -> None:
        """Show ``text`` in place of what was shown."""
        style = QTextCharFormat()
        style.setFont(font(SIZE))
        self.clear()
        QTextCursor(self.document()).insertText(text, style)
        alone = self.document().clone(self)
        alone.setTextWidth(-1)
        self._ideal = math.ceil(alone.idealWidth())
        alone.deleteLater()

    def fit_into(self, width: int) -> None:
        """Be as wide as the longest line, but ``width`` pixels at most."""
        margins = self.contentsMargins()
        self.setFixedWidth(min(width, self._ideal + margins.left() + margins.right() + 1))

    def _grow(self) -> None:
        margins = self.contentsMargins()
        height = math.ceil(self.document().size().height())
        self.setFixedHeight(max(1, height) + margins.top() + margins.bottom())

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()

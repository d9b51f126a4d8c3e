"""A code block of a message: its language, a button that copies it, and the code in colours."""

from __future__ import annotations

import math

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QGuiApplication, QTextCursor, QWheelEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QTextEdit,
    QVBoxLayout,
    QWidget,
)

from alcove.gui.chat.blocks import Code
from alcove.gui.chat.typeset import insert_code
from alcove.gui.theme import Colours
from alcove.i18n import _

_TAIL_LINES = 40
"""How many lines are coloured anew at most while code grows; all of them once it is complete."""


class CodeView(QFrame):
    """Shows one code block that may still grow."""

    def __init__(self, colours: Colours, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("code")
        self.code = Code("", "")
        self._language = QLabel()
        self._language.setObjectName("codeLanguage")
        self._copy = QPushButton(_("Copy"))
        self._copy.setObjectName("codeCopy")
        self._copy.setAccessibleName(_("Copy this code"))
        self._copy.setCursor(Qt.CursorShape.PointingHandCursor)
        self._copy.clicked.connect(self._copy_code)
        self._copied = QTimer(self, singleShot=True, interval=1500)
        self._copied.timeout.connect(lambda: self._copy.setText(_("Copy")))
        self.text = _CodeText(colours)
        head = QHBoxLayout()
        head.setContentsMargins(14, 6, 6, 0)
        head.addWidget(self._language)
        head.addStretch(1)
        head.addWidget(self._copy)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(head)
        body = QVBoxLayout()
        body.setContentsMargins(14, 4, 14, 12)
        body.addWidget(self.text)
        layout.addLayout(body)

    def show_code(self, code: Code, *, final: bool) -> None:
        """Show ``code``; while it is not final, only its end is coloured anew."""
        self.code = code
        self._language.setText(code.language)
        self.text.show_code(code, final=final)

    def recolour(self, colours: Colours) -> None:
        """Show the code in other colours."""
        self.text.recolour(colours)

    @property
    def focus_stops(self) -> tuple[QWidget, ...]:
        """What the Tab key leads to, in order."""
        return (self.text, self._copy)

    @property
    def shown(self) -> str:
        """The code as it is shown."""
        return self.text.toPlainText()

    def _copy_code(self) -> None:
        QGuiApplication.clipboard().setText(self.code.text)
        self._copy.setText(_("Copied"))
        self._copied.start()


class _CodeText(QTextEdit):
    """The code itself: read-only, not wrapped, as high as its lines."""

    def __init__(self, colours: Colours) -> None:
        super().__init__()
        self._colours = colours
        self._settled = 0
        self._text = ""
        self._code = Code("", "")
        self.setObjectName("codeText")
        self.setAccessibleName(_("Code"))
        self.setReadOnly(True)
        self.setUndoRedoEnabled(False)
        self.setTabChangesFocus(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setLineWrapMode(QTextEdit.LineWrapMode.NoWrap)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.document().setDocumentMargin(0)
        self.document().documentLayout().documentSizeChanged.connect(self._grow)
        self.horizontalScrollBar().rangeChanged.connect(self._grow)

    def show_code(self, code: Code, *, final: bool) -> None:
        if final or not code.text.startswith(self._text[: self._settled]):
            self._settled = 0
        self._code, self._text = code, code.text
        cursor = QTextCursor(self.document())
        cursor.beginEditBlock()
        cursor.setPosition(self._settled)
        cursor.movePosition(QTextCursor.MoveOperation.End, QTextCursor.MoveMode.KeepAnchor)
        cursor.removeSelectedText()
        insert_code(cursor, code.text[self._settled :], code.language, self._colours)
        cursor.endEditBlock()
        self._grow()
        self._settle()

    def recolour(self, colours: Colours) -> None:
        self._colours = colours
        self._settled = 0
        self.show_code(self._code, final=True)

    def _settle(self) -> None:
        """Leave the older half of a long tail as it is from now on."""
        tail = self._text[self._settled :]
        if tail.count("\n") > _TAIL_LINES:
            kept = tail.splitlines(keepends=True)[-_TAIL_LINES // 2 :]
            self._settled = len(self._text) - sum(len(line) for line in kept)

    def _grow(self) -> None:
        bar = self.horizontalScrollBar()
        extra = bar.sizeHint().height() if bar.maximum() > bar.minimum() else 0
        margins = self.contentsMargins()
        height = math.ceil(self.document().size().height())
        self.setFixedHeight(height + extra + margins.top() + margins.bottom())

    def wheelEvent(self, event: QWheelEvent) -> None:
        if abs(event.angleDelta().x()) > abs(event.angleDelta().y()):
            super().wheelEvent(event)
        else:
            event.ignore()

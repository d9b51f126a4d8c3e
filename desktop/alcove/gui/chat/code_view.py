"""A code block of a message: its language, a button that copies it, and the code in colours."""

from __future__ import annotations

import math
from collections.abc import Iterator

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
from alcove.gui.chat.highlight import coloured, lexer
from alcove.gui.chat.typeset import code_format, insert_code, units
from alcove.gui.theme import Colours
from alcove.i18n import _

_TAIL_LINES = 20
"""How many lines are coloured anew at most while code grows; all of them once it is complete."""
_SLICE = 600
"""How many letters are coloured at once then."""
_PAUSE_MS = 4


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
        self._code = Code("", "")
        self._pieces: Iterator[tuple[str, str]] = iter(())
        self._coloured = 0
        self._more = QTimer(self, singleShot=True, interval=_PAUSE_MS)
        self._more.timeout.connect(self._colour_more)
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
        if not code.text.startswith(self._code.text[: self._settled]):
            self._settled = 0
        self._code = code
        cursor = QTextCursor(self.document())
        cursor.beginEditBlock()
        cursor.setPosition(units(code.text[: self._settled]))
        cursor.movePosition(QTextCursor.MoveOperation.End, QTextCursor.MoveMode.KeepAnchor)
        cursor.removeSelectedText()
        insert_code(cursor, code.text[self._settled :], code.language, self._colours)
        cursor.endEditBlock()
        self._grow()
        if not final:
            self._settle()
        elif self._settled:
            self._colour_anew()

    def recolour(self, colours: Colours) -> None:
        self._colours = colours
        self._colour_anew()

    def _settle(self) -> None:
        """Leave the older half of a long tail as it is from now on."""
        tail = self._code.text[self._settled :]
        if tail.count("\n") > _TAIL_LINES:
            kept = tail.splitlines(keepends=True)[-_TAIL_LINES // 2 :]
            self._settled = len(self._code.text) - sum(len(line) for line in kept)

    def _colour_anew(self) -> None:
        """Colour all of the code from its beginning; a long one in slices."""
        self._pieces = coloured(self._code.text, lexer(self._code.language), self._colours)
        self._coloured = 0
        self._colour_more()

    def _colour_more(self) -> None:
        cursor, begun = QTextCursor(self.document()), self._coloured
        cursor.beginEditBlock()
        for piece, colour in self._pieces:
            cursor.setPosition(self._coloured)
            self._coloured += units(piece)
            cursor.setPosition(self._coloured, QTextCursor.MoveMode.KeepAnchor)
            cursor.setCharFormat(code_format(colour))
            if self._coloured - begun > _SLICE:
                self._more.start()
                break
        cursor.endEditBlock()

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

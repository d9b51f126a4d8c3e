"""Text of a message between two code blocks: as high as its content, one document to select in."""

from __future__ import annotations

import math
from urllib.parse import unquote

from PySide6.QtCore import QMimeData, QPointF, QRectF, Qt, QUrl, Signal
from PySide6.QtGui import (
    QColor,
    QGuiApplication,
    QPainter,
    QPaintEvent,
    QTextBlock,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QWheelEvent,
)
from PySide6.QtWidgets import QFrame, QSizePolicy, QTextBrowser, QWidget

from alcove.gui.chat.formula_object import REPLACEMENT, FormulaObject, with_sources
from alcove.gui.chat.typeset import COPY_SCHEME, INDENT, MARKER, QUOTE_DEPTH, RULE, SIZE, Typesetter
from alcove.gui.theme import Colours, font
from alcove.i18n import _


class ProseView(QTextBrowser):
    """Shows blocks of Markdown; the last ones may be taken back and set anew."""

    link_activated = Signal(str)

    def __init__(self, colours: Colours, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._colours = colours
        self._fresh = True
        self._final: list[str] = []
        self._open: list[str] = []
        self._settled = (0, True)
        self.setObjectName("prose")
        self.setAccessibleName(_("Answer"))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setOpenLinks(False)
        self.setUndoRedoEnabled(False)
        self.anchorClicked.connect(self._follow)
        document = self.document()
        document.setDocumentMargin(0)
        document.setIndentWidth(INDENT)
        self._formulas = FormulaObject(document)
        document.documentLayout().documentSizeChanged.connect(self._grow)

    @property
    def focus_stops(self) -> tuple[QWidget, ...]:
        """What the Tab key leads to, in order."""
        return (self,)

    @property
    def has_final(self) -> bool:
        """Whether something was written that is not taken back any more."""
        return self._settled != (0, True)

    def set(self, final: list[str], open_: list[str]) -> None:
        """Keep what is final, take back the rest, and write ``final`` and ``open_`` behind it.

        More is to come of the last of ``open_``.
        """
        self._final += final
        self._open = open_
        cursor = QTextCursor(self.document())
        cursor.beginEditBlock()
        self._take_back(cursor)
        typesetter = Typesetter(cursor, self._colours)
        for source in final:
            self._fresh = typesetter.set(source, fresh=self._fresh)
        if final:
            self._settled = (cursor.position(), self._fresh)
        for number, source in enumerate(open_, start=1):
            grows = number == len(open_)
            self._fresh = typesetter.set(source, fresh=self._fresh, grows=grows)
        cursor.endEditBlock()
        self._grow()

    def recolour(self, colours: Colours) -> None:
        """Set everything anew in other colours; it stays as wide and as high as it was."""
        self._colours = colours
        final, self._final, self._settled = self._final, [], (0, True)
        self.set(final, self._open)

    def _take_back(self, cursor: QTextCursor) -> None:
        position, self._fresh = self._settled
        cursor.setPosition(position)
        cursor.movePosition(QTextCursor.MoveOperation.End, QTextCursor.MoveMode.KeepAnchor)
        if cursor.hasSelection():
            cursor.removeSelectedText()
        if self._fresh:
            cursor.setBlockFormat(QTextBlockFormat())
            cursor.setBlockCharFormat(QTextCharFormat())

    def _follow(self, url: QUrl) -> None:
        if url.scheme() == COPY_SCHEME:
            QGuiApplication.clipboard().setText(
                unquote(
                    url.toString(QUrl.ComponentFormattingOption.FullyEncoded)[
                        len(COPY_SCHEME) + 1 :
                    ]
                )
            )
        else:
            self.link_activated.emit(url.toString())

    def _grow(self) -> None:
        margins = self.contentsMargins()
        height = math.ceil(self.document().size().height())
        self.setFixedHeight(max(1, height) + margins.top() + margins.bottom())

    def createMimeDataFromSelection(self) -> QMimeData:  # noqa: N802 - a Qt override
        made = super().createMimeDataFromSelection()
        if REPLACEMENT in made.text():
            made.setText(with_sources(self.textCursor()))
        return made

    def loadResource(self, _kind: int, _name: QUrl | str) -> None:
        """Load nothing: an answer must not make this machine fetch or read anything."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self.viewport())
        layout = self.document().documentLayout()
        top = QPointF(0, event.rect().top())
        block = self.document().findBlock(layout.hitTest(top, Qt.HitTestAccuracy.FuzzyHit))
        while block.isValid():
            area = layout.blockBoundingRect(block)
            if area.top() > event.rect().bottom():
                break
            self._paint_marks(painter, block, area)
            block = block.next()

    def _paint_marks(self, painter: QPainter, block: QTextBlock, area: QRectF) -> None:
        """Paint a list item's marker, the bars beside a quotation, or the line of a rule."""
        form = block.blockFormat()
        depth, marker = form.intProperty(QUOTE_DEPTH), form.stringProperty(MARKER)
        if marker:
            self._paint_marker(painter, block, marker)
        colour = QColor(self._colours.border)
        for level in range(depth):
            painter.fillRect(QRectF(16 * level, area.top(), 3, area.height()), colour)
        if form.intProperty(RULE):
            painter.fillRect(QRectF(0, area.top(), self.viewport().width(), 1), colour)

    def _paint_marker(self, painter: QPainter, block: QTextBlock, marker: str) -> None:
        line = block.layout().lineAt(0)
        if not line.isValid():
            return
        painter.setFont(font(SIZE))
        painter.setPen(QColor(self._colours.muted))
        place = block.layout().position() + line.position()
        left = place.x() - painter.fontMetrics().horizontalAdvance(marker) - 8
        painter.drawText(QPointF(left, place.y() + line.ascent()), marker)

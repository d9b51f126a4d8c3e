"""Draws the rows of the side bar: headings, titles, and the line that has what was sought."""

from __future__ import annotations

from PySide6.QtCore import (
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPointF,
    QRect,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetrics,
    QPainter,
    QPen,
    QPolygonF,
    QTextCharFormat,
    QTextLayout,
    QTextOption,
)
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from alcove.chat.words import Snippet, units
from alcove.gui.chat.conversations import RowRole
from alcove.gui.chat.rows import Entry, Heading, Row
from alcove.gui.theme import BODY, CAPTION, Theme, font

_HEADING = 30
_TITLE = 36
_PADDING = 10
_LINES = 2
_LINE = 17


class RowDelegate(QStyledItemDelegate):
    """Paints Row."""

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._title = font(BODY)
        self._caption = font(CAPTION)
        self._strong = font(CAPTION, "bold")

    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        row: Row = index.data(RowRole)
        if isinstance(row, Heading):
            return QSize(80, _HEADING)
        if not row.snippet.text:
            return QSize(80, _TITLE)
        widget: QWidget = option.widget
        room = widget.width() - 2 * _PADDING - 8
        # Laying all rows out would take longer than the search; a line too many harms nobody.
        long = QFontMetrics(self._caption).horizontalAdvance(row.snippet.text) > 0.95 * room
        lines = _LINES if long else 1
        return QSize(80, _TITLE - 4 + lines * _LINE + 4)

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        row: Row = index.data(RowRole)
        area: QRect = option.rect.adjusted(0, 1, 0, -1)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_ground(painter, area, option.state)
        if isinstance(row, Heading):
            self._paint_heading(painter, area.adjusted(_PADDING, 0, -_PADDING, 0), row)
        else:
            self._paint_entry(painter, area.adjusted(_PADDING, 0, -_PADDING, 0), row)
        painter.restore()

    def _paint_ground(self, painter: QPainter, area: QRect, state: QStyle.StateFlag) -> None:
        colours = self._theme.colours
        ground = None
        if state & QStyle.StateFlag.State_Selected:
            ground = colours.accent_soft
        elif state & QStyle.StateFlag.State_MouseOver:
            ground = colours.raised
        painter.setBrush(QColor(ground) if ground else Qt.BrushStyle.NoBrush)
        focused = state & QStyle.StateFlag.State_HasFocus
        painter.setPen(QColor(colours.accent) if focused else Qt.PenStyle.NoPen)
        painter.drawRoundedRect(QRectF(area).adjusted(0.5, 0.5, -0.5, -0.5), 8, 8)

    def _paint_heading(self, painter: QPainter, area: QRect, heading: Heading) -> None:
        pen = QPen(QColor(self._theme.colours.muted), 1.5)
        painter.setPen(pen)
        x, y = area.left() + 3.0, area.center().y() + 0.5
        caret = (
            (QPointF(x, y - 4), QPointF(x + 4, y), QPointF(x, y + 4))
            if heading.folded
            else (QPointF(x - 2, y - 2), QPointF(x + 2, y + 2), QPointF(x + 6, y - 2))
        )
        painter.drawPolyline(QPolygonF(caret))
        self._text(painter, area.adjusted(16, 0, 0, 0), heading.text, self._strong, muted=True)

    def _paint_entry(self, painter: QPainter, area: QRect, entry: Entry) -> None:
        if not entry.snippet.text:
            self._text(painter, area, entry.conversation.title, self._title)
            return
        head = QRect(area.left(), area.top() + 5, area.width(), 20)
        self._text(painter, head, entry.conversation.title, self._title)
        painter.setPen(QColor(self._theme.colours.muted))
        layout = self._laid_out(entry.snippet, area.width())
        layout.draw(painter, QPointF(area.left(), head.bottom() + 2))

    def _laid_out(self, snippet: Snippet, width: int) -> QTextLayout:
        """Return a snippet in at most two lines."""
        layout = QTextLayout(snippet.text, self._caption)
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        layout.setTextOption(option)
        layout.setFormats([self._mark(snippet.text, *place) for place in snippet.marks])
        layout.beginLayout()
        for number in range(_LINES):
            line = layout.createLine()
            if not line.isValid():
                break
            line.setLineWidth(width)
            line.setPosition(QPointF(0, number * _LINE))
        layout.endLayout()
        return layout

    def _mark(self, text: str, start: int, end: int) -> QTextLayout.FormatRange:
        made = QTextLayout.FormatRange()
        made.start = units(text[:start])
        made.length = units(text[start:end])
        style = QTextCharFormat()
        style.setFontWeight(QFont.Weight.DemiBold)
        style.setForeground(QColor(self._theme.colours.accent))
        made.format = style
        return made

    def _text(
        self, painter: QPainter, area: QRect, text: str, face: QFont, *, muted: bool = False
    ) -> None:
        colours = self._theme.colours
        shown = QFontMetrics(face).elidedText(text, Qt.TextElideMode.ElideRight, area.width())
        painter.setFont(face)
        painter.setPen(QColor(colours.muted if muted else colours.text))
        painter.drawText(area, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, shown)

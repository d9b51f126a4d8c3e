"""Draws one cell of the ledger: a text, and a smaller note beneath it."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from alcove.gui.models.ledger import Cell, CellRole, Tone
from alcove.gui.theme import BODY, CAPTION, Theme, font

ROW_HEIGHT = 52
_PADDING = 10
_LINE = 19

_COLOURS: dict[Tone, str] = {"plain": "text", "muted": "muted", "good": "good", "fair": "fair"}


class LedgerDelegate(QStyledItemDelegate):
    """Paints Cell; names and what was measured are set in bold.

    ``compact``: columns are left out, so that the notes say what they would.
    """

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.compact = False
        self._theme = theme
        self._body, self._strong, self._caption = font(BODY), font(BODY, "bold"), font(CAPTION)

    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        del option
        cell: Cell = index.data(CellRole)
        text = QFontMetrics(self._face(cell)).horizontalAdvance(cell.text)
        note = QFontMetrics(self._caption).horizontalAdvance(self._note(cell))
        return QSize(max(text, note) + 2 * _PADDING + 2, ROW_HEIGHT)

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        cell: Cell = index.data(CellRole)
        painter.save()
        self._paint_ground(painter, option.rect, option.state)
        side = Qt.AlignmentFlag(index.data(Qt.ItemDataRole.TextAlignmentRole))
        area = option.rect.adjusted(_PADDING, 0, -_PADDING, 0)
        line = QRect(area.left(), area.center().y() - _LINE, area.width(), _LINE)
        self._paint_line(painter, line, side, cell.text, self._face(cell), cell.tone)
        line.translate(0, _LINE)
        self._paint_line(painter, line, side, self._note(cell), self._caption, cell.note_tone)
        painter.restore()

    def _face(self, cell: Cell) -> QFont:
        return self._strong if cell.tone == "plain" else self._body

    def _note(self, cell: Cell) -> str:
        return cell.compact if self.compact else cell.note

    def _paint_ground(self, painter: QPainter, area: QRect, state: QStyle.StateFlag) -> None:
        colours = self._theme.colours
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(area, QColor(colours.accent_soft))
        painter.fillRect(QRect(area.left(), area.bottom(), area.width(), 1), QColor(colours.border))

    def _paint_line(
        self,
        painter: QPainter,
        area: QRect,
        side: Qt.AlignmentFlag,
        text: str,
        face: QFont,
        tone: Tone,
    ) -> None:
        shown = QFontMetrics(face).elidedText(text, Qt.TextElideMode.ElideRight, area.width())
        painter.setFont(face)
        painter.setPen(QColor(getattr(self._theme.colours, _COLOURS[tone])))
        painter.drawText(area, side, shown)

"""Draws one offer: what it is at the left, what it costs and how fast it is at the right."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from alcove.gui.fit_words import ROLES
from alcove.gui.models.offers import OfferRow, RowRole
from alcove.gui.theme import BODY, CAPTION, LEAD, Theme, font
from alcove.gui.widgets.memory_bar import paint_memory
from alcove.i18n import _

_HEIGHT = 88
_PADDING = 16
_LINE = 22
_BAR = 8
_GAP = 24


class OfferDelegate(QStyledItemDelegate):
    """Paints OfferRow; three lines high."""

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._name = font(LEAD, "bold")
        self._body = font(BODY)
        self._strong = font(BODY, "bold")
        self._caption = font(CAPTION)

    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        del option, index
        return QSize(360, _HEIGHT)

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        row: OfferRow = index.data(RowRole)
        area: QRect = option.rect.adjusted(0, 2, 0, -2)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_ground(painter, area, option.state)
        inner = area.adjusted(_PADDING, 9, -_PADDING, -9)
        right = max(170, min(250, inner.width() * 2 // 5))
        self._paint_model(painter, inner.adjusted(0, 0, -right - _GAP, 0), row)
        self._paint_price(painter, inner.adjusted(inner.width() - right, 0, 0, 0), row)
        painter.restore()

    def _paint_ground(self, painter: QPainter, area: QRect, state: QStyle.StateFlag) -> None:
        colours = self._theme.colours
        painter.setPen(Qt.PenStyle.NoPen)
        if state & QStyle.StateFlag.State_Selected:
            painter.setBrush(QColor(colours.accent_soft))
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.setBrush(QColor(colours.raised))
        else:
            painter.setBrush(QColor(colours.surface))
        if state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QColor(colours.accent))
        painter.drawRoundedRect(QRectF(area).adjusted(0.5, 0.5, -0.5, -0.5), 10, 10)

    def _paint_model(self, painter: QPainter, area: QRect, row: OfferRow) -> None:
        colours = self._theme.colours
        line = QRect(area.left(), area.top(), area.width(), _LINE)
        used = self._text(painter, line, row.name, self._name, colours.text)
        rest = line.adjusted(used + 10, 1, 0, 1)
        if row.installed:
            used = self._text(painter, rest, _("Installed"), self._strong, colours.good)
            rest = rest.adjusted(used + 10, 0, 0, 0)
        self._text(painter, rest, row.publisher, self._body, colours.muted)
        line.translate(0, _LINE)
        fits = QFontMetrics(self._body).horizontalAdvance(row.facts) <= line.width()
        facts = row.facts if fits else row.compact_facts
        self._text(painter, line, facts, self._body, colours.muted)
        line.translate(0, _LINE)
        verdict = QColor(getattr(colours, ROLES[row.offer.fit.verdict]))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(verdict)
        painter.drawEllipse(QRectF(line.left(), line.center().y() - 3, 8, 8))
        self._text(painter, line.adjusted(16, 0, 0, 0), row.sentence, self._body, colours.text)

    def _paint_price(self, painter: QPainter, area: QRect, row: OfferRow) -> None:
        colours = self._theme.colours
        line = QRect(area.left(), area.top(), area.width(), _LINE)
        used = self._text(painter, line, row.speed, self._strong, colours.text)
        rest = line.adjusted(used + 8, 0, 0, 0)
        self._text(
            painter, rest, row.size, self._caption, colours.muted, Qt.AlignmentFlag.AlignRight
        )
        line.translate(0, _LINE)
        bar = QRectF(area.left(), line.center().y() - _BAR / 2 + 1, area.width(), _BAR)
        paint_memory(painter, bar, row.need, colours)
        line.translate(0, _LINE)
        self._text(painter, line, row.memory, self._caption, colours.muted)

    @staticmethod
    def _text(
        painter: QPainter,
        area: QRect,
        text: str,
        face: QFont,
        colour: str,
        alignment: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft,
    ) -> int:
        """Draw one line, shortened to its area, and return the width it took in pixels."""
        metrics = QFontMetrics(face)
        shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, max(0, area.width()))
        painter.setFont(face)
        painter.setPen(QColor(colour))
        painter.drawText(area, alignment | Qt.AlignmentFlag.AlignVCenter, shown)
        return metrics.horizontalAdvance(shown)

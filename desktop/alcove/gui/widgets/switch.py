"""A check box drawn as a sliding switch."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QCheckBox, QWidget

from alcove.gui.theme import SMALL, Theme

_WIDTH, _HEIGHT, _INSET = 34, 20, 3


class Switch(QCheckBox):
    """On or off, with its label to the right."""

    def __init__(self, text: str, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self._theme = theme
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(text)

    def sizeHint(self) -> QSize:
        text = self.fontMetrics().size(Qt.TextFlag.TextShowMnemonic, self.text())
        gap = SMALL if self.text() else 0
        return QSize(_WIDTH + gap + text.width() + 2, max(_HEIGHT, text.height()) + 4)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def hitButton(self, position: QPoint) -> bool:  # noqa: N802 - Qt's name
        return self.rect().contains(position)

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        colours = self._theme.colours
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        track = QRectF(1, (self.height() - _HEIGHT) / 2, _WIDTH, _HEIGHT)
        painter.setPen(
            QPen(QColor(colours.text), 1.5) if self.hasFocus() else QPen(Qt.PenStyle.NoPen)
        )
        painter.setBrush(QColor(colours.accent if self.isChecked() else colours.muted))
        painter.drawRoundedRect(track, _HEIGHT / 2, _HEIGHT / 2)
        knob = _HEIGHT - 2 * _INSET
        left = track.right() - _INSET - knob if self.isChecked() else track.left() + _INSET
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colours.on_accent if self.isChecked() else colours.surface))
        painter.drawEllipse(QRectF(left, track.top() + _INSET, knob, knob))
        painter.setPen(QColor(colours.text))
        painter.drawText(
            self.rect().adjusted(_WIDTH + SMALL, 0, 0, 0),
            Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextShowMnemonic,
            self.text(),
        )

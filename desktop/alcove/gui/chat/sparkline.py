"""A small line of how fast an answer was written so far."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QStyle, QWidget

from alcove.gui.theme import Colours
from alcove.i18n import _

_SIZE = QSize(64, 16)


class Sparkline(QWidget):
    """Draws tokens per second over time, from 0 upwards; the last one at the right.

    It does not move where the system asks for no motion: then it is not shown.
    """

    def __init__(self, colours: Colours, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._colours = colours
        self._speeds: tuple[float, ...] = ()
        self.setFixedSize(_SIZE)
        self.setAccessibleName(_("Speed of this answer"))
        self.hide()

    def show_speeds(self, speeds: Sequence[float]) -> None:
        """Draw these speeds; nothing of fewer than two."""
        if tuple(speeds) != self._speeds:
            self._speeds = tuple(speeds)
            self.update()
        still = self.style().styleHint(QStyle.StyleHint.SH_Widget_Animation_Duration) == 0
        self.setVisible(len(self._speeds) > 1 and not still)

    def recolour(self, colours: Colours) -> None:
        """Draw it in other colours."""
        self._colours = colours
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        if len(self._speeds) < 2:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pen = QPen(QColor(self._colours.accent), 1.5)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.setPen(pen)
        painter.drawPolyline(QPolygonF(self._points()))

    def _points(self) -> list[QPointF]:
        step = (self.width() - 3) / (len(self._speeds) - 1)
        top = max(*self._speeds, 1e-9)
        height = self.height() - 3
        return [
            QPointF(1.5 + step * number, 1.5 + height * (1 - speed / top))
            for number, speed in enumerate(self._speeds)
        ]

"""What covers the window while something is dragged over it: what can be dropped here."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from alcove.gui.theme import BODY, HEADING, Theme, font
from alcove.i18n import _

_INSET = 16
_RADIUS = 16
_LINE = 28


class DropTarget(QWidget):
    """Painted over its parent, and never in the way of the pointer."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def cover(self) -> None:
        """Cover the whole parent."""
        parent = self.parentWidget()
        assert parent is not None
        self.setGeometry(parent.rect())
        self.raise_()
        self.show()

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        colours = self._theme.colours
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        veil = QColor(colours.window)
        veil.setAlphaF(0.92)
        painter.fillRect(self.rect(), veil)
        painter.setPen(QPen(QColor(colours.accent), 2, Qt.PenStyle.DashLine))
        painter.setBrush(QColor(colours.accent_soft))
        painter.drawRoundedRect(
            QRectF(self.rect()).adjusted(_INSET, _INSET, -_INSET, -_INSET), _RADIUS, _RADIUS
        )
        area = self.rect().adjusted(0, self.height() // 2 - _LINE, 0, 0)
        line = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop
        painter.setPen(QColor(colours.text))
        painter.setFont(font(HEADING, "bold"))
        painter.drawText(area, line, _("Drop it here"))
        painter.setPen(QColor(colours.muted))
        painter.setFont(font(BODY))
        painter.drawText(
            area.adjusted(0, _LINE + 4, 0, 0),
            line,
            _("A GGUF file to chat with, a folder with some, or a link from Hugging Face"),
        )

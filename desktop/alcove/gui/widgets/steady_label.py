"""A line of figures that change many times: it is drawn anew, and nothing is laid out anew."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from alcove.gui.theme import CAPTION, Theme, font


class SteadyLabel(QWidget):
    """Takes the width that it is given, whatever its text, and shortens the text to it."""

    def __init__(
        self,
        theme: Theme,
        *,
        alignment: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft,
        width: int = 0,
        parent: QWidget | None = None,
    ) -> None:
        """``width`` is what it takes at least, in pixels."""
        super().__init__(parent)
        self._theme = theme
        self._alignment = alignment
        self._width = width
        self._colour = "muted"
        self._text = ""
        self.setFont(font(CAPTION))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    @property
    def text(self) -> str:
        """The whole text."""
        return self._text

    def say(self, text: str, colour: str = "muted") -> None:
        """Show a text in a colour of the theme."""
        if (text, colour) != (self._text, self._colour):
            self._text, self._colour = text, colour
            self.setAccessibleName(text)
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(self._width, self.fontMetrics().height() + 2)

    def minimumSizeHint(self) -> QSize:
        return QSize(min(self._width, 40), self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        painter = QPainter(self)
        painter.setPen(QColor(getattr(self._theme.colours, self._colour)))
        shown = self.fontMetrics().elidedText(self._text, Qt.TextElideMode.ElideRight, self.width())
        painter.drawText(self.rect(), self._alignment | Qt.AlignmentFlag.AlignVCenter, shown)

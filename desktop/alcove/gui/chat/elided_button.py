"""Buttons with names that come from data: they shorten themselves where there is no room."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QPushButton,
    QSizePolicy,
    QStyle,
    QStyleOptionButton,
    QStyleOptionToolButton,
    QStylePainter,
    QToolButton,
    QWidget,
)

from alcove.gui.widgets.parts import ButtonRole

_LEAST_WIDTH = 96
_ICON_GAP = 4


class ElidedButton(QPushButton):
    """A push button; ``text()`` is the whole, which the tooltip shows too."""

    def __init__(
        self, text: str = "", role: ButtonRole = "plain", parent: QWidget | None = None
    ) -> None:
        super().__init__(text, parent)
        self.setProperty("role", role)
        self.setToolTip(text)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def minimumSizeHint(self) -> QSize:
        least = super().minimumSizeHint()
        return QSize(min(_LEAST_WIDTH, least.width()), least.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        option = QStyleOptionButton()
        self.initStyleOption(option)
        part = QStyle.SubElement.SE_PushButtonContents
        icon = 0 if self.icon().isNull() else self.iconSize().width() + _ICON_GAP
        _elide(self, option, self.style().subElementRect(part, option, self).width() - icon)
        QStylePainter(self).drawControl(QStyle.ControlElement.CE_PushButton, option)


class ElidedPicker(QToolButton):
    """A tool button with text beside its icon."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def minimumSizeHint(self) -> QSize:
        least = super().minimumSizeHint()
        return QSize(min(_LEAST_WIDTH, least.width()), least.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        option = QStyleOptionToolButton()
        self.initStyleOption(option)
        around = self.sizeHint().width() - self.fontMetrics().horizontalAdvance(self.text())
        _elide(self, option, self.width() - around)
        QStylePainter(self).drawComplexControl(QStyle.ComplexControl.CC_ToolButton, option)


def _elide(
    button: QAbstractButton, option: QStyleOptionButton | QStyleOptionToolButton, room: int
) -> None:
    """Shorten the text that is painted, if the button has less room than it asked for.

    Widths of text are fractions; a button that got its whole pixels must not lose letters to them.
    """
    if button.width() < button.sizeHint().width():
        metrics = button.fontMetrics()
        option.text = metrics.elidedText(button.text(), Qt.TextElideMode.ElideMiddle, room)

"""A command that the user can copy."""

from __future__ import annotations

import math

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QTextOption, QWheelEvent
from PySide6.QtWidgets import QFrame, QTextEdit, QWidget

from alcove.gui.icons import Icons
from alcove.gui.theme import CAPTION, monospace
from alcove.gui.widgets.parts import icon_button, row
from alcove.i18n import _


class CopyField(QWidget):
    """Lines of code with a button that copies them."""

    def __init__(self, text: str, icons: Icons, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.code = _Code(text)
        copy = icon_button(icons, "copy", _("Copy"))
        copy.setAccessibleDescription(text)
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(text))
        layout = row(self.code, copy, spacing=4)
        layout.setStretch(0, 1)
        self.setLayout(layout)


class _Code(QTextEdit):
    """Shows code as high as it is; a word longer than a line, such as a path, breaks anywhere."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.setProperty("role", "code")
        self.setAccessibleName(text)
        self.setReadOnly(True)
        self.setTabChangesFocus(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.document().setDefaultFont(monospace(CAPTION))
        self.document().setDocumentMargin(0)
        self.document().documentLayout().documentSizeChanged.connect(self._grow)
        self.setPlainText(text)

    def _grow(self) -> None:
        margins = self.contentsMargins()
        height = math.ceil(self.document().size().height())
        self.setFixedHeight(height + margins.top() + margins.bottom())

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()

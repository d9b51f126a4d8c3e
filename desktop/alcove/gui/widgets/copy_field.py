"""A command that the user can copy."""

from __future__ import annotations

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from alcove.gui.icons import Icons
from alcove.gui.theme import CAPTION, monospace
from alcove.gui.widgets.parts import icon_button, label, row, selectable
from alcove.i18n import _


class CopyField(QWidget):
    """A line of code with a button that copies it."""

    def __init__(self, text: str, icons: Icons, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        code = selectable(label(text, "code", wrap=True))
        code.setFont(monospace(CAPTION))
        copy = icon_button(icons, "copy", _("Copy"))
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(text))
        layout = row(code, copy, spacing=4)
        layout.setStretch(0, 1)
        self.setLayout(layout)

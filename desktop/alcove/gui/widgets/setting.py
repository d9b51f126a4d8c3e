"""One line of the settings: what it is, what it means, and the control that changes it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget

from alcove.gui.widgets.parts import column, label, row
from alcove.i18n import _


class Setting(QWidget):
    """A name and a help text at the left, the control at the right."""

    def __init__(
        self, name: str, help_text: str, control: QWidget, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.help = label(help_text, "caption", wrap=True)
        if not help_text:
            self.help.hide()  # shown without a parent, it would be a window of its own
        title: QLabel = label(name)
        title.setBuddy(control)
        control.setAccessibleName(control.accessibleName() or name)
        control.setAccessibleDescription(help_text)
        layout = row(spacing=24)
        said = column(None, title, self.help, None, spacing=2)
        layout.addLayout(said, 1)
        layout.addWidget(control, 0, Qt.AlignmentFlag.AlignVCenter)
        self.setLayout(layout)

    def explain(self, help_text: str) -> None:
        """Say something else about it."""
        self.help.setText(help_text)
        self.help.show()


def from_environment(variable: str, value: str) -> str:
    """Say that a variable of the environment decides something."""
    return _("{variable} is set, and decides: {value}").format(variable=variable, value=value)

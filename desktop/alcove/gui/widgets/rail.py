"""The navigation rail at the left of the window."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QFrame, QSizePolicy, QToolButton, QWidget

from alcove.gui.icons import Icons
from alcove.gui.widgets.parts import column
from alcove.i18n import _

_WIDTH = 84


class Rail(QFrame):
    """One checkable button per page, and small ones at the foot.

    They are in no QButtonGroup: it would leave Tab a single button to stop at.
    """

    chosen = Signal(str)

    def __init__(self, icons: Icons, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icons = icons
        self._buttons: dict[str, QToolButton] = {}
        self._layout = column(None, spacing=4, margins=8)
        self.setLayout(self._layout)
        self.setProperty("role", "rail")
        self.setFixedWidth(_WIDTH)
        self.setAccessibleName(_("Pages"))

    def add(self, key: str, text: str, icon: str) -> None:
        """Add a page; its number is its place in the rail."""
        number = len(self._buttons) + 1
        made = self._button(text, icon)
        made.setCheckable(True)
        made.setToolTip(_("{page} (Ctrl+{number})").format(page=text, number=number))
        made.clicked.connect(lambda: self._choose(key))
        self._layout.insertWidget(len(self._buttons), made)
        self._buttons[key] = made

    def add_foot(self, text: str, icon: str, tip: str) -> QToolButton:
        """Add a button that is no page at the foot of the rail."""
        made = self._button(text, icon)
        made.setToolTip(tip)
        self._layout.addWidget(made)
        return made

    def show_choice(self, key: str) -> None:
        """Mark the page that is open."""
        for one, made in self._buttons.items():
            made.setChecked(one == key)

    def _choose(self, key: str) -> None:
        self.show_choice(key)  # a click on the page that is open unchecks its button
        self.chosen.emit(key)

    def _button(self, text: str, icon: str) -> QToolButton:
        made = QToolButton()
        made.setText(text)
        made.setAccessibleName(text)
        made.setProperty("role", "rail")
        made.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
        made.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        made.setCursor(Qt.CursorShape.PointingHandCursor)
        made.setMinimumSize(QSize(0, 56))
        self._icons.put(made, icon, size=22)
        return made

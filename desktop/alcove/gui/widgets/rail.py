"""The navigation rail at the left of the window."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QFrame, QSizePolicy, QToolButton, QWidget

from alcove.gui.icons import Icons
from alcove.gui.widgets.parts import column
from alcove.i18n import _

_WIDTH = 84
_HEIGHT = 54


class Rail(QFrame):
    """One checkable button per page; those at the foot are less often needed.

    They are in no QButtonGroup: it would leave Tab a single button to stop at.
    """

    chosen = Signal(str)

    def __init__(self, icons: Icons, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icons = icons
        self._buttons: dict[str, QToolButton] = {}
        self._pages = 0
        self._layout = column(None, spacing=2, margins=8)
        self.setLayout(self._layout)
        self.setProperty("role", "rail")
        self.setFixedWidth(_WIDTH)
        self.setAccessibleName(_("Pages"))

    def add(self, key: str, text: str, icon: str, keys: str, *, foot: bool = False) -> None:
        """Add a page below the last one; ``keys`` is what opens it on the keyboard."""
        made = self._button(text, icon)
        made.setCheckable(True)
        made.setToolTip(_("{page} ({keys})").format(page=text, keys=keys))
        made.clicked.connect(lambda: self._choose(key))
        if foot:
            self._layout.addWidget(made)
        else:
            self._layout.insertWidget(self._pages, made)
            self._pages += 1
        self._buttons[key] = made

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
        made.setMinimumSize(QSize(0, _HEIGHT))
        self._icons.put(made, icon, size=22)
        return made

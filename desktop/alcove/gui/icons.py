"""The icons of the window: Phosphor's, through qtawesome, in the colours of the theme.

qtawesome is imported in a task, after the first frame; until then icons are blank but take
their room, so that nothing moves when they appear.
"""

from __future__ import annotations

import importlib
from types import ModuleType

from PySide6.QtCore import QObject, QSize, Qt, Signal
from PySide6.QtGui import QIcon, QPixmap
from PySide6.QtWidgets import QAbstractButton

from alcove.gui.tasks import Tasks
from alcove.gui.theme import Theme


class Icons(QObject):
    """Gives buttons their icons, and gives them anew when the colours change."""

    changed = Signal()

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._source: ModuleType | None = None
        self._blank = QPixmap(24, 24)
        self._blank.fill(Qt.GlobalColor.transparent)
        theme.changed.connect(self.changed)

    def load(self, tasks: Tasks) -> None:
        """Import the icon font beside the GUI thread; ``changed`` follows."""
        tasks.run(lambda _report: importlib.import_module("qtawesome"), self._loaded)

    def icon(self, name: str, colour: str = "muted") -> QIcon:
        """Return the icon ``name`` in a colour of the theme; accent where it is checked."""
        if self._source is None:
            return QIcon(self._blank)
        colours = self._theme.colours
        icon: QIcon = self._source.icon(
            f"ph.{name}",
            color=getattr(colours, colour),
            color_on=colours.accent,
            color_disabled=colours.border,
        )
        return icon

    def put(
        self, button: QAbstractButton, name: str, colour: str = "muted", size: int = 18
    ) -> None:
        """Show the icon ``name`` on ``button`` for as long as the button lives."""
        button.setIconSize(QSize(size, size))
        for earlier in button.findChildren(_Binding):
            earlier.deleteLater()
        _Binding(self, button, name, colour)

    def _loaded(self, source: ModuleType) -> None:
        self._source = source
        self.changed.emit()


class _Binding(QObject):
    """Keeps one button's icon up to date; ends with the button."""

    def __init__(self, icons: Icons, button: QAbstractButton, name: str, colour: str) -> None:
        super().__init__(button)
        self._icons, self._button = icons, button
        self._name, self._colour = name, colour
        icons.changed.connect(self._show)
        self._show()

    def _show(self) -> None:
        self._button.setIcon(self._icons.icon(self._name, self._colour))

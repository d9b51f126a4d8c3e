"""The icons of the window, in the colours of the theme.

Their font is read after the first frame; until then icons are blank but take their room, so that
nothing moves when they appear.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QSize, Qt, Signal
from PySide6.QtGui import QColor, QIcon, QPixmap
from PySide6.QtWidgets import QAbstractButton

from alcove.gui.theme import Theme

if TYPE_CHECKING:
    from alcove.gui.icon_font import IconFont

_SMALL = 14
"""From this size on, in pixels, icons have lines of the usual weight."""


class Icons(QObject):
    """Gives buttons their icons, and gives them anew when the colours change."""

    changed = Signal()

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._font: IconFont | None = None
        self._blank = QPixmap(24, 24)
        self._blank.fill(Qt.GlobalColor.transparent)
        theme.changed.connect(self.changed)

    def load(self) -> None:
        """Read the font, which takes about 10 ms; ``changed`` follows."""
        from alcove.gui.icon_font import IconFont

        self._font = IconFont()
        self.changed.emit()

    def icon(self, name: str, colour: str = "muted") -> QIcon:
        """Return the icon ``name`` in a colour of the theme; accent where it is checked."""
        if self._font is None:
            return QIcon(self._blank)
        from alcove.gui.icon_font import OutlineEngine

        colours = self._theme.colours
        return QIcon(
            OutlineEngine(
                self._font.outline(name),
                QColor(getattr(colours, colour)),
                QColor(colours.accent),
                QColor(colours.border),
            )
        )

    def put(
        self, button: QAbstractButton, name: str, colour: str = "muted", size: int = 18
    ) -> None:
        """Show the icon ``name`` on ``button`` for as long as the button lives.

        A small one is drawn with heavier lines.
        """
        button.setIconSize(QSize(size, size))
        for earlier in button.findChildren(_Binding):
            earlier.deleteLater()
        _Binding(self, button, f"{name}-bold" if size < _SMALL else name, colour)


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

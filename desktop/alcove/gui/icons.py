"""The icons of the window: Phosphor's, from the package qtawesome, in the colours of the theme.

The font is read after the first frame; until then icons are blank but take their room, so that
nothing moves when they appear. qtawesome itself is never imported: it would load eleven fonts and
all of Qt's classes, 45 MB.
"""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path

from PySide6.QtCore import QObject, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QIcon, QIconEngine, QPainter, QPainterPath, QPixmap, QRawFont
from PySide6.QtWidgets import QAbstractButton

from alcove.gui.theme import Theme

_EM = 64
"""The size that outlines are read at, in pixels."""
_SMALL = 14
_SHARE = 0.875
"""How much of an icon's height its letter takes."""


class IconFont:
    """The outlines of the font, by the names of icons."""

    def __init__(self) -> None:
        found = find_spec("qtawesome")
        assert found is not None
        assert found.origin is not None
        fonts = Path(found.origin).parent / "fonts"
        names = json.loads(next(fonts.glob("phosphor-charmap-*.json")).read_text("utf-8"))
        self._letters = {name: chr(int(code, 16)) for name, code in names.items()}
        self._font = QRawFont(str(next(fonts.glob("phosphor-[0-9]*.ttf"))), _EM)

    def outline(self, name: str) -> QPainterPath:
        """Return the outline of an icon, 64 pixels high, its bottom left corner at the origin."""
        (glyph,) = self._font.glyphIndexesForString(self._letters[name])
        return self._font.pathForGlyph(glyph)


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
        self._font = IconFont()
        self.changed.emit()

    def icon(self, name: str, colour: str = "muted") -> QIcon:
        """Return the icon ``name`` in a colour of the theme; accent where it is checked."""
        if self._font is None:
            return QIcon(self._blank)
        colours = self._theme.colours
        return QIcon(
            _Engine(
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


class _Engine(QIconEngine):
    """Paints an outline at whatever size it is asked for."""

    def __init__(
        self, outline: QPainterPath, normal: QColor, checked: QColor, disabled: QColor
    ) -> None:
        super().__init__()
        self._outline = outline
        self._normal, self._checked, self._disabled = normal, checked, disabled

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        colour = self._checked if state is QIcon.State.On else self._normal
        if mode is QIcon.Mode.Disabled:
            colour = self._disabled
        scale = _SHARE * rect.height() / _EM
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.translate(rect.center() + QPoint(1, 1))
        painter.scale(scale, scale)
        painter.translate(-_EM / 2, _EM / 2)
        painter.fillPath(self._outline, colour)
        painter.restore()

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        made = QPixmap(size)
        made.fill(Qt.GlobalColor.transparent)
        painter = QPainter(made)
        self.paint(painter, QRect(QPoint(), size), mode, state)
        painter.end()
        return made


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

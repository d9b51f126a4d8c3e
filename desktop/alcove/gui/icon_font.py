"""The font of the icons, and icons drawn from its outlines.

It is Phosphor, as the package qtawesome brings it. qtawesome itself is never imported: it would
load eleven fonts and all of Qt's classes, 45 MB.
"""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QIconEngine, QPainter, QPainterPath, QPixmap, QRawFont

_EM = 64
"""The size that outlines are read at, in pixels."""
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


class OutlineEngine(QIconEngine):
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

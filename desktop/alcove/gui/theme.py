"""Colours, type scale and spacing, and the theme that puts them on the application."""

from __future__ import annotations

import sys
from typing import Literal

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QPalette
from PySide6.QtWidgets import QApplication

from alcove.gui.colours import DARK as DARK
from alcove.gui.colours import LIGHT as LIGHT
from alcove.gui.colours import Colours as Colours
from alcove.gui.stylesheet import stylesheet

CAPTION = 12
BODY = 13
LEAD = 15
HEADING = 18
TITLE = 24
"""Heights of type, in device-independent pixels."""

TIGHT = 4
SMALL = 8
MEDIUM = 12
LARGE = 16
WIDE = 24
PAGE = 32
"""Distances, in device-independent pixels."""

Weight = Literal["regular", "medium", "bold"]

_WEIGHTS = {
    "regular": QFont.Weight.Normal,
    "medium": QFont.Weight.Medium,
    "bold": QFont.Weight.DemiBold,
}

_SCHEMES = {"light": Qt.ColorScheme.Light, "dark": Qt.ColorScheme.Dark}
"""What the window's frame, which the system draws, is told; it follows the system otherwise."""


def font(size: int, weight: Weight = "regular") -> QFont:
    """Return the application's font, ``size`` pixels high."""
    chosen = QFont(QApplication.font())
    chosen.setPixelSize(size)
    chosen.setWeight(_WEIGHTS[weight])
    return chosen


def monospace(size: int) -> QFont:
    """Return the platform's font for code, ``size`` pixels high."""
    chosen = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
    chosen.setPixelSize(size)
    return chosen


class Theme(QObject):
    """The colours in use: those the user chose, else those of the system, which may change."""

    changed = Signal()

    def __init__(self, application: QApplication, choice: str = "system") -> None:
        super().__init__(application)
        self._application = application
        self._choice = choice
        self._hints = application.styleHints()
        application.setStyle("Fusion")
        application.setFont(_interface_font(application.font()))
        self._hints.setColorScheme(_SCHEMES.get(choice, Qt.ColorScheme.Unknown))
        self.colours = self._wanted()
        self._apply()
        self._hints.colorSchemeChanged.connect(self._refresh)

    @property
    def dark(self) -> bool:
        """Whether the dark colours are in use."""
        return self.colours is DARK

    def choose(self, choice: str) -> None:
        """Follow ``choice``: ``system``, ``light`` or ``dark``."""
        self._choice = choice
        self._hints.setColorScheme(_SCHEMES.get(choice, Qt.ColorScheme.Unknown))
        self._refresh()

    def _refresh(self) -> None:
        wanted = self._wanted()
        if wanted is not self.colours:
            self.colours = wanted
            self._apply()
            self.changed.emit()

    def _wanted(self) -> Colours:
        if self._choice == "system":
            return DARK if self._hints.colorScheme() == Qt.ColorScheme.Dark else LIGHT
        return DARK if self._choice == "dark" else LIGHT

    def _apply(self) -> None:
        self._application.setPalette(palette(self.colours))
        self._application.setStyleSheet(stylesheet(self.colours))


def palette(colours: Colours) -> QPalette:
    """Return the palette for whatever no style sheet reaches."""
    role = QPalette.ColorRole
    chosen = QPalette()
    for name, value in (
        (role.Window, colours.window),
        (role.WindowText, colours.text),
        (role.Base, colours.surface),
        (role.AlternateBase, colours.raised),
        (role.Text, colours.text),
        (role.PlaceholderText, colours.muted),
        (role.Button, colours.raised),
        (role.ButtonText, colours.text),
        (role.ToolTipBase, colours.raised),
        (role.ToolTipText, colours.text),
        (role.Highlight, colours.accent),
        (role.HighlightedText, colours.on_accent),
        (role.Link, colours.accent),
    ):
        chosen.setColor(name, QColor(value))
    for name in (role.WindowText, role.Text, role.ButtonText):
        chosen.setColor(QPalette.ColorGroup.Disabled, name, QColor(colours.muted))
    return chosen


def _interface_font(system: QFont) -> QFont:
    """Keep the system's font, but prefer Inter on Linux, where the default is often poor."""
    chosen = QFont(system)
    if sys.platform == "linux" and QFontDatabase.hasFamily("Inter"):
        chosen.setFamily("Inter")
    chosen.setPixelSize(BODY)
    return chosen

"""The small parts that every page is made of: labels, buttons, cards."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QLayout,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from alcove.gui.icons import Icons

LabelRole = Literal[
    "body",
    "title",
    "heading",
    "section",
    "lead",
    "figure",
    "strong",
    "muted",
    "caption",
    "good",
    "fair",
    "bad",
    "tag",
    "code",
]
ButtonRole = Literal["plain", "primary", "danger", "quiet", "link", "chip"]
Item = QWidget | QLayout | None
FrameRole = Literal["card", "pane", "rail", "bar", "strip", "rule"]


def label(text: str = "", role: LabelRole = "body", *, wrap: bool = False) -> QLabel:
    """Make a label of plain text that looks like ``role`` says."""
    made = QLabel(text)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setProperty("role", role)
    made.setWordWrap(wrap)
    return made


def set_role(widget: QWidget, role: str) -> None:
    """Change what a widget looks like after it was made."""
    if widget.property("role") == role:
        return
    widget.setProperty("role", role)
    widget.style().unpolish(widget)
    widget.style().polish(widget)


def selectable(made: QLabel) -> QLabel:
    """Let the user select and copy the text of a label."""
    made.setTextInteractionFlags(
        Qt.TextInteractionFlag.TextSelectableByMouse
        | Qt.TextInteractionFlag.TextSelectableByKeyboard
    )
    return made


def button(text: str, role: ButtonRole = "plain") -> QPushButton:
    """Make a push button that takes the focus by keyboard alone, so that no click leaves a ring."""
    made = QPushButton(text)
    made.setProperty("role", role)
    made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    made.setCursor(Qt.CursorShape.PointingHandCursor)
    return made


def icon_button(icons: Icons, icon: str, name: str) -> QToolButton:
    """Make a button that is only an icon; ``name`` is its tooltip and its accessible name."""
    made = QToolButton()
    made.setProperty("role", "icon")
    made.setToolTip(name)
    made.setAccessibleName(name)
    made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    made.setCursor(Qt.CursorShape.PointingHandCursor)
    icons.put(made, icon)
    return made


def frame(role: FrameRole, layout: QLayout | None = None) -> QFrame:
    """Make a frame that looks like ``role`` says."""
    made = QFrame()
    made.setProperty("role", role)
    if layout is not None:
        made.setLayout(layout)
    return made


def rule() -> QFrame:
    """Make a thin horizontal line."""
    return frame("rule")


def row(*items: Item, spacing: int = 8, margins: int = 0) -> QHBoxLayout:
    """Lay widgets and layouts out from left to right; None is a stretch."""
    made = QHBoxLayout()
    _fill(made, items, spacing, margins)
    return made


def column(*items: Item, spacing: int = 8, margins: int = 0) -> QVBoxLayout:
    """Lay widgets and layouts out from top to bottom; None is a stretch."""
    made = QVBoxLayout()
    _fill(made, items, spacing, margins)
    return made


def _fill(
    layout: QHBoxLayout | QVBoxLayout,
    items: tuple[Item, ...],
    spacing: int,
    margins: int,
) -> None:
    layout.setContentsMargins(margins, margins, margins, margins)
    layout.setSpacing(spacing)
    for item in items:
        if item is None:
            layout.addStretch(1)
        elif isinstance(item, QWidget):
            layout.addWidget(item)
        else:
            layout.addLayout(item)


def clear(layout: QLayout) -> None:
    """Delete every widget of a layout."""
    while (item := layout.takeAt(0)) is not None:
        if (widget := item.widget()) is not None:
            widget.hide()
            widget.deleteLater()

"""A card: a title with its buttons, and what it is about."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QLayout, QWidget

from alcove.gui.widgets.parts import column, frame, label, row


def card(title: str, section: QLayout, *buttons: QWidget) -> QFrame:
    """Make a card; the buttons stand at the right end of its title."""
    head = row(label(title, "section"), None, *buttons) if buttons else row(label(title, "section"))
    layout = column(head, spacing=12)
    layout.setContentsMargins(20, 16, 20, 18)
    layout.addLayout(section)
    return frame("card", layout)

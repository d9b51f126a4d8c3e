"""The bar that searches the conversation in view."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QFrame, QLineEdit, QWidget

from alcove.gui.icons import Icons
from alcove.gui.widgets.parts import icon_button, label, row
from alcove.i18n import _, ngettext


class FindBar(QFrame):
    """What is sought, how many messages have it, and the way from one to the next."""

    sought = Signal(str)
    stepped = Signal(int)
    """1: to the next place; -1: to the one before."""
    closed = Signal()

    def __init__(self, icons: Icons, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("findBar")
        self.field = QLineEdit()
        self.field.setPlaceholderText(_("Find in this chat"))
        self.field.setAccessibleName(_("Find in this chat"))
        self.field.textChanged.connect(self.sought)
        self.count = label(role="caption")
        self.previous = icon_button(icons, "caret-up", _("Previous (Shift+Enter)"))
        self.next = icon_button(icons, "caret-down", _("Next (Enter)"))
        self.close_button = icon_button(icons, "x", _("Close (Esc)"))
        self.previous.clicked.connect(lambda: self.stepped.emit(-1))
        self.next.clicked.connect(lambda: self.stepped.emit(1))
        self.close_button.clicked.connect(self.closed)
        for key in ("Return", "Enter"):
            self._on_key(key, 1)
            self._on_key(f"Shift+{key}", -1)
        layout = row(self.field, self.count, self.previous, self.next, self.close_button)
        layout.setStretch(0, 1)
        layout.setContentsMargins(14, 6, 12, 6)
        self.setLayout(layout)
        self.hide()

    def take(self, text: str) -> None:
        """Show the bar and let the user type; ``text`` is sought meanwhile, or what was before."""
        self.show()
        if text:
            self.field.setText(text)
        self.field.setFocus()
        self.field.selectAll()

    def show_count(self, place: int, count: int) -> None:
        """Say which message of ``count`` that have it was gone to; ``place`` 0: to none yet."""
        if not self.field.text().strip():
            self.count.setText("")
        elif count and place:
            self.count.setText(
                _("message {place} of {count}").format(place=place, count=f"{count:,}")
            )
        elif count:
            sentence = ngettext("in {count} message", "in {count} messages", count)
            self.count.setText(sentence.format(count=f"{count:,}"))
        else:
            self.count.setText(_("not in this chat"))
        for one in (self.previous, self.next):
            one.setEnabled(count > 0)

    def _on_key(self, keys: str, step: int) -> None:
        shortcut = QShortcut(QKeySequence(keys), self.field, lambda: self.stepped.emit(step))
        shortcut.setContext(Qt.ShortcutContext.WidgetShortcut)

"""The line above the composer that says what the model does not see any more, before it is so."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel, QWidget

from alcove.i18n import _, ngettext


class ContextNote(QLabel):
    """Hidden as long as the whole conversation fits into the context."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "caption")
        self.setWordWrap(True)
        self.hide()

    def show_left_out(self, now: int, next_: int) -> None:
        """Say how many messages are left out now, and once the draft is sent."""
        if next_ > now:
            text = ngettext(
                "The context is nearly full: to your next message, the model answers without "
                "{count} message of this chat, the oldest.",
                "The context is nearly full: to your next message, the model answers without "
                "{count} messages of this chat, the oldest.",
                next_,
            )
        else:
            text = ngettext(
                "The model no longer sees {count} message of this chat, the oldest: it does not "
                "fit into the context.",
                "The model no longer sees {count} messages of this chat, the oldest: they do not "
                "fit into the context.",
                next_,
            )
        self.setText(text.format(count=next_))
        self.setToolTip(_("Load the model with a longer context to have it see more."))
        self.setVisible(next_ > 0)

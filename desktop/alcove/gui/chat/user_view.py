"""What the user wrote, in a bubble on the right."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QWidget

from alcove.chat.conversation import Message
from alcove.gui.chat.actions import Branches, copy_button, small_button
from alcove.gui.chat.attachment_view import AttachmentView
from alcove.gui.chat.words import WordsView
from alcove.gui.icons import Icons
from alcove.gui.widgets.parts import button, column, row
from alcove.i18n import _

_SHARE = 0.84
_PADDING = 16
_MOST_LINES = 30
_MOST_CHARACTERS = 2_500
_STEP = 20_000
"""How many characters more one click opens, so that no click lays out a whole book."""


class UserView(QWidget):
    """One message of the user; it can be copied, and edited into another branch."""

    edit_requested = Signal(object)
    sibling_requested = Signal(int)

    def __init__(
        self, message: Message, siblings: Sequence[int], icons: Icons, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.message = message
        self.words = WordsView(_("You"))
        if not message.text:
            self.words.hide()
        self.attachments = [AttachmentView(one, icons) for one in message.attachments]
        self.more = button("", "quiet")
        self.more.clicked.connect(self._open_more)
        bubble = QFrame()
        bubble.setObjectName("userBubble")
        inner = column(*self.attachments, self.words, spacing=4)
        inner.addWidget(self.more, 0, Qt.AlignmentFlag.AlignLeft)
        inner.setContentsMargins(_PADDING, 10, _PADDING, 11)
        bubble.setLayout(inner)
        branches = Branches(icons)
        branches.show_siblings(message.id, siblings)
        branches.chosen.connect(self.sibling_requested)
        copy = copy_button(icons, _("Copy message"), lambda: message.text)
        edit = small_button(icons, "pencil-simple", _("Edit message"))
        edit.clicked.connect(lambda: self.edit_requested.emit(message))
        layout = column(spacing=2)
        layout.addWidget(bubble, 0, Qt.AlignmentFlag.AlignRight)
        layout.addLayout(row(None, branches, copy, edit, spacing=0))
        self.setLayout(layout)
        files = [one.name for one in self.attachments]
        self.focus_stops = (
            *files,
            self.words,
            self.more,
            branches.previous,
            branches.next,
            copy,
            edit,
        )
        """What the Tab key leads to, in order."""
        self._show(_opening(message.text))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _show(self, count: int) -> None:
        """Show so many characters of the message."""
        self._shown = count
        left = len(self.message.text) - count
        self.words.show_words(self.message.text[:count] + (" …" if left else ""))
        self.more.setText(_("Show more ({count} characters left)").format(count=f"{left:,}"))
        self.more.setVisible(left > 0)
        self._fit()

    def _open_more(self) -> None:
        self._show(min(self._shown + _STEP, len(self.message.text)))

    def _fit(self) -> None:
        room = int(self.width() * _SHARE) - 2 * _PADDING
        self.words.fit_into(room)
        for one in self.attachments:
            one.fit_into(room)


def _opening(text: str) -> int:
    """Return how many characters of ``text`` are shown at first: all of them if it is short."""
    end = sum(len(line) for line in text.splitlines(keepends=True)[:_MOST_LINES])
    return min(end, _MOST_CHARACTERS)

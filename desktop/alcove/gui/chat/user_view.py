"""What the user wrote, in a bubble on the right."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QWidget

from alcove.chat.conversation import Message
from alcove.gui.chat.actions import Branches, copy_button, small_button
from alcove.gui.icons import Icons
from alcove.gui.widgets.parts import column, label, row, selectable
from alcove.i18n import _

_SHARE = 0.84
_PADDING = 16


class UserView(QWidget):
    """One message of the user; it can be copied, and edited into another branch."""

    edit_requested = Signal(object)
    sibling_requested = Signal(int)

    def __init__(
        self, message: Message, siblings: Sequence[int], icons: Icons, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.message = message
        self._text = selectable(label(message.text, wrap=True))
        self._text.setAccessibleName(_("You: {text}").format(text=message.text))
        bubble = QFrame()
        bubble.setObjectName("userBubble")
        inner = column(self._text)
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

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        widest = int(self.width() * _SHARE) - 2 * _PADDING
        wrap = Qt.TextFlag.TextWordWrap | Qt.TextFlag.TextExpandTabs
        needed = self._text.fontMetrics().boundingRect(
            QRect(0, 0, widest, 1 << 24), int(wrap), self.message.text
        )
        self._text.setFixedWidth(min(widest, needed.width() + 4))

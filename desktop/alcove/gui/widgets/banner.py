"""The banner at the top of the page area: one message with its remedies."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QPushButton, QWidget

from alcove.gui.icons import Icons
from alcove.gui.messages import Action, Message, Messages
from alcove.gui.widgets.parts import button, icon_button, label, row, set_role
from alcove.i18n import _

_ROLES = {"info": "body", "good": "good", "error": "bad"}


class Banner(QFrame):
    """Shows the last message that was posted until it is closed or replaced."""

    def __init__(self, messages: Messages, icons: Icons, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("banner")
        self._messages = messages
        self._text = label(wrap=True)
        self._buttons = (button("", "quiet"), button("", "quiet"))
        self._actions: tuple[Action, ...] = ()
        for number, made in enumerate(self._buttons):
            made.clicked.connect(lambda _checked=False, number=number: self._run(number))
        close = icon_button(icons, "x", _("Close this message"))
        close.clicked.connect(messages.clear)
        layout = row(self._text, *self._buttons, close, spacing=8)
        layout.setContentsMargins(24, 8, 12, 8)
        layout.setStretch(0, 1)
        self.setLayout(layout)
        self.hide()
        messages.posted.connect(self._show)
        messages.cleared.connect(self.hide)

    @property
    def text(self) -> str:
        """The message that is shown."""
        return self._text.text()

    def remedies(self) -> list[QPushButton]:
        """Return the buttons in use."""
        return list(self._buttons[: len(self._actions)])

    def _show(self, message: Message) -> None:
        self._actions = message.actions
        set_role(self, "error" if message.tone == "error" else "news")
        self._text.setText(message.text)
        self._text.setAccessibleName(message.text)
        set_role(self._text, _ROLES[message.tone])
        for made, action in zip(self._buttons, message.actions, strict=False):
            made.setText(action.label)
        for number, made in enumerate(self._buttons):
            made.setVisible(number < len(message.actions))
        self.show()

    def _run(self, number: int) -> None:
        self._messages.clear()
        self._actions[number].run()

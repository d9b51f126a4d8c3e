"""The draft of each conversation: kept while it is typed, there again after a restart."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal

from alcove.chat.drafts import Drafts
from alcove.errors import StorageError
from alcove.gui.chat.composer import Composer

_SAVE_MS = 700


class Drafting(QObject):
    """Puts into the composer the draft of the conversation in view, and keeps what is typed there.

    ``failed`` carries a StorageError to show.
    """

    failed = Signal(object)

    def __init__(self, drafts: Drafts, composer: Composer, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._drafts = drafts
        self._composer = composer
        self._conversation: int | None = None
        self._kept = ""
        self._set_aside: str | None = None
        self._later = QTimer(self, singleShot=True, interval=_SAVE_MS)
        self._later.timeout.connect(self.save)
        composer.draft.textChanged.connect(self._later.start)
        self._show()

    @property
    def editing(self) -> bool:
        """Whether the composer holds a message that was sent, and the draft is set aside."""
        return self._set_aside is not None

    def open(self, conversation: int | None) -> None:
        """Go on with the draft of another conversation; None is the one that has not begun."""
        if conversation != self._conversation:
            self.save()
            self._conversation = conversation
            self._show()

    def begin_edit(self, text: str) -> None:
        """Set the draft aside and put ``text`` into the composer."""
        if self._set_aside is None:
            self._set_aside = self._composer.text
        self._composer.set_text(text)

    def end_edit(self) -> None:
        """Go on with the draft that was set aside."""
        draft, self._set_aside = self._set_aside, None
        self._composer.set_text(draft or "")

    def sent(self, conversation: int | None) -> None:
        """Begin another draft: what was typed has become a message of ``conversation``."""
        self._composer.set_text("")
        self.move(conversation)

    def move(self, conversation: int | None) -> None:
        """Take the draft along: its conversation has begun, and is called ``conversation``."""
        if conversation != self._conversation:
            self._keep("")
            self._conversation = conversation
        self.save()

    def save(self) -> None:
        """Keep the draft now."""
        self._later.stop()
        self._keep(self._composer.text if self._set_aside is None else self._set_aside)

    def _keep(self, text: str) -> None:
        if text == self._kept:
            return
        try:
            self._drafts.keep(self._conversation, text)
        except StorageError as error:
            self.failed.emit(error)
        self._kept = text  # a failure is told once, not with every letter

    def _show(self) -> None:
        try:
            self._kept = self._drafts.read(self._conversation)
        except StorageError as error:
            self._kept = ""
            self.failed.emit(error)
        self._composer.set_text(self._kept)

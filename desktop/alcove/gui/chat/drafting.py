"""The draft of each conversation: kept while it is typed, there again after a restart."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal

from alcove.chat.conversation import Message
from alcove.chat.drafts import Draft, Drafts
from alcove.errors import StorageError
from alcove.gui.chat.attaching import Attaching
from alcove.gui.chat.composer import Composer

_SAVE_MS = 700


class Drafting(QObject):
    """Puts into the composer the draft of the conversation in view, and keeps what is put there.

    ``failed`` carries a StorageError to show.
    """

    failed = Signal(object)

    def __init__(
        self,
        drafts: Drafts,
        composer: Composer,
        attaching: Attaching,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._drafts = drafts
        self._composer = composer
        self._attaching = attaching
        self._conversation: int | None = None
        self._kept = Draft()
        self._set_aside: Draft | None = None
        self._later = QTimer(self, singleShot=True, interval=_SAVE_MS)
        self._later.timeout.connect(self.save)
        composer.draft.textChanged.connect(self._later.start)
        attaching.changed.connect(self._later.start)
        self._read()

    def open(self, conversation: int | None) -> None:
        """Go on with the draft of another conversation; None is the one that has not begun."""
        if conversation != self._conversation:
            self.save()
            self._conversation = conversation
            self._read()

    def begin_edit(self, message: Message) -> None:
        """Set the draft aside and put ``message`` into the composer."""
        if self._set_aside is None:
            self._set_aside = self._shown()
        self._show(Draft(message.text, message.attachments))

    def end_edit(self) -> None:
        """Go on with the draft that was set aside."""
        draft, self._set_aside = self._set_aside, None
        self._show(draft or Draft())

    def sent(self, conversation: int | None) -> None:
        """Begin another draft: what was typed has become a message of ``conversation``."""
        self._show(Draft())
        self.move(conversation)

    def move(self, conversation: int | None) -> None:
        """Take the draft along: its conversation has begun, and is called ``conversation``."""
        if conversation != self._conversation:
            self._keep(Draft())
            self._conversation = conversation
        self.save()

    def save(self) -> None:
        """Keep the draft now."""
        self._later.stop()
        self._keep(self._shown() if self._set_aside is None else self._set_aside)

    def _shown(self) -> Draft:
        return Draft(self._composer.text, self._attaching.attachments)

    def _show(self, draft: Draft) -> None:
        self._composer.set_text(draft.text)
        self._attaching.show(draft.attachments)

    def _keep(self, draft: Draft) -> None:
        if draft == self._kept:
            return
        try:
            self._drafts.keep(self._conversation, draft)
        except StorageError as error:
            self.failed.emit(error)
        self._kept = draft  # a failure is told once, not with every letter

    def _read(self) -> None:
        try:
            self._kept = self._drafts.read(self._conversation)
        except StorageError as error:
            self._kept = Draft()
            self.failed.emit(error)
        self._show(self._kept)

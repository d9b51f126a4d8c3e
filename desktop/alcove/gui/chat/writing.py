"""The message being written: a draft, or one that was sent and is edited; its files; sending it."""

from __future__ import annotations

from PySide6.QtCore import QMimeData, QObject, Signal
from PySide6.QtWidgets import QWidget

from alcove.chat.conversation import Message
from alcove.chat.drafts import Drafts
from alcove.gui.chat.attaching import Attaching, attachable
from alcove.gui.chat.composer import Composer
from alcove.gui.chat.dialogs import ask_what_to_attach
from alcove.gui.chat.dialogue import Dialogue
from alcove.gui.chat.drafting import Drafting
from alcove.gui.session import ModelSession
from alcove.gui.tasks import Tasks


class Writing(QObject):
    """Joins the composer with the dialogue.

    ``sending`` comes before a message is sent. ``failed`` carries a StorageError to show.
    """

    sending = Signal()
    failed = Signal(object)

    def __init__(
        self,
        tasks: Tasks,
        dialogue: Dialogue,
        session: ModelSession,
        drafts: Drafts,
        composer: Composer,
        page: QWidget,
    ) -> None:
        super().__init__(page)
        self._dialogue = dialogue
        self._composer = composer
        self._page = page
        self._edited: Message | None = None
        self.attaching = Attaching(tasks, session, composer.strip, dialogue.context_tokens, self)
        self._drafting = Drafting(drafts, composer, self.attaching, self)
        self._drafting.failed.connect(self.failed)
        self.attaching.changed.connect(self._show_attached)
        composer.attach_requested.connect(self._choose_files)
        composer.files_given.connect(self.attaching.add)
        composer.submitted.connect(self._send)
        composer.edit_cancelled.connect(self.cancel_edit)
        self._show_attached()

    def open(self, conversation: int | None) -> None:
        """Go on with the draft of another conversation."""
        self._drafting.open(conversation)

    def save(self) -> None:
        """Keep the draft now."""
        self._drafting.save()

    def ask(self, text: str) -> None:
        """Send ``text`` and leave the draft alone."""
        self.sending.emit()
        self._dialogue.send(text)
        self._drafting.move(self._dialogue.conversation)
        self._composer.take_focus()

    def edit(self, message: Message) -> None:
        """Put a message that was sent into the composer; sending it begins another branch."""
        self._edited = message
        self._composer.set_editing(True)
        self._drafting.begin_edit(message)
        self._composer.take_focus()

    def cancel_edit(self) -> None:
        """Leave an edit, if there is one, and go on with the draft."""
        if self._edited is not None:
            self._edited = None
            self._composer.set_editing(False)
            self._drafting.end_edit()

    def left_out(self) -> tuple[int, int]:
        """Return how many messages the model does not see any more, now and once this is sent."""
        return self._dialogue.left_out(self._composer.text, self.attaching.attachments)

    def hover(self, content: QMimeData | None) -> bool:
        """Show whether what is dragged can be attached; None: nothing is dragged any more."""
        usable = content is not None and bool(attachable(content))
        self._composer.set_dropping(usable)
        return usable

    def take(self, content: QMimeData) -> None:
        """Attach the files that were dropped."""
        self._composer.set_dropping(False)
        self.attaching.add(attachable(content))

    def _send(self, text: str) -> None:
        edited, files = self._edited, self.attaching.attachments
        self.sending.emit()
        if edited is None:
            if self._dialogue.send(text, files):
                self._drafting.sent(self._dialogue.conversation)
        elif self._dialogue.edit(edited, text, files):
            self.cancel_edit()
        self._composer.take_focus()

    def _choose_files(self) -> None:
        ask_what_to_attach(self.attaching.add, self._page)

    def _show_attached(self) -> None:
        self._composer.set_attached(bool(self.attaching.attachments))

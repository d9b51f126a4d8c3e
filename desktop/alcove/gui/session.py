"""The one model that the window keeps loaded, and the process that serves it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Protocol, TypeVar

from PySide6.QtCore import QObject, QTimer, Signal

from alcove.engine.answer import Event, Request
from alcove.engine.client import Properties
from alcove.engine.elsewhere import EngineModel
from alcove.engine.load import ProcessMemory
from alcove.errors import AlcoveError, EngineStopped
from alcove.fit.plan import Wish
from alcove.gui.tasks import Report, Task, Tasks
from alcove.library.installed import InstalledModel

_WATCH_MS = 1000
_CLOSE_S = 5.0
"""A process that is not ended by then ends with this program."""

T = TypeVar("T")


class SessionState(Enum):
    """Whether there is a model to talk to."""

    IDLE = "idle"
    LOADING = "loading"
    READY = "ready"
    FAILED = "failed"


class EngineClient(Protocol):
    """What the chat asks of a loaded model; ``alcove.engine.client.Client`` is one."""

    def stream(self, request: Request) -> Generator[Event]:
        """Answer ``request``; closing the iterator ends the answer."""

    def cancel(self) -> None:
        """End every answer that is streamed now; callable from any thread."""

    def count_tokens(self, text: str) -> int | None:
        """Say how many tokens ``text`` is, None where the engine does not tell."""

    def properties(self) -> Properties:
        """Say what is served."""

    def close(self) -> None:
        """Close the connections."""


class Engine(Protocol):
    """A process that serves a model; ``alcove.library.loading.LoadedModel`` is one."""

    @property
    def held(self) -> ProcessMemory | None:
        """What comes back when it ends; None where it runs elsewhere."""

    def is_alive(self) -> bool:
        """Whether it runs."""

    def client(self) -> EngineClient:
        """Return a client of it."""

    def stop(self) -> None:
        """End it and wait for it."""

    def ended(self) -> EngineStopped | None:
        """Say how it ended."""


LoadModel = Callable[[InstalledModel, Wish, Callable[[float], None], Path], Engine]
"""Plans how a model is loaded, as a wish says, and loads it.

Its progress is reported in fractions of 1, what llama.cpp prints goes to a log. Called in a task,
not on the GUI thread; raises ModelMemoryError if the model does not fit, and what ``ModelProcess``
raises.
"""

ConnectTo = Callable[[EngineModel], Engine]
"""Returns an engine that runs elsewhere. Called in a task."""

ChatModel = InstalledModel | EngineModel
"""What can be talked to: a model on this computer, or one of an engine elsewhere."""


@dataclass(frozen=True)
class _Loaded:
    engine: Engine
    client: EngineClient
    properties: Properties


class ModelSession(QObject):
    """Loads and unloads in tasks, and notices when the process ends by itself.

    ``changed`` follows every change of ``state``; ``progressed`` carries how much is loaded, as
    fractions of 1; ``failed`` the error, when a model could not be loaded or its process ended.
    """

    changed = Signal()
    progressed = Signal(float)
    failed = Signal(object)

    def __init__(
        self,
        tasks: Tasks,
        logs: Path,
        load: LoadModel,
        connect: ConnectTo | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._log = logs / "model.log"
        self._load_model = load
        self._connect_to = connect
        self._place = _Place()
        self._task: Task | None = None
        self._loaded: _Loaded | None = None
        self.state = SessionState.IDLE
        self.model: ChatModel | None = None
        self.wish: Wish | None = None
        """How it was asked to be loaded."""
        self.fraction = 0.0
        """How much of the model is loaded."""
        self.failure: AlcoveError | None = None
        self._watch = QTimer(self, interval=_WATCH_MS)
        self._watch.timeout.connect(self.check)

    @property
    def client(self) -> EngineClient | None:
        """The client of the loaded model."""
        return self._loaded.client if self._loaded else None

    @property
    def properties(self) -> Properties | None:
        """What the loaded model is."""
        return self._loaded.properties if self._loaded else None

    @property
    def held(self) -> ProcessMemory | None:
        """What comes back when the loaded model goes; None if there is none."""
        return self._loaded.engine.held if self._loaded else None

    def load(self, model: InstalledModel, wish: Wish) -> None:
        """Load ``model`` as ``wish`` says, in place of what is loaded."""
        self._begin(model, wish, lambda report: self._load_model(model, wish, report, self._log))

    def connect_to(self, model: EngineModel) -> None:
        """Talk to a model that an engine elsewhere serves, in place of what is loaded."""
        connect = self._connect_to
        assert connect is not None
        self._begin(model, None, lambda _report: connect(model))

    def reload(self) -> None:
        """Load the last model again, or connect to it again."""
        if isinstance(self.model, EngineModel):
            self.connect_to(self.model)
        elif self.model is not None and self.wish is not None:
            self.load(self.model, self.wish)

    def _begin(
        self, model: ChatModel, wish: Wish | None, start: Callable[[Report[float]], Engine]
    ) -> None:
        self.model, self.wish, self.failure, self.fraction = model, wish, None, 0.0
        self._run(
            lambda report: self._place.fill(lambda said: _connected(start(said)), report),
            self._ready,
        )
        self._enter(SessionState.LOADING)

    def unload(self) -> None:
        """Give the memory back; stops loading too."""
        self.model, self.failure = None, None
        self._run(self._place.empty, lambda _none: None)
        self._enter(SessionState.IDLE)

    def vacate(self, report: Callable[[float], None]) -> None:
        """Wait until the process of a model that was unloaded has ended; call it in a task."""
        self._place.empty(report)

    def close(self) -> None:
        """End the process and wait for it; for the end of the program."""
        self._release()
        self._place.close()

    def check(self) -> None:
        """Look whether the process still runs."""
        if self._loaded is None or self._loaded.engine.is_alive():
            return
        error = self._loaded.engine.ended()
        if error is not None:
            self.give_up(error)

    def give_up(self, error: AlcoveError) -> None:
        """End the process, which cannot be spoken to any more because of ``error``."""
        self._run(self._place.empty, lambda _none: None)
        self._fail(error)

    def _run(self, operation: Callable[[Report[float]], T], success: Callable[[T], None]) -> None:
        """Run ``operation`` in place of the one that runs; only the last one's outcome counts."""
        self._release()

        def succeed(outcome: T) -> None:
            if self._task is task:
                self._task = None
                success(outcome)

        def fail(error: AlcoveError) -> None:
            if self._task is task:
                self._task = None
                self._fail(error)

        def progress(fractions: list[float]) -> None:
            if self._task is task:
                self.fraction = fractions[-1]
                self.progressed.emit(self.fraction)

        task = self._tasks.run(operation, succeed, fail, progress=progress)
        self._task = task

    def _release(self) -> None:
        """Let go of the task and the process; the next task ends the process."""
        if self._task is not None:
            self._task.cancel()
        self._task, self._loaded = None, None
        self._watch.stop()

    def _ready(self, loaded: _Loaded) -> None:
        self._loaded = loaded
        self._watch.start()
        self._enter(SessionState.READY)

    def _fail(self, error: AlcoveError) -> None:
        self.failure = error
        self._enter(SessionState.FAILED)
        self.failed.emit(error)

    def _enter(self, state: SessionState) -> None:
        self.state = state
        self.changed.emit()


class _Place:
    """Where one model process runs at most; whoever takes the place ends the one that was there.

    Tasks queue for it; one that was cancelled while it waited changes nothing.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loaded: _Loaded | None = None

    def fill(self, start: Callable[[Report[float]], _Loaded], report: Report[float]) -> _Loaded:
        """End what runs and start another."""
        with self._lock:
            report(0.0)
            self._stop()
            self._loaded = start(report)
            return self._loaded

    def empty(self, report: Report[float]) -> None:
        """End what runs."""
        with self._lock:
            report(0.0)
            self._stop()

    def close(self) -> None:
        """End what runs, once a load that was cancelled has noticed it."""
        if self._lock.acquire(timeout=_CLOSE_S):
            self._stop()
            self._lock.release()

    def _stop(self) -> None:
        loaded, self._loaded = self._loaded, None
        if loaded is not None:
            loaded.engine.stop()  # first: an answer that still streams then ends as EngineStopped
            loaded.client.close()


def _connected(engine: Engine) -> _Loaded:
    try:
        client = engine.client()
        return _Loaded(engine, client, client.properties())
    except BaseException:
        engine.stop()
        raise

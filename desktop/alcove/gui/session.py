"""The one model that the window keeps loaded, and the process that serves it."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QObject, QTimer, Signal

from alcove.engine.answer import Event, Request
from alcove.engine.client import Properties
from alcove.engine.load import LoadOptions
from alcove.engine.process import ModelProcess
from alcove.errors import AlcoveError, EngineStopped
from alcove.gui.tasks import Report, Task, Tasks
from alcove.library.installed import InstalledModel

_WATCH_MS = 1000


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

    def properties(self) -> Properties:
        """Say what is served."""

    def close(self) -> None:
        """Close the connections."""


class Engine(Protocol):
    """A process that serves a model; ``alcove.engine.process.ModelProcess`` is one."""

    def is_alive(self) -> bool:
        """Whether it runs."""

    def client(self) -> EngineClient:
        """Return a client of it."""

    def stop(self) -> None:
        """End it and wait for it."""

    def ended(self) -> EngineStopped | None:
        """Say how it ended."""


Prepare = Callable[[InstalledModel, int], LoadOptions]
"""Decides how a model is loaded at a context in tokens; raises ModelMemoryError if it cannot be.

Called in a task, not on the GUI thread.
"""

StartEngine = Callable[[LoadOptions, Callable[[float], None], Path], Engine]


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
        prepare: Prepare,
        start: StartEngine = ModelProcess.start,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._log = logs / "model.log"
        self._prepare = prepare
        self._start = start
        self._task: Task | None = None
        self._loaded: _Loaded | None = None
        self.state = SessionState.IDLE
        self.model: InstalledModel | None = None
        self.context = 0
        """The context asked for, in tokens."""
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

    def load(self, model: InstalledModel, context: int) -> None:
        """Load ``model`` with a context of so many tokens, in place of what is loaded."""
        former = self._release()
        self.model, self.context, self.failure = model, context, None

        def operation(report: Report[float]) -> _Loaded:
            if former is not None:
                _stop(former)
            return _load(self._start, self._prepare(model, context), report, self._log)

        def success(loaded: _Loaded) -> None:
            if self._task is task:
                self._ready(loaded)
            else:
                self._stop_later(loaded)

        def failure(error: AlcoveError) -> None:
            if self._task is task:
                self._fail(error)

        def progress(fractions: list[float]) -> None:
            if self._task is task:
                self.progressed.emit(fractions[-1])

        task = self._tasks.run(operation, success, failure, progress=progress)
        self._task = task
        self._enter(SessionState.LOADING)

    def reload(self) -> None:
        """Load the last model again."""
        if self.model is not None:
            self.load(self.model, self.context)

    def unload(self) -> None:
        """Give the memory back; stops loading too."""
        former = self._release()
        self.model, self.failure = None, None
        self._stop_later(former)
        self._enter(SessionState.IDLE)

    def close(self) -> None:
        """End the process and wait for it; for the end of the program."""
        former = self._release()
        if former is not None:
            _stop(former)

    def check(self) -> None:
        """Look whether the process still runs."""
        if self._loaded is None or self._loaded.engine.is_alive():
            return
        error = self._loaded.engine.ended()
        self._stop_later(self._release())
        if error is not None:
            self._fail(error)

    def _release(self) -> _Loaded | None:
        """Let go of the task and the process; returns what is to be stopped."""
        if self._task is not None:
            self._task.cancel()
        loaded, self._task, self._loaded = self._loaded, None, None
        self._watch.stop()
        return loaded

    def _stop_later(self, loaded: _Loaded | None) -> None:
        if loaded is not None:
            self._tasks.run(lambda _report: _stop(loaded), lambda _none: None)

    def _ready(self, loaded: _Loaded) -> None:
        self._task, self._loaded = None, loaded
        self._watch.start()
        self._enter(SessionState.READY)

    def _fail(self, error: AlcoveError) -> None:
        self._task, self.failure = None, error
        self._enter(SessionState.FAILED)
        self.failed.emit(error)

    def _enter(self, state: SessionState) -> None:
        self.state = state
        self.changed.emit()


def _load(start: StartEngine, options: LoadOptions, report: Report[float], log: Path) -> _Loaded:
    engine = start(options, report, log)
    try:
        client = engine.client()
        return _Loaded(engine, client, client.properties())
    except BaseException:
        engine.stop()
        raise


def _stop(loaded: _Loaded) -> None:
    loaded.engine.stop()  # first: an answer that still streams then ends as EngineStopped
    loaded.client.close()

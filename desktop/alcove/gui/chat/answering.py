"""One answer being written: the stream in a task, the text in the store, a signal for the view."""

from __future__ import annotations

import time
from contextlib import closing
from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from alcove.chat.conversation import Message, State
from alcove.chat.store import ConversationStore
from alcove.engine.answer import Event, Request
from alcove.errors import AlcoveError, Cancelled, StorageError
from alcove.gui.chat.live import LiveAnswer
from alcove.gui.session import EngineClient
from alcove.gui.tasks import Report, Task, Tasks

_UPDATE_MS = 50
_SAVE_S = 1.0

_Timed = tuple[float, Event]


class Answering(QObject):
    """Writes one answer into the store while it streams, so that a crash costs a second of it.

    ``changed`` comes at most 20 times a second; ``ended`` once, when the message is final, with
    the error that ended it, or None. ``unsaved`` carries a failure of the store, once.
    """

    changed = Signal()
    ended = Signal(object)
    unsaved = Signal(object)

    def __init__(
        self,
        store: ConversationStore,
        message: Message,
        client: EngineClient,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._store = store
        self._saved = time.monotonic()
        self._unsaved = False
        self._over = False
        self._task: Task | None = None
        self.client = client
        self.live = LiveAnswer(message, time.monotonic())
        self.message = message

    def start(self, tasks: Tasks, request: Request) -> None:
        """Begin to ask; call once."""

        def operation(report: Report[_Timed]) -> None:
            with closing(self.client.stream(request)) as events:
                for event in events:
                    report((time.monotonic(), event))

        self._task = tasks.run(
            operation,
            lambda _none: self._end(self.live.message.state),
            self._failed,
            progress=self._take,
            interval_ms=_UPDATE_MS,
        )

    def stop(self) -> None:
        """End the answer now and keep its text; the engine is free at once."""
        if self._task is not None:
            self._task.cancel()
        self.client.cancel()
        self._end("partial")

    def _take(self, events: list[_Timed]) -> None:
        if self._over:
            return
        for at, event in events:
            self.live.take(event, at)
        self.message = self.live.message
        if time.monotonic() - self._saved >= _SAVE_S:
            self._save()
        self.changed.emit()

    def _failed(self, error: AlcoveError) -> None:
        if isinstance(error, Cancelled):
            self._end("partial")
        else:
            self._end("failed", error)

    def _end(self, state: State, error: AlcoveError | None = None) -> None:
        if self._over:
            return
        self._over = True
        self.message = replace(
            self.live.message,
            state=state,
            failure=str(error) if error else None,
            figures=self.live.figures,
        )
        self._save()
        self.ended.emit(error)

    def _save(self) -> None:
        self._saved = time.monotonic()
        try:
            self._store.save(self.message)
        except StorageError as error:
            if not self._unsaved:
                self._unsaved = True
                self.unsaved.emit(error)

"""Work beside the GUI thread: one shape for everything that can block."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from alcove.errors import AlcoveError, Cancelled
from alcove.i18n import _

T = TypeVar("T")
P = TypeVar("P")

_TURN_SECONDS = 0.0005
"""How long a task may keep the interpreter while the GUI thread wants it, a tenth of the usual."""

Report = Callable[[P], None]
"""Handed to the work: reports a value, and raises Cancelled once the user asked to stop."""


class Surprise(AlcoveError):
    """Work ended by an exception that nobody expected; ``sys.excepthook`` has shown it already."""

    def __init__(self) -> None:
        super().__init__(_("Something went wrong in Alcove."))


class Task(QObject):
    """One piece of work in a thread of its own; its outcomes arrive on the GUI thread."""

    _reported = Signal()
    _ended = Signal(object, object)

    def __init__(
        self,
        operation: Callable[[Report[Any]], Any],
        success: Callable[[Any], None],
        failure: Callable[[AlcoveError], None],
        progress: Callable[[list[Any]], None] | None,
        interval_ms: int,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._operation = operation
        self._success = success
        self._failure = failure
        self._progress = progress
        self._cancelled = threading.Event()
        self._abandoned = False
        self._values: list[Any] = []
        self._lock = threading.Lock()
        self._timer = QTimer(self, singleShot=True, interval=interval_ms)
        self._timer.timeout.connect(self._deliver)
        self._reported.connect(self._schedule, Qt.ConnectionType.QueuedConnection)
        self._ended.connect(self._finish, Qt.ConnectionType.QueuedConnection)
        self._thread = threading.Thread(target=self._work, name="task", daemon=True)

    def start(self) -> None:
        """Begin; call once."""
        self._thread.start()

    def cancel(self) -> None:
        """Ask the work to stop; it ends with Cancelled at its next report."""
        self._cancelled.set()

    def abandon(self) -> None:
        """Cancel, and deliver nothing any more."""
        self._abandoned = True
        self.cancel()

    def wait(self, seconds: float) -> None:
        """Wait for the thread, not for the delivery of its outcome."""
        if self._thread.is_alive():
            self._thread.join(seconds)

    def _report(self, value: Any) -> None:  # noqa: ANN401 - the work chooses what it reports
        if self._cancelled.is_set():
            raise Cancelled
        with self._lock:
            first = not self._values
            self._values.append(value)
        if first:
            self._reported.emit()

    def _work(self) -> None:
        try:
            outcome, error = self._operation(self._report), None
        except BaseException as caught:
            outcome, error = None, caught
        try:
            self._ended.emit(outcome, error)
        except RuntimeError:
            return  # the window is gone, and with it whoever wanted to know

    def _schedule(self) -> None:
        if not self._timer.isActive():
            self._timer.start()

    def _deliver(self) -> None:
        with self._lock:
            values, self._values = self._values, []
        if values and self._progress is not None and not self._abandoned:
            self._progress(values)

    def _finish(self, outcome: object, error: BaseException | None) -> None:
        self._timer.stop()
        self._deliver()
        self._thread.join()  # it may be inside emit yet, which the sender must outlive
        self.setParent(None)  # ends with its last reference; never by an event that comes late
        if self._abandoned:
            return
        if error is None:
            self._success(outcome)
        elif isinstance(error, AlcoveError):
            self._failure(error)
        else:
            sys.excepthook(type(error), error, error.__traceback__)
            self._failure(Surprise())


class Tasks(QObject):
    """Starts tasks; whatever fails without a handler of its own goes to ``failure``."""

    def __init__(
        self, failure: Callable[[AlcoveError], None], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        sys.setswitchinterval(_TURN_SECONDS)
        self._failure = failure
        self._closed = False

    def run(
        self,
        operation: Callable[[Report[P]], T],
        success: Callable[[T], None],
        failure: Callable[[AlcoveError], None] | None = None,
        *,
        progress: Callable[[list[P]], None] | None = None,
        interval_ms: int = 100,
    ) -> Task:
        """Run ``operation(report)`` in a thread; exactly one of ``success``, ``failure`` follows.

        ``progress`` gets every reported value, in batches at least ``interval_ms`` apart.
        An exception that is no AlcoveError reaches ``sys.excepthook``, and ``failure`` gets a
        Surprise. Once closed, nothing begins: the task is returned as it is, and nothing follows.
        """
        task = Task(
            operation, success, failure or self._failure, progress, interval_ms, parent=self
        )
        if self._closed:
            task.abandon()
        else:
            task.start()
        return task

    def close(self, seconds: float = 2.0) -> None:
        """Cancel everything that runs and wait for it, ``seconds`` in all; nothing follows."""
        self._closed = True
        tasks = self.findChildren(Task)
        for task in tasks:
            task.abandon()
        deadline = time.monotonic() + seconds
        for task in tasks:
            task.wait(max(0.0, deadline - time.monotonic()))

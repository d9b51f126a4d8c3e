"""The supervisor of transfers, which the window and the command line own.

It keeps a transfer process running while the queue has work, tells what became of the items, and
starts the process again when it died. It knows no Qt and no huggingface_hub.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

from alcove.children import ending
from alcove.errors import AlcoveError, Remedy, StorageError, TransferError, reason
from alcove.hub.file_watch import FileWatch
from alcove.hub.items import Item
from alcove.hub.leases import Leases
from alcove.hub.options import TransferOptions
from alcove.hub.problems import Problem
from alcove.hub.queue import TransferQueue
from alcove.hub.worker import Crashes, Worker, environment
from alcove.i18n import _

Changed = Callable[[tuple[Item, ...]], None]
Troubled = Callable[[AlcoveError], None]

_INTERVAL_S = 0.1
_CRASHES = 5
"""So many crashes without a byte between them, and the item that ran is given up.

If none ran, the user is told, and the process is started again after a longer pause each time.
"""


class Transfers:
    """Runs the items of ``queue``, or the item ``only``, on a thread and in a process of their own.

    ``changed`` is called with all items, at most ten times a second and only if something is new;
    ``troubled`` once for each new reason why the queue cannot be read or the process does not
    start. Both are called on the supervisor's thread.
    """

    def __init__(
        self,
        queue: TransferQueue,
        options: TransferOptions,
        changed: Changed,
        troubled: Troubled,
        only: int | None = None,
    ) -> None:
        self._queue = queue
        self._leases = Leases(queue.database)
        self._options = options
        self._changed = changed
        self._troubled = troubled
        self._only = only
        self._worker: Worker | None = None
        self._crashes = Crashes()
        self._watch = FileWatch(queue.database)
        self._stored: tuple[Item, ...] = ()
        self._shown: tuple[Item, ...] | None = None
        self._trouble = ""
        self._restart = True
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="transfers", daemon=True)

    def start(self) -> None:
        """Begin to work; what an earlier run of the program left is taken up."""
        self._thread.start()

    def configure(self, options: TransferOptions) -> None:
        """Use other options from now on; what runs is begun again with them, and goes on."""
        with self._lock:
            self._restart = self._restart or options != self._options
            self._options = options

    def close(self) -> None:
        """End the transfer process; what it received is kept, and goes on at the next start."""
        self._closing.set()
        if self._thread.is_alive():
            self._thread.join()

    @property
    def pid(self) -> int | None:
        """The number of the transfer process, None while there is none."""
        worker = self._worker
        return worker.pid if worker else None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _run(self) -> None:
        try:
            while not self._closing.wait(_INTERVAL_S):
                self._step()
        finally:
            self._end_worker()

    def _step(self) -> None:
        try:
            self._listen()
            has_changed = self._watch.has_changed()
            if has_changed:
                self._stored = self._queue.items()
            self._show()
            self._apply_options()
            if has_changed:
                self._keep_working()
        except StorageError as error:
            self._tell(error)
        except OSError as error:
            self._crashes.note(None)
            self._tell(_not_started(error))

    def _apply_options(self) -> None:
        with self._lock:
            restart, options = self._restart, self._options
        if not restart:
            return
        self._end_worker()
        try:
            options.network.require()
        except AlcoveError as error:
            if self._only is None:
                self._queue.shut(Problem.of(error))
        else:
            if self._only is None:
                self._queue.open()
        with self._lock:
            self._restart = options != self._options
        self._watch.look()

    def _listen(self) -> None:
        """Take in what the process says; once it has ended, see how."""
        worker = self._worker
        if worker is None:
            return
        goes_on = worker.listen()
        if worker.problem:
            self._tell(worker.problem.error())
        if goes_on:
            return
        self._worker = None
        status = worker.end()
        if status != 0:
            self._crashed(worker, status)
        self._watch.look()

    def _crashed(self, worker: Worker, status: int | None) -> None:
        running = next((item for item in self._queue.items() if item.owner == worker.pid), None)
        if self._crashes.note(running) < _CRASHES:
            return
        error = _ended(worker.last_words or ending(status))
        if running is None:
            self._tell(error)
        else:
            Leases(self._queue.database, owner=worker.pid).fail(running.id, Problem.of(error))

    def _keep_working(self) -> None:
        """Start the process if there is work for it and it may be started now."""
        if self._worker or self._options.network.offline or not self._leases.has_work(self._only):
            return
        if not self._crashes.is_over():
            self._watch.look()
            return
        request = {
            "database": str(self._queue.database),
            "options": self._options.to_json(),
            "only": self._only,
        }
        self._worker = Worker(request, environment(self._options))

    def _show(self) -> None:
        items = self._worker.overlaid(self._stored) if self._worker else self._stored
        if items != self._shown:
            self._shown = items
            self._changed(items)

    def _tell(self, error: AlcoveError) -> None:
        """Say what is wrong, once."""
        if str(error) != self._trouble:
            self._trouble = str(error)
            self._troubled(error)

    def _end_worker(self) -> None:
        worker, self._worker = self._worker, None
        if worker:
            worker.end()


def _not_started(error: OSError) -> TransferError:
    return TransferError(
        _("The transfer process could not be started: {reason}.").format(reason=reason(error)),
        _("Close other programs, or restart the computer, then try again."),
        Remedy.RETRY,
    )


def _ended(said: str) -> TransferError:
    return TransferError(
        _("The transfer process ended unexpectedly: {reason}.").format(reason=reason(said)),
        _("Try again: what was received is kept."),
        Remedy.RETRY,
    )

"""A download as a program sees it that waits for it: it goes through the queue like all others."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import psutil

from alcove.errors import AlcoveError, Cancelled, Remedy, TransferError
from alcove.gguf.names import quantization_of
from alcove.hub.items import Item
from alcove.hub.leases import Leases
from alcove.hub.options import TransferOptions
from alcove.hub.queue import TransferQueue
from alcove.hub.runner import Runner
from alcove.hub.transfers import Transfers
from alcove.i18n import _

Report = Callable[[Item], None]

_HEARTBEAT_S = 0.2


def download(
    queue: TransferQueue, item: Item, options: TransferOptions, report: Report
) -> tuple[Path, ...]:
    """Bring ``item`` into the Hugging Face cache and return the paths of its files, in order.

    ``report`` is called at least five times a second, and at last with what is done. What it raises
    ends the waiting; the item is paused then, unless another program runs it. Raises the error with
    which the item stops, for one that can be tried again only if nothing was received yet. What was
    received stays.
    """
    options.network.require()
    waiting = _Waiting()
    transfers = Transfers(queue, options, waiting.changed, waiting.troubled, only=item.id)
    begun = False
    with transfers:
        try:
            while True:
                now = waiting.next(item)
                begun = begun or now.received_bytes > item.received_bytes
                report(now)
                if now.state == "done":
                    return now.paths
                _raise_if_stopped(now, begun=begun)
        except BaseException:
            _leave(queue, item, transfers.pid)
            raise


def is_run_elsewhere(item: Item) -> bool:
    """Whether a process downloads ``item`` at this moment."""
    return item.state == "running" and item.owner is not None and psutil.pid_exists(item.owner)


def unfinished(queue: TransferQueue, repository: str, wanted: str | None) -> Item | None:
    """Return the download of a model that is not done yet; raises StorageError.

    ``wanted`` is a quantization or a file of the repository, any if None.
    """
    name = (wanted or "").casefold()
    for item in queue.items():
        called = {file.casefold() for file in item.files}
        called |= {(quantization_of(file) or "").casefold() for file in item.files}
        if (
            item.state != "done"
            and item.repository.casefold() == repository.casefold()
            and (not name or name in called)
        ):
            return item
    return None


def discard(queue: TransferQueue, item: Item, options: TransferOptions) -> None:
    """Take ``item`` out of the queue and delete what was received; raises StorageError.

    What another process writes just now is deleted by that, once it has stopped.
    """
    queue.cancel(item.id)
    Runner(Leases(queue.database), options, lambda _message: None).sweep()


class _Waiting:
    """Hands what the supervisor says to the thread that waits."""

    def __init__(self) -> None:
        self._news = threading.Condition()
        self._items: tuple[Item, ...] | None = None
        self._trouble: AlcoveError | None = None

    def changed(self, items: tuple[Item, ...]) -> None:
        with self._news:
            self._items = items
            self._news.notify()

    def troubled(self, error: AlcoveError) -> None:
        with self._news:
            self._trouble = error
            self._news.notify()

    def next(self, item: Item) -> Item:
        """Return ``item`` as it is after a moment; raises Cancelled once the queue lacks it."""
        with self._news:
            self._news.wait(_HEARTBEAT_S)
            if self._trouble:
                raise self._trouble
            if self._items is None:
                return item
        found = next((one for one in self._items if one.id == item.id), None)
        if found is None:
            raise Cancelled
        return found


def _raise_if_stopped(item: Item, *, begun: bool) -> None:
    """Raise why ``item`` does not go on, if it does not, or might not for long."""
    if item.state == "paused" and item.why == "user":
        raise TransferError(
            _("The download of {name} was paused in another program.").format(name=item.name),
            _("Resume it there, or run the command again."),
            Remedy.RETRY,
        )
    if item.problem is None or item.state == "running":
        return
    if item.state == "failed" or item.why == "disk" or not begun:
        raise item.problem.error()


def _leave(queue: TransferQueue, item: Item, pid: int | None) -> None:
    """Pause ``item`` if it is this program's process that runs it, or nobody's."""
    now = queue.find(item.id)
    if now is not None and now.state in ("running", "waiting") and now.owner in (None, pid):
        queue.pause(item.id)

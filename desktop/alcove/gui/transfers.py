"""Downloads of the window: a queue that runs one at a time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from alcove.errors import AlcoveError, Cancelled
from alcove.gui.tasks import Report, Surprise, Task, Tasks
from alcove.network import Network

if TYPE_CHECKING:
    from alcove.catalog.model import Model, Quantization
    from alcove.hub.remote import TransferProgress


@dataclass(frozen=True)
class Transfer:
    """One download: what was asked for, and how far it is; None before the first bytes."""

    name: str
    repository: str
    file: str
    size_bytes: int
    progress: TransferProgress | None = None

    @classmethod
    def of(cls, model: Model, quantization: Quantization) -> Transfer:
        """Ask for one quantization of a catalog model."""
        return cls(
            name=f"{model.name} {quantization.name}",
            repository=quantization.repository,
            file=quantization.file,
            size_bytes=quantization.size_bytes,
        )

    def is_same(self, other: Transfer) -> bool:
        """Whether both ask for the same file."""
        return (self.repository, self.file) == (other.repository, other.file)


Fetch = Callable[[Transfer, Network, "Report[TransferProgress]"], None]
"""Brings the file of a transfer to this computer and reports its progress."""


class Transfers(QObject):
    """Runs downloads in the order they were asked for."""

    changed = Signal()
    finished = Signal(object)
    failed = Signal(object, object)

    def __init__(
        self,
        tasks: Tasks,
        network: Callable[[], Network],
        fetch: Fetch,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._network = network
        self._fetch = fetch
        self._task: Task | None = None
        self.current: Transfer | None = None
        self.waiting: tuple[Transfer, ...] = ()

    def find(self, wanted: Transfer) -> Transfer | None:
        """Return the transfer of the same file if it runs or waits."""
        running = (self.current,) if self.current else ()
        return next((one for one in (*running, *self.waiting) if one.is_same(wanted)), None)

    def start(self, transfer: Transfer) -> None:
        """Add a download to the queue, once."""
        if self.find(transfer) is None:
            self.waiting = (*self.waiting, replace(transfer, progress=None))
            self._next()
            self.changed.emit()

    def cancel(self, transfer: Transfer) -> None:
        """Stop a download or take it out of the queue; what was fetched is kept."""
        self.waiting = tuple(one for one in self.waiting if not one.is_same(transfer))
        if self._task and self.current and self.current.is_same(transfer):
            self._task.cancel()
        self.changed.emit()

    def close(self) -> None:
        """Begin no download any more; for the end of the program."""
        self.waiting = ()

    def _next(self) -> None:
        if self.current is not None or not self.waiting:
            return
        self.current, *rest = self.waiting
        self.waiting = tuple(rest)
        wanted, network = self.current, self._network()
        self._task = self._tasks.run(
            lambda report: self._fetch(wanted, network, report),
            success=lambda _none: self._end(),
            failure=self._end,
            progress=self._progressed,
        )

    def _progressed(self, values: list[TransferProgress]) -> None:
        if self.current is not None:
            self.current = replace(self.current, progress=values[-1])
            self.changed.emit()

    def _end(self, error: AlcoveError | None = None) -> None:
        ended, self.current, self._task = self.current, None, None
        self._next()
        self.changed.emit()
        if error is None:
            self.finished.emit(ended)
        elif not isinstance(error, Cancelled | Surprise):
            self.failed.emit(ended, error)


def fetch_from_hub(wanted: Transfer, network: Network, report: Report[TransferProgress]) -> None:
    """Bring a file into the Hugging Face cache; raises TransferError, HubError or Cancelled."""
    from alcove.hub.downloads import download
    from alcove.hub.items import Item, Wanted
    from alcove.hub.options import TransferOptions
    from alcove.hub.queue import TransferQueue
    from alcove.hub.remote import TransferProgress
    from alcove.paths import Paths

    def tell(item: Item) -> None:
        report(
            TransferProgress(
                item.files[0],
                item.received_bytes,
                item.size_bytes,
                item.bytes_per_second,
                item.seconds_left,
            )
        )

    queue = TransferQueue(Paths.from_environment().database)
    item = queue.add(
        Wanted(wanted.name, wanted.repository, wanted.file, size_bytes=wanted.size_bytes)
    )
    download(queue, item, TransferOptions(network), tell)

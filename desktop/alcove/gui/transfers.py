"""Downloads as the window sees them: the queue, kept up to date, and what the user does to it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal

from alcove.errors import AlcoveError
from alcove.gui.tasks import Tasks
from alcove.hub.items import Item, Wanted
from alcove.hub.options import TransferOptions
from alcove.hub.problems import Problem
from alcove.hub.queue import TransferQueue
from alcove.hub.remote import RemoteModel
from alcove.network import Network

if TYPE_CHECKING:
    from alcove.hub.transfers import Transfers as Supervisor

Command = Callable[[TransferQueue], object]


class Transfers(QObject):
    """Shows ``queue`` on the GUI thread, and changes it in tasks, one after the other.

    ``changed`` follows when items come, go or change their state or order, ``progressed`` when only
    their figures do, at most ten times a second. ``finished`` carries an Item, ``failed`` an Item
    and its AlcoveError, also where the disk is too full. ``held`` carries the OfflineError of what
    was asked for while nothing may be downloaded, ``troubled`` that of a queue that does not work.
    """

    changed = Signal()
    progressed = Signal()
    finished = Signal(object)
    failed = Signal(object, object)
    held = Signal(object)
    troubled = Signal(object)
    _seen = Signal(object)

    def __init__(
        self,
        tasks: Tasks,
        queue: TransferQueue,
        options: Callable[[], TransferOptions],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._queue = queue
        self._options = options
        self._supervisor: Supervisor | None = None
        self._commands: deque[Command] = deque()
        self._working = False
        self._known = False
        self.items: tuple[Item, ...] = ()
        """All items in their order."""
        self._seen.connect(self.show, Qt.ConnectionType.QueuedConnection)

    def open(self) -> None:
        """Take up what an earlier run left, and work from now on."""
        from alcove.hub.transfers import Transfers as Supervisor  # after the first frame

        self._supervisor = Supervisor(
            self._queue, self._options(), self._seen.emit, self.troubled.emit
        )
        self._supervisor.start()

    def close(self) -> None:
        """End the transfer process; what runs goes on at the next start."""
        self._commands.clear()
        supervisor, self._supervisor = self._supervisor, None
        if supervisor is not None:
            supervisor.close()

    def configure(self) -> None:
        """Use the options as they are now."""
        if self._supervisor is not None:
            self._supervisor.configure(self._options())

    @property
    def unfinished(self) -> tuple[Item, ...]:
        """The items that are not done, in their order."""
        return tuple(item for item in self.items if item.state != "done")

    @property
    def current(self) -> Item | None:
        """The item to speak of: the one that runs, else the first that is to."""
        order = ("running", "waiting", "paused", "failed")
        return min(self.unfinished, key=lambda item: order.index(item.state), default=None)

    def find(self, repository: str, file: str, revision: str | None = None) -> Item | None:
        """Return the item that brings a file to this computer, or has failed to.

        ``revision`` is the one that was asked for; None stands for the main branch.
        """
        return next(
            (
                item
                for item in self.unfinished
                if (item.repository, item.revision) == (repository, revision)
                and file in (item.file, *item.files)
            ),
            None,
        )

    def add(self, wanted: Wanted, model: RemoteModel | None = None) -> None:
        """Ask for a model; ``model`` is what the hub said of it, if it was asked."""
        self._begin(lambda queue: queue.add(wanted, model))

    def act(self, item: Item) -> None:
        """Do what can be done with an item that is not done: pause, resume or try it again."""
        match item.state:
            case "waiting" | "running":
                self.pause(item)
            case "paused":
                self.resume(item)
            case "failed":
                self.retry(item)

    def pause(self, *items: Item) -> None:
        """Stop items until they are resumed."""
        self._do(lambda queue: _each(queue.pause, items))

    def resume(self, *items: Item) -> None:
        """Let items go on."""
        self._begin(lambda queue: _each(queue.resume, items))

    def retry(self, item: Item) -> None:
        """Try an item again."""
        self._begin(lambda queue: queue.retry(item.id))

    def cancel(self, item: Item) -> None:
        """Take an item out, and delete what was received of it unless it is done."""
        self._do(lambda queue: queue.cancel(item.id))

    def move(self, item: Item, place: int) -> None:
        """Give an item another place among ``items``, counted without itself."""
        self._do(lambda queue: queue.move(item.id, place))

    def clear_done(self) -> None:
        """Take what is done out of the list; the models stay."""
        self._do(lambda queue: queue.clear_done())

    def show(self, items: tuple[Item, ...]) -> None:
        """Show the queue as it is now, and tell what became of its items."""
        before = {item.id: item for item in self.items}
        kinds = _kinds(self.items) != _kinds(items)
        told, self._known, self.items = self._known, True, items
        if kinds:
            self.changed.emit()
        else:
            self.progressed.emit()
        if told:
            self._tell([item for item in items if _state(before.get(item.id)) != item.state])

    def _tell(self, items: list[Item]) -> None:
        for item in items:
            if item.state == "done":
                self.finished.emit(item)
            elif item.problem is not None and (item.state == "failed" or item.why == "disk"):
                self.failed.emit(item, item.problem.error())

    def _begin(self, command: Command) -> None:
        """Do what lets items go on, and hold them where nothing may be downloaded now."""
        network = self._options().network
        self._do(lambda queue: _held(queue, command, network))

    def _do(self, command: Command) -> None:
        self._commands.append(command)
        if not self._working:
            self._next()

    def _next(self) -> None:
        self._working = bool(self._commands)
        if self._commands:
            command = self._commands.popleft()
            self._tasks.run(lambda _report: command(self._queue), self._done, self._failed)

    def _done(self, outcome: object) -> None:
        self._next()
        if isinstance(outcome, AlcoveError):
            self.held.emit(outcome)

    def _failed(self, error: AlcoveError) -> None:
        self._next()
        self.troubled.emit(error)


def _each(change: Callable[[int], None], items: tuple[Item, ...]) -> None:
    for item in items:
        change(item.id)


def _held(queue: TransferQueue, command: Command, network: Network) -> AlcoveError | None:
    """Do ``command``; if the door is shut, pause what waits and return the reason."""
    command(queue)
    try:
        network.require()
    except AlcoveError as error:
        queue.shut(Problem.of(error))
        return error
    return None


def _kinds(items: tuple[Item, ...]) -> list[tuple[object, ...]]:
    """Return what of the items is no mere figure."""
    return [
        (item.id, item.state, item.why, item.problem, item.retry_at, item.size_bytes)
        for item in items
    ]


def _state(item: Item | None) -> str:
    return item.state if item is not None else ""

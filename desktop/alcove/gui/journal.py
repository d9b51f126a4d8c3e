"""The journal of requests as the window works on it: in tasks, of which only the last counts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from alcove.errors import AlcoveError
from alcove.gui.latest import Latest
from alcove.gui.models.journal import PAGE, JournalModel
from alcove.gui.tasks import Tasks
from alcove.network.entry import Entry, Total
from alcove.network.journal import Journal


@dataclass(frozen=True)
class Glance:
    """The newest requests to a host, or all, the sums over every host, and when it was cleared."""

    newest: tuple[Entry, ...]
    totals: tuple[Total, ...]
    cleared: datetime | None


class JournalView(QObject):
    """Keeps ``model`` up to date with a Journal; ``failed`` carries an AlcoveError.

    ``exported`` carries the path and how many requests were written.
    """

    changed = Signal()
    failed = Signal(object)
    exported = Signal(object, int)

    def __init__(self, tasks: Tasks, journal: Journal, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._journal = journal
        self._reading = Latest(tasks, self)
        self._more = Latest(tasks, self)
        self._host: str | None = None
        self._afresh = True
        """Whether what is read next stands in place of all that is shown."""
        self.totals: tuple[Total, ...] = ()
        self.cleared: datetime | None = None
        self.model = JournalModel(self)
        self.model.more_wanted.connect(self._read_more)
        self.model.modelReset.connect(self._more.forget)

    def filter(self, host: str | None) -> None:
        """Show the requests to one host, or to all if None."""
        self._host, self._afresh = host, True
        self.read()

    def read(self) -> None:
        """Look at the journal again."""
        host = self._host
        self._reading.ask(
            lambda _report: Glance(
                self._journal.entries(PAGE, host=host),
                self._journal.totals(),
                self._journal.cleared(),
            ),
            self._show,
            self.failed.emit,
        )

    def clear(self) -> None:
        """Forget every request."""
        self._tasks.run(
            lambda _report: self._journal.clear(),
            lambda _none: self.filter(None),
            self.failed.emit,
        )

    def export(self, path: Path) -> None:
        """Write every request to a file."""
        self._tasks.run(
            lambda _report: self._journal.export(path),
            lambda count: self.exported.emit(path, count),
            self.failed.emit,
        )

    def _read_more(self, before: int) -> None:
        host = self._host
        self._more.ask(
            lambda _report: self._journal.entries(PAGE, before, host),
            self.model.append,
            self._fail_to_read_more,
        )

    def _fail_to_read_more(self, error: AlcoveError) -> None:
        self.model.ask_again()
        self.failed.emit(error)

    def _show(self, glance: Glance) -> None:
        self.totals, self.cleared = glance.totals, glance.cleared
        if self._afresh:
            self._afresh = False
            self.model.begin(glance.newest)
        else:
            self.model.refresh(glance.newest)
        self.changed.emit()

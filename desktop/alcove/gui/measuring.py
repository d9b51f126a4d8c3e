"""The measurement of one model's speed on this computer, on request."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from alcove.errors import AlcoveError, Cancelled
from alcove.fit.configuration import Configuration
from alcove.fit.insight import Insight
from alcove.gui.appraising import Appraising
from alcove.gui.inventory import Inventory
from alcove.gui.learning import stopped_for_chat
from alcove.gui.tasks import Report, Task, Tasks
from alcove.gui.verdicts import Subject
from alcove.hardware.machine import Machine
from alcove.i18n import _

Measure = Callable[[Subject, Configuration, Machine, Insight, Report[float]], Insight]
"""Runs slices of a model as it would be loaded; returns what is known of this computer then.

Called in a task. It reports fractions of 1, which may raise Cancelled, and raises AlcoveErrors.
"""


class Measuring(QObject):
    """Runs one measurement at a time.

    ``progressed`` carries the Subject and how much is done, None at the end; ``learned`` carries
    the new Insight; ``failed`` an AlcoveError. ``obstacle`` says why nothing can be measured now,
    empty if it can; ``hindered`` passes it on to the user.
    """

    progressed = Signal(object, object)
    learned = Signal(object)
    failed = Signal(object)
    hindered = Signal(str)

    def __init__(
        self,
        tasks: Tasks,
        inventory: Inventory,
        measure: Measure,
        obstacle: Callable[[], str] = str,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._inventory = inventory
        self._measure = measure
        self._obstacle = obstacle
        self._task: Task | None = None
        self._subject: Subject | None = None

    @property
    def work(self) -> str:
        """What keeps this computer busy, as a sentence; empty if nothing does."""
        return (
            _("The speed of a model is being measured. Try again when that has ended.")
            if self._task
            else ""
        )

    def start(self, subject: Subject, configuration: Configuration) -> None:
        """Measure a model, unless something is in the way: then ``hindered`` says so."""
        machine, insight = self._inventory.machine, self._inventory.insight
        if self._task is not None or machine is None:
            return
        if obstacle := self._obstacle():
            self.hindered.emit(obstacle)
            return
        self._subject = subject
        self.progressed.emit(subject, 0.0)

        def measure(report: Report[float]) -> Insight:
            return self._measure(subject, configuration, machine, insight, report)

        self._task = self._tasks.run(
            measure,
            self._learn,
            self._fail,
            progress=lambda fractions: self.progressed.emit(subject, fractions[-1]),
        )

    def stop(self) -> None:
        """Stop measuring; what was measured is lost."""
        if self._task is not None:
            self._task.cancel()

    def give_way(self) -> None:
        """Stop measuring if a chat needs this computer now."""
        if self._task is not None and self._obstacle():
            self.hindered.emit(stopped_for_chat())
            self._task.cancel()

    def _learn(self, insight: Insight) -> None:
        self._end()
        self.learned.emit(insight)

    def _fail(self, error: AlcoveError) -> None:
        self._end()
        if not isinstance(error, Cancelled):
            self.failed.emit(error)

    def _end(self) -> None:
        self._task = None
        self.progressed.emit(self._subject, None)


def slices_into(appraising: Appraising, database: Path, log: Path) -> Measure:
    """Return what really measures, and keeps the result in the ledger of ``database``."""

    def measure(
        subject: Subject,
        configuration: Configuration,
        machine: Machine,
        insight: Insight,
        report: Report[float],
    ) -> Insight:
        from alcove.fit.learning import keep_slices, read_insight
        from alcove.fit.ledger import Ledger

        skeleton = appraising.skeleton(subject.quantization, subject.installed)
        if skeleton is None:
            return insight  # the button is not there before the header is
        forecast = appraising.appraiser().measure(
            skeleton, configuration, machine, insight, lambda done, _words: report(done), log
        )
        ledger = Ledger(database)
        keep_slices(ledger, machine, skeleton.key, configuration, forecast)
        return read_insight(ledger, machine)

    return measure

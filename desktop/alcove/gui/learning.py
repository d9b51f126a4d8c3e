"""What the ledger knows of this computer, kept up to date; and the measurement of its speed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from alcove.errors import AlcoveError, Cancelled
from alcove.gui.appraising import Appraising
from alcove.gui.inventory import Inventory
from alcove.gui.latest import Latest
from alcove.gui.tasks import Report, Task, Tasks
from alcove.i18n import _

if TYPE_CHECKING:
    from alcove.fit.insight import Insight
    from alcove.fit.ledger import Ledger
    from alcove.fit.records import Entry, Load
    from alcove.fit.speeds import Speeds
    from alcove.hardware.machine import Machine

Calibrate = Callable[["Machine", Callable[[float, str], None]], "Speeds"]
"""Measures a computer; ``alcove.fit.calibration.calibrate`` is one, but for its log.

Called in a task. It reports a fraction of 1 and what is being done in words, which may raise
Cancelled, and raises AlcoveErrors.
"""


class LearningState(Enum):
    """Whether the speed of this computer is known."""

    UNKNOWN = "unknown"
    """The ledger was not read yet."""
    NEVER = "never"
    STALE = "stale"
    """Measured, but with other hardware or another build of llama.cpp."""
    RUNNING = "running"
    FAILED = "failed"
    DONE = "done"


@dataclass(frozen=True)
class _Known:
    """What was read; ``calibrated`` says that some computer was measured, perhaps not this one."""

    insight: Insight
    loads: tuple[Load, ...]
    calibrated: bool


class Learning(QObject):
    """Gives the inventory what is known of this computer, and measures its speed on request.

    ``changed`` follows when ``state``, ``remark`` or ``trouble`` may be others; ``progressed``
    while the computer is measured, ``calibrated`` when that has ended well; ``recorded`` when
    ``loads`` or ``entries`` are others. ``obstacle`` says why nothing can be measured now, empty
    if it can.
    """

    changed = Signal()
    progressed = Signal()
    calibrated = Signal()
    recorded = Signal()

    def __init__(
        self,
        tasks: Tasks,
        inventory: Inventory,
        database: Path,
        calibrate: Calibrate,
        obstacle: Callable[[], str] = str,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._inventory = inventory
        self._database = database
        self._calibrate = calibrate
        self._obstacle = obstacle
        self._reading = Latest(tasks, self)
        self._task: Task | None = None
        self._known: _Known | None = None
        self._key = ""
        self.failure: AlcoveError | None = None
        """Why the last measurement failed."""
        self.trouble: AlcoveError | None = None
        """Why the ledger could not be read or emptied."""
        self.remark = ""
        """Why nothing was measured, as a sentence."""
        self.fraction, self.words = 0.0, ""
        """How much of the measurement is done, and what is being done."""
        inventory.machine_changed.connect(self._look_at_machine)
        inventory.insight_changed.connect(self._look_at_insight)

    @property
    def state(self) -> LearningState:
        """Whether the speed of this computer is known."""
        if self._task is not None:
            return LearningState.RUNNING
        if self.failure is not None:
            return LearningState.FAILED
        if self._known is None:
            return LearningState.NEVER if self.trouble else LearningState.UNKNOWN
        if self._known.insight.speeds is not None:
            return LearningState.DONE
        return LearningState.STALE if self._known.calibrated else LearningState.NEVER

    @property
    def work(self) -> str:
        """What keeps this computer busy, as a sentence; empty if nothing does."""
        return (
            _("This computer is being measured. Try again when that has ended.")
            if self._task
            else ""
        )

    @property
    def speeds(self) -> Speeds | None:
        """What was measured of this computer, as it is now."""
        return self._known.insight.speeds if self._known else None

    @property
    def loads(self) -> tuple[Load, ...]:
        """The newest loads, newest first."""
        return self._known.loads if self._known else ()

    @property
    def entries(self) -> tuple[Entry, ...]:
        """The newest answers, newest first."""
        return self._known.insight.entries if self._known else ()

    def read(self) -> None:
        """Read the ledger, now or as soon as an earlier reading has ended."""
        machine = self._inventory.machine
        if machine is not None:
            operation = partial(_read, self._database, machine)
            self._reading.ask(operation, self._take, self._fail)

    def calibrate(self) -> None:
        """Measure this computer, unless something is in the way: then ``remark`` says so."""
        machine = self._inventory.machine
        if machine is None or self._task is not None:
            return
        self.remark, self.failure = self._obstacle(), None
        if not self.remark:
            self.fraction, self.words = 0.0, _("Starting")
            self._task = self._tasks.run(
                partial(
                    _calibrate_and_keep,
                    self._calibrate,
                    self._inventory.appraising,
                    machine,
                    self._database,
                ),
                self._end_well,
                self._end_badly,
                progress=self._progress,
            )
        self.changed.emit()

    def stop(self) -> None:
        """Stop measuring; what was known before still counts."""
        if self._task is not None:
            self._task.cancel()

    def give_way(self) -> None:
        """Stop measuring if a chat needs this computer now."""
        if self._task is not None and self._obstacle():
            self.remark = stopped_for_chat()
            self._task.cancel()

    def forget(self) -> None:
        """Forget the loads and answers, and what was measured of single files."""
        self._tasks.run(
            lambda _report: _ledger(self._database).clear(), lambda _none: self.read(), self._fail
        )

    def _look_at_machine(self) -> None:
        """Read anew if this is another machine; memory that came or went makes it none."""
        from alcove.fit.speeds import speeds_key

        machine = self._inventory.machine
        if machine is not None and (key := speeds_key(machine)) != self._key:
            self._key = key
            self.read()

    def _look_at_insight(self) -> None:
        """Read anew if someone else learned something: a reading on its way may not have it."""
        if self._known is None or self._inventory.insight is not self._known.insight:
            self.read()

    def _take(self, known: _Known) -> None:
        before, self._known = self._known, known
        self.trouble = None
        if self.remark and not self._obstacle():
            self.remark = ""
        if self._inventory.insight != known.insight:
            self._inventory.learn(known.insight)
        if before is None or _records(before) != _records(known):
            self.recorded.emit()
        self.changed.emit()

    def _fail(self, error: AlcoveError) -> None:
        self.trouble = error
        self.changed.emit()

    def _progress(self, values: list[tuple[float, str]]) -> None:
        self.fraction, self.words = values[-1]
        self.progressed.emit()

    def _end_well(self, known: _Known) -> None:
        self._task, self.remark = None, ""
        self._take(known)
        self.read()  # again: something may have been recorded since, or the machine be another
        self.calibrated.emit()

    def _end_badly(self, error: AlcoveError) -> None:
        self._task = None
        self.failure = None if isinstance(error, Cancelled) else error
        self.changed.emit()


def stopped_for_chat() -> str:
    """Say why a measurement ended before its time."""
    return _("The measurement stopped, because the chat needs this computer.")


# The imports below stay inside the tasks, so that the first frame does not wait for them.


def calibrate_into(log: Path) -> Calibrate:
    """Return what really measures; llama.cpp's words go to ``log``."""

    def calibrate(machine: Machine, report: Callable[[float, str], None]) -> Speeds:
        from alcove.fit.calibration import calibrate as measure

        return measure(machine, report, log)

    return calibrate


def _ledger(database: Path) -> Ledger:
    from alcove.fit.ledger import Ledger

    return Ledger(database)


def _read(database: Path, machine: Machine, _report: Report[None]) -> _Known:
    from alcove.fit.learning import read_insight

    ledger = _ledger(database)
    return _Known(read_insight(ledger, machine), ledger.loads(), ledger.is_calibrated())


def _calibrate_and_keep(
    calibrate: Calibrate,
    appraising: Appraising,
    machine: Machine,
    database: Path,
    report: Report[tuple[float, str]],
) -> _Known:
    """Measure with the memory that is free now, and with the GPUs to itself."""
    from alcove.fit.learning import keep_speeds

    appraiser = appraising.appraiser()
    now = appraiser.refreshed(machine)
    with appraiser.resting():
        speeds = calibrate(now, lambda fraction, words: report((fraction, words)))
    keep_speeds(_ledger(database), speeds)
    return _read(database, machine, lambda _none: None)


def _records(known: _Known) -> tuple[tuple[Load, ...], tuple[Entry, ...]]:
    return known.loads, known.insight.entries

"""The verdict on the model in view: made in tasks, by dry run as soon as its header is at hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QObject, QTimer, Signal

from alcove.catalog.model import Model, Quantization
from alcove.errors import AlcoveError, Cancelled, Remedy
from alcove.fit.insight import Insight
from alcove.fit.plan import Wish
from alcove.fit.result import Fit
from alcove.gui.appraising import Appraising
from alcove.gui.disk import Space, space_for
from alcove.gui.inventory import Inventory
from alcove.gui.latest import Latest
from alcove.gui.preferences import Preferences
from alcove.gui.tasks import Report, Tasks
from alcove.hardware.machine import Machine
from alcove.library.installed import InstalledModel

_GLANCE_MS = 300
"""Who looks at a model for less than that does not need its header."""


@dataclass(frozen=True)
class Subject:
    """A file of the catalog; ``installed`` is where it lies on this computer, if it does."""

    model: Model
    quantization: Quantization
    installed: InstalledModel | None

    @property
    def place(self) -> tuple[str, str]:
        """Repository and file."""
        return self.quantization.repository, self.quantization.file


@dataclass(frozen=True)
class Verdict:
    """How a file fits, and the room that its download has on the disk if it needs any."""

    fit: Fit
    space: Space | None


class Verdicts(QObject):
    """Judges one file after the other; only what was asked last counts.

    ``judged`` carries the Subject, the Wish and the Verdict. A header that is not at hand is
    fetched once while the verdict by formula stands; ``changed`` follows every change of ``busy``,
    ``received`` and ``failure``. ``learned`` carries the model whose header came.
    """

    judged = Signal(object, object, object)
    changed = Signal()
    learned = Signal(object)
    foreseen = Signal()

    def __init__(
        self,
        tasks: Tasks,
        inventory: Inventory,
        preferences: Preferences,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._inventory = inventory
        self._preferences = preferences
        self._judging = Latest(tasks, self)
        self._fetching = Latest(tasks, self)
        self._foreseeing = Latest(tasks, self)
        self._asked: tuple[Subject, Wish] | None = None
        self._failures: dict[tuple[str, str], AlcoveError] = {}
        self._had: set[tuple[str, str]] = set()
        """Whose header was fetched: where it cannot be kept, it is not fetched for ever."""
        self._glance = QTimer(self, singleShot=True, interval=_GLANCE_MS)
        self._glance.timeout.connect(self._fetch)
        self._held = False
        self.received: int | None = None
        """Bytes of the header that have come so far; None while none is fetched."""
        preferences.changed.connect(self._settings_changed)

    @property
    def busy(self) -> bool:
        """Whether a verdict, or the header for a better one, is on its way."""
        return self._judging.busy or self._fetching.busy or self._glance.isActive()

    @property
    def failure(self) -> AlcoveError | None:
        """Why the header of the file in view, or the file itself, could not be read."""
        return self._failures.get(self._asked[0].place) if self._asked else None

    def ask(self, subject: Subject, wish: Wish) -> None:
        """Judge a file as it would be loaded; ``judged`` follows, once or twice."""
        machine = self._inventory.machine
        if machine is None:
            return
        if self._asked is None or self._asked[0] != subject:
            self._failures.clear()
            self._stop_fetching()
        self._asked = (subject, wish)
        self._foreseeing.forget()  # it would only be in the way
        self._judging.ask(
            partial(
                _judge,
                self._inventory.appraising,
                subject,
                machine,
                wish,
                self._inventory.insight,
            ),
            partial(self._judged, subject, wish),
            partial(self._failed, subject),
        )

    def foresee(self, subject: Subject, wishes: Sequence[Wish]) -> None:
        """Judge a file in ways that may be asked for next, so that the answers are there then.

        The next question ends it. ``foreseen`` follows if it was not ended.
        """
        machine = self._inventory.machine
        if machine is not None:
            operation = partial(
                _foresee,
                self._inventory.appraising,
                subject,
                machine,
                tuple(wishes),
                self._inventory.insight,
            )
            self._foreseeing.ask(operation, lambda _none: self.foreseen.emit(), _leave)

    def hold(self) -> None:
        """Ask nothing of the hub until ``release``: nobody has chosen a model yet."""
        self._held = True

    def release(self) -> None:
        """Fetch headers from now on, first that of the file in view."""
        if self._held:
            self._held = False
            if self._asked is not None:
                self.ask(*self._asked)

    def retry(self) -> None:
        """Try again what failed."""
        self._failures.clear()
        if self._asked is not None and self._asked[0].installed:
            self.ask(*self._asked)
        else:
            self._fetch()

    def _judged(self, subject: Subject, wish: Wish, verdict: Verdict) -> None:
        self.judged.emit(subject, wish, verdict)
        known = verdict.fit.basis == "dry-run" or subject.installed is not None
        on_its_way = self._fetching.busy or self._glance.isActive()
        if not (known or subject.place in self._had or self._held or self.failure or on_its_way):
            self._glance.start()
        self.changed.emit()

    def _fetch(self) -> None:
        if self._asked is None:
            return
        subject, _wish = self._asked
        try:
            self._preferences.network().require()
        except AlcoveError as error:
            self._failed(subject, error)
            return
        machine, insight = self._inventory.machine, self._inventory.insight
        if machine is None:
            return
        self.received = 0
        self._fetching.ask(
            partial(_fetch, self._inventory.appraising, self._asked, machine, insight),
            lambda _fit: self._fetched(subject),
            partial(self._failed, subject),
            self._progressed,
        )
        self.changed.emit()

    def _progressed(self, received: list[int]) -> None:
        self.received = received[-1]
        self.changed.emit()

    def _fetched(self, subject: Subject) -> None:
        self.received = None
        self._had.add(subject.place)
        self.learned.emit(subject.model)
        if self._asked is not None:
            self.ask(*self._asked)
        self.changed.emit()

    def _failed(self, subject: Subject, error: AlcoveError) -> None:
        self.received = None
        if not isinstance(error, Cancelled):
            self._failures[subject.place] = error
        self.changed.emit()

    def _stop_fetching(self) -> None:
        self._glance.stop()
        self._fetching.forget()
        self.received = None

    def _settings_changed(self) -> None:
        """Try again what could not be had offline."""
        shut = self.failure is not None and Remedy.GO_ONLINE in self.failure.remedies
        if shut and not self._preferences.network().offline:
            self.retry()


def _judge(
    appraising: Appraising,
    subject: Subject,
    machine: Machine,
    wish: Wish,
    insight: Insight,
    report: Report[None],
) -> Verdict:
    appraiser = appraising.appraiser()
    report(None)
    if subject.installed is not None:
        return Verdict(appraiser.installed(subject.installed, machine, wish, insight), None)
    fit = appraiser.catalogued(subject.model, subject.quantization, machine, wish, insight)
    return Verdict(fit, space_for(subject.quantization))


def _foresee(
    appraising: Appraising,
    subject: Subject,
    machine: Machine,
    wishes: Sequence[Wish],
    insight: Insight,
    report: Report[None],
) -> None:
    """Judge again and again; what is dropped stays in the memory of the appraiser."""
    for wish in wishes:
        _judge(appraising, subject, machine, wish, insight, report)


def _leave(_error: AlcoveError) -> None:
    """Say nothing of what nobody has asked for."""


def _fetch(
    appraising: Appraising,
    asked: tuple[Subject, Wish],
    machine: Machine,
    insight: Insight,
    report: Report[int],
) -> Fit:
    """Fetch a header, and what else of it a first dry run may turn out to need."""
    subject, wish = asked
    remote = appraising.fetch(subject.quantization, report)
    return appraising.appraiser().remote(remote, machine, wish, insight)

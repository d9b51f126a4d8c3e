"""The models that the user put beside one another, until the window closes."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from alcove.fit.plan import Wish
from alcove.gui.appraising import usual_wish
from alcove.gui.inventory import Inventory
from alcove.gui.latest import Latest
from alcove.gui.tasks import Report, Tasks
from alcove.gui.verdicts import Subject

if TYPE_CHECKING:
    from alcove.fit.insight import Insight
    from alcove.gui.appraising import Appraising
    from alcove.hardware.machine import Machine
    from alcove.library.comparison import Compared

MOST = 4
"""Models that can be compared at once."""


class Comparison(QObject):
    """Holds up to four subjects, each model in one quantization.

    ``changed`` follows what goes in and out, ``compared`` carries a list of Compared, ``failed``
    an AlcoveError.
    """

    changed = Signal()
    compared = Signal(object)
    failed = Signal(object)

    def __init__(self, tasks: Tasks, inventory: Inventory, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._inventory = inventory
        self._asking = Latest(tasks, self)
        self.subjects: tuple[Subject, ...] = ()

    @property
    def is_full(self) -> bool:
        """Whether nothing more can be put in."""
        return len(self.subjects) >= MOST

    @property
    def is_enough(self) -> bool:
        """Whether there is something to compare."""
        return len(self.subjects) > 1

    def holds(self, subject: Subject) -> bool:
        """Whether the model is among those that are compared."""
        return any(one.model is subject.model for one in self.subjects)

    def toggle(self, subject: Subject) -> None:
        """Put a model in, or take it out if it is in already."""
        if self.holds(subject):
            self.subjects = tuple(one for one in self.subjects if one.model is not subject.model)
        elif not self.is_full:
            self.subjects = (*self.subjects, subject)
        self.changed.emit()

    def clear(self) -> None:
        """Take all models out."""
        self.subjects = ()
        self.changed.emit()

    def compare(self, context: int) -> None:
        """Judge all of them at one context, in tokens; ``compared`` or ``failed`` follows."""
        machine = self._inventory.machine
        if machine is None:
            return
        self._asking.ask(
            partial(
                _compare,
                self._inventory.appraising,
                self.subjects,
                machine,
                usual_wish(context),
                self._inventory.insight,
            ),
            self.compared.emit,
            self.failed.emit,
        )


def _compare(
    appraising: Appraising,
    subjects: tuple[Subject, ...],
    machine: Machine,
    wish: Wish,
    insight: Insight,
    report: Report[int],
) -> list[Compared]:
    from alcove.library.comparison import Compared

    appraiser, compared = appraising.appraiser(), []
    for number, one in enumerate(subjects):
        report(number)
        model, chosen = one.model, one.quantization
        if one.installed is not None:
            fit = appraiser.installed(one.installed, machine, wish, insight)
        else:
            fit = appraiser.catalogued(model, chosen, machine, wish, insight)
        file = f"{chosen.repository}/{chosen.file}"
        compared.append(
            Compared(model.id, model.name, file, chosen.name, chosen.size_bytes, fit, model)
        )
    return compared

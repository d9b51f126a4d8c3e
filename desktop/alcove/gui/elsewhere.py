"""Where else the model in view would run, found out beside the GUI thread."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from alcove.fit.plan import Wish
from alcove.fit.result import Fit
from alcove.gui.appraising import Appraising
from alcove.gui.latest import Latest
from alcove.gui.tasks import Report, Tasks
from alcove.gui.verdicts import Subject

if TYPE_CHECKING:
    from alcove.library.beyond import Beyond

_Question = tuple[Subject, Fit, Wish]


class ElsewhereFinder(QObject):
    """Answers for one model after the other; only what was asked last counts.

    ``found`` carries a Beyond. What cannot be found out is not said: the verdict says why.
    """

    found = Signal(object)

    def __init__(self, tasks: Tasks, appraising: Appraising, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._appraising = appraising
        self._asking = Latest(tasks, self)

    def ask(self, subject: Subject, fit: Fit, wish: Wish) -> None:
        """Find out where a file would run that fits here as ``fit`` says."""
        operation = partial(_find, self._appraising, (subject, fit, wish))
        self._asking.ask(operation, self.found.emit, lambda _error: None)

    def forget(self) -> None:
        """Drop what is on its way."""
        self._asking.forget()


def _find(appraising: Appraising, question: _Question, report: Report[int]) -> Beyond:
    from alcove.library.beyond import beyond, new_key
    from alcove.library.elsewhere import of_catalogued

    subject, fit, wish = question
    report(0)
    skeleton = appraising.expected_skeleton(subject.model, subject.quantization, subject.installed)
    model = of_catalogued(subject.model, subject.quantization, skeleton)
    return beyond(model, fit, wish, new_key())

"""The verdict on a model: the sentence, how it was come by, what to know besides, the memory."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from alcove.errors import AlcoveError, Remedy
from alcove.fit.result import Fit
from alcove.gui.fit_words import ROLES, is_refused, origin
from alcove.gui.remedies import label_of
from alcove.gui.theme import Theme
from alcove.gui.widgets.memory_legend import MemoryLegend
from alcove.gui.widgets.parts import button, column, label, row, set_role
from alcove.i18n import _
from alcove.words import gigabytes

_OFFERED = (Remedy.GO_ONLINE, Remedy.RETRY)
"""The remedies that help to read a header, best first."""


class VerdictView(QWidget):
    """Shows a fit; quiet lines below it say what is going on."""

    remedy_chosen = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._remedy: Remedy | None = None
        self.sentence = label(role="good", wrap=True)
        self.basis = label(role="caption", wrap=True)
        self.note = label(role="caption", wrap=True)
        self.remedy = button("", "link")
        self.remedy.clicked.connect(lambda: self.remedy_chosen.emit(self._remedy))
        self.remarks = label(role="muted", wrap=True)
        self._memory = MemoryLegend(theme)
        self._help = QWidget()
        self._help.setLayout(column(self.note, row(self.remedy, None), spacing=2))
        said = column(self.sentence, self.basis, self._help, spacing=4)
        layout = column(spacing=12)
        layout.addLayout(said)
        layout.addWidget(self.remarks)
        layout.addWidget(self._memory)
        self.setLayout(layout)
        self.say_news(None, None)

    def show_fit(self, fit: Fit) -> None:
        """Show a verdict."""
        self.sentence.setText(f"{fit.sentence.rstrip('.')}.")
        set_role(self.sentence, ROLES[fit.verdict])
        self.basis.setText(origin(fit))
        self.basis.setVisible(bool(self.basis.text()))
        self.remarks.setText("\n".join(fit.remarks))
        self.remarks.setVisible(bool(fit.remarks))
        self._memory.setVisible(not is_refused(fit))
        self._memory.show_fit(fit)

    def say_checking(self) -> None:
        """Say that the verdict in view is about to be replaced."""
        self.basis.setText(_("Checking with llama.cpp…"))
        self.basis.show()

    def say_news(self, received: int | None, failure: AlcoveError | None) -> None:
        """Say how much of a header was received, or why there is none."""
        remedies = failure.remedies if failure else ()
        self._remedy = next((one for one in _OFFERED if one in remedies), None)
        self.remedy.setText(label_of(self._remedy) if self._remedy else "")
        self.remedy.setVisible(self._remedy is not None)
        if received is not None:
            self.note.setText(_reading(received))
        else:
            self.note.setText(_reason(failure, self._remedy) if failure else "")
        self._help.setVisible(bool(self.note.text()))


def _reason(failure: AlcoveError, remedy: Remedy | None) -> str:
    """Say why a header could not be read; where a button says what helps, words need not."""
    return failure.cause if remedy is Remedy.GO_ONLINE else str(failure)


def _reading(received: int) -> str:
    if not received:
        return _("Reading the file's header…")
    return _("Reading the file's header… {size}").format(size=gigabytes(received))

"""The results of a run in two tables: by model, and by prompt."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from alcove.gui.models.trial_tables import (
    CellTable,
    model_cells,
    model_titles,
    prompt_cells,
    prompt_titles,
)
from alcove.gui.theme import Theme
from alcove.gui.widgets.parts import column, label
from alcove.gui.widgets.trial_table import TrialTable
from alcove.i18n import _
from alcove.trials.run import Run

_ENOUGH = 900
"""Width in pixels below which the speed of reading prompts and the votes are left out."""
_SPARE = (2, 4)


class ResultsView(QWidget):
    """``prompt_chosen`` carries the place of a prompt whose answers are asked for."""

    prompt_chosen = Signal(int)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._models = CellTable(theme.colours, self)
        self._prompts = CellTable(theme.colours, self)
        self.models = TrialTable(self._models, _("Figures of each model"), whole=True)
        self.prompts = TrialTable(self._prompts, _("Outcome of each prompt"))
        self.prompts.chosen.connect(self.prompt_chosen)
        self.prompts.clicked.connect(lambda index: self.prompt_chosen.emit(index.row()))
        self.prompts.viewport().setCursor(Qt.CursorShape.PointingHandCursor)
        self.failures = label(role="bad", wrap=True)
        self._note = label(
            _("Medians; speeds in tokens per second, of answers of 8 tokens or more."),
            "caption",
            wrap=True,
        )
        layout = column(self.models, self._note, self.failures, spacing=8)
        layout.addWidget(self.prompts, 1)
        self.setLayout(layout)
        theme.changed.connect(self._recolour)

    def show_run(self, run: Run) -> None:
        """Show a run as far as it is."""
        narrow = _SPARE if run.kind == "trial" else ()
        self.models.spare = lambda width: narrow if width < _ENOUGH else ()
        self._models.show_cells(model_titles(run), model_cells(run))
        self._prompts.show_cells(prompt_titles(run), prompt_cells(run))
        failures = [f"{one.name}: {one.failure}" for one in run.contestants if one.failure]
        self.failures.setText("\n".join(failures))
        self.failures.setVisible(bool(failures))

    def _recolour(self) -> None:
        for table in (self._models, self._prompts):
            table.recolour(self._theme.colours)

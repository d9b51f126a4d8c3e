"""A new trial: which models are asked what."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QWidget

from alcove.gui.icons import Icons
from alcove.gui.inventory import Inventory
from alcove.gui.preferences import Preferences
from alcove.gui.tasks import Tasks
from alcove.gui.theme import Theme
from alcove.gui.trials.model_choice import ModelChoice
from alcove.gui.trials.prompt_choice import PromptChoice
from alcove.gui.trials.work import TrialWork
from alcove.gui.widgets.card import card
from alcove.gui.widgets.parts import button, column, icon_button, label, row
from alcove.gui.widgets.switch import Switch
from alcove.i18n import _
from alcove.trials.sandbox.sandbox import Sandbox

_ENOUGH = 720


class TrialForm(QWidget):
    """``closed`` asks for the list of runs."""

    closed = Signal()

    def __init__(
        self,
        tasks: Tasks,
        work: TrialWork,
        inventory: Inventory,
        preferences: Preferences,
        theme: Theme,
        icons: Icons,
        obstacle: Callable[[], str] = lambda: Sandbox().obstacle,
        parent: QWidget | None = None,
    ) -> None:
        """``obstacle`` finds out, in a task, why code of answers cannot be isolated here."""
        super().__init__(parent)
        self._tasks = tasks
        self._work = work
        self._find_obstacle = obstacle
        self._sandbox_obstacle: str | None = None
        self.models = ModelChoice(inventory, preferences, theme)
        self.prompts = PromptChoice(theme)
        self.blind = Switch(_("Blind: names show once you voted"), theme)
        self.run_code = Switch(_("Run code of answers all the same"), theme)
        self.unsafe = label(role="fair", wrap=True)
        self.summary = label(role="muted", wrap=True)
        self.start = button(_("Start"), "primary")
        self.start.clicked.connect(self.begin)
        self.back = icon_button(icons, "arrow-left", _("Back to all trials"))
        self.back.clicked.connect(self.closed)
        self._lay_out()
        for changed in (self.models.changed, self.prompts.changed, work.state_changed):
            changed.connect(self._show)
        self._show()

    def _lay_out(self) -> None:
        asked = column(self.prompts, self.blind, self.unsafe, self.run_code, spacing=12)
        asked.setStretch(0, 1)
        self._cards: tuple[QFrame, ...] = (
            card(_("Models"), column(self.models)),
            card(_("Prompts"), asked),
        )
        self._beside = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._beside.setSpacing(12)
        for made in self._cards:
            self._beside.addWidget(made, 1)
        foot = row(spacing=12)
        foot.addWidget(self.summary, 1)
        foot.addWidget(self.start)
        layout = column(row(self.back, label(_("New trial"), "title"), None), spacing=16)
        layout.addLayout(self._beside, 1)
        layout.addLayout(foot)
        self.setLayout(layout)

    def begin(self) -> None:
        """Begin what was chosen."""
        trial, models = self.prompts.trial, self.models.chosen
        if trial is None or not models:
            return
        self._work.begin(
            trial,
            models,
            kind=self.prompts.kind,
            blind=self.blind.isChecked() and self.prompts.kind == "trial",
            repeats=self.prompts.repeats,
            open_allowed=self.run_code.isChecked(),
        )

    def take_focus(self) -> None:
        """Give the focus to the first model."""
        first = next(iter(self.models.boxes.values()), None)
        (first or self.back).setFocus()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        wide = self.width() >= _ENOUGH
        self._beside.setDirection(
            QBoxLayout.Direction.LeftToRight if wide else QBoxLayout.Direction.TopToBottom
        )

    def _show(self) -> None:
        trial, models = self.prompts.trial, self.models.chosen
        self.blind.setVisible(self.prompts.kind == "trial")
        self._show_sandbox(runs_code=trial is not None and trial.runs_code)
        if not models:
            said = _("Choose at least one model.")
        elif trial is None:
            said = self.prompts.obstacle or _("Choose what to ask.")
        else:
            answers = len(models) * len(trial.prompts) * self.prompts.repeats
            said = _("{count} answers, one model after the other. It may run unattended.").format(
                count=answers
            )
        self.summary.setText(self._work.work or said)
        self.start.setEnabled(bool(models) and trial is not None and not self._work.work)

    def _show_sandbox(self, *, runs_code: bool) -> None:
        """Say it where code of answers cannot be isolated here, once that is known."""
        if runs_code and self._sandbox_obstacle is None:
            self._sandbox_obstacle = ""
            self._tasks.run(lambda _report: self._find_obstacle(), self._take_obstacle)
        shown = runs_code and bool(self._sandbox_obstacle)
        self.unsafe.setVisible(shown)
        self.run_code.setVisible(shown)
        self.unsafe.setText(
            _(
                "Some answers are programs, and this computer cannot isolate them ({reason}): they "
                "are not checked, unless you let them run with your rights."
            ).format(reason=self._sandbox_obstacle)
        )

    def _take_obstacle(self, obstacle: str) -> None:
        self._sandbox_obstacle = obstacle
        self._show()

"""Trials: the same prompts over several models, and what came of it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QStackedWidget, QWidget

from alcove.errors import AlcoveError
from alcove.gui.icons import Icons
from alcove.gui.inventory import Inventory
from alcove.gui.preferences import Preferences
from alcove.gui.tasks import Tasks
from alcove.gui.theme import Theme
from alcove.gui.trials.form import TrialForm
from alcove.gui.trials.history_view import HistoryView
from alcove.gui.trials.run_view import RunView
from alcove.gui.trials.work import TrialWork
from alcove.gui.widgets.parts import column, label, set_role
from alcove.i18n import _


class TrialsPage(QWidget):
    """One of three things at a time: all runs, a new one, or one of them."""

    def __init__(
        self,
        tasks: Tasks,
        work: TrialWork,
        inventory: Inventory,
        preferences: Preferences,
        theme: Theme,
        icons: Icons,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.work = work
        self._opening = False
        self.news = label(role="muted", wrap=True)
        self.news.hide()
        self.history = HistoryView(work, icons)
        self.form = TrialForm(tasks, work, inventory, preferences, theme, icons)
        self.run = RunView(work, theme, icons)
        self.stack = QStackedWidget()
        for part in (self.history, self.form, self.run):
            self.stack.addWidget(part)
        layout = column(self.news, spacing=12)
        layout.setContentsMargins(32, 24, 24, 16)
        layout.addWidget(self.stack, 1)
        self.setLayout(layout)
        self._connect()
        work.refresh()

    def _connect(self) -> None:
        work = self.work
        self.history.opened.connect(self.open_run)
        self.history.begun.connect(self.open_form)
        self.form.closed.connect(self.open_history)
        self.run.closed.connect(self.open_history)
        work.changed.connect(self._show_run)
        work.state_changed.connect(self._forget_news)
        work.failed.connect(self._show_failure)
        work.hindered.connect(lambda sentence: self._say(sentence, "fair"))
        work.exported.connect(self._show_export)

    def take_focus(self) -> None:
        """Give the focus to what most users want first on the part that is shown."""
        shown = self.stack.currentWidget()
        if isinstance(shown, HistoryView | TrialForm):
            shown.take_focus()
        else:
            self.run.back.setFocus()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.work.refresh()

    def open_history(self) -> None:
        """Show all runs."""
        self.news.hide()
        self.stack.setCurrentWidget(self.history)
        self.work.refresh()
        self.take_focus()

    def open_form(self) -> None:
        """Show what a new run asks for."""
        self.news.hide()
        self.stack.setCurrentWidget(self.form)
        self.form.take_focus()

    def open_run(self, run: int) -> None:
        """Show a run, once it is read."""
        self.news.hide()
        self._opening = True
        self.work.show(run)

    def _show_run(self) -> None:
        begins = self.stack.currentWidget() is self.form
        if self.work.shown is not None and (self._opening or begins):
            self._opening = False
            self.stack.setCurrentWidget(self.run)
            self.run.open_part(0)
            self.take_focus()

    def _forget_news(self) -> None:
        if self.work.running is not None:
            self.news.hide()

    def _show_failure(self, error: AlcoveError) -> None:
        self._opening = False
        self._say(str(error), "bad")

    def _show_export(self, path: Path) -> None:
        self._say(_("The run was written to {path}.").format(path=path), "muted")

    def _say(self, sentence: str, role: str) -> None:
        self.news.setText(sentence)
        set_role(self.news, role)
        self.news.show()

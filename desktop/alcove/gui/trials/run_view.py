"""One run: where it is, its results and answers, and what can be done with it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QProgressBar, QPushButton, QStackedWidget, QWidget

from alcove.gui.icons import Icons
from alcove.gui.theme import Theme
from alcove.gui.trials.answers_view import AnswersView
from alcove.gui.trials.results_view import ResultsView
from alcove.gui.trials.work import TrialWork
from alcove.gui.widgets.elided_label import ElidedLabel
from alcove.gui.widgets.parts import button, column, icon_button, label, row
from alcove.i18n import _
from alcove.trials import words
from alcove.trials.run import Run
from alcove.trials.runner import Progress


class RunView(QWidget):
    """Shows the run of ``work`` that is shown; ``closed`` asks for the list of runs."""

    closed = Signal()

    def __init__(
        self, work: TrialWork, theme: Theme, icons: Icons, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._work = work
        self.results = ResultsView(theme)
        self.answers = AnswersView(theme, icons)
        self.results.prompt_chosen.connect(self._open_prompt)
        self.answers.voted.connect(work.vote)
        self._make_parts(icons)
        self._lay_out()
        work.changed.connect(self._show)
        work.progressed.connect(self._show_progress)
        work.state_changed.connect(self._show)

    def _make_parts(self, icons: Icons) -> None:
        self.back = icon_button(icons, "arrow-left", _("Back to all trials"))
        self.back.clicked.connect(self.closed)
        self.title = ElidedLabel(role="title")
        self.state = label(role="muted", wrap=True)
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.setAccessibleName(_("Answers that are there"))
        self.stop = button(_("Stop"))
        self.stop.clicked.connect(self._work.stop)
        self.go_on = button(_("Go on"), "primary")
        self.go_on.clicked.connect(lambda: self._go_on(retry=False))
        self.retry = button(_("Try failed again"))
        self.retry.clicked.connect(lambda: self._go_on(retry=True))
        self.save = button(_("Export…"))
        self.save.clicked.connect(self._choose_file)
        self.tabs = (self._tab(_("Results"), 0), self._tab(_("Answers"), 1))

    def _tab(self, text: str, number: int) -> QPushButton:
        made = button(text, "quiet")
        made.setCheckable(True)
        made.clicked.connect(lambda: self.open_part(number))
        return made

    def _lay_out(self) -> None:
        self.parts = QStackedWidget()
        self.parts.addWidget(self.results)
        self.parts.addWidget(self.answers)
        head = row(self.back, spacing=8)
        head.addWidget(self.title, 1)
        for made in (self.retry, self.save, self.stop, self.go_on):
            head.addWidget(made)
        layout = column(head, self.state, self.progress, row(*self.tabs, None), spacing=10)
        layout.addWidget(self.parts, 1)
        self.setLayout(layout)
        self.open_part(0)

    def open_part(self, number: int) -> None:
        """Show the results, 0, or the answers, 1."""
        self.parts.setCurrentIndex(number)
        for place, tab in enumerate(self.tabs):
            tab.setChecked(place == number)

    def export(self, path: Path) -> None:
        """Write the run to a file."""
        self._work.export(path)

    def _open_prompt(self, number: int) -> None:
        run = self._work.shown
        if run is not None and run.kind == "trial":
            self.answers.show_prompt(number)
            self.open_part(1)

    def _go_on(self, *, retry: bool) -> None:
        if self._work.shown is not None:
            self._work.go_on(self._work.shown.id, retry=retry)

    def _show(self) -> None:
        run = self._work.shown
        if run is None:
            return
        self.title.setText(run.trial.name)
        self.results.show_run(run)
        self.answers.show_run(run)
        self._show_state(run)
        is_trial = run.kind == "trial"
        for tab in self.tabs:
            tab.setVisible(is_trial)
        if not is_trial:
            self.open_part(0)

    def _show_state(self, run: Run) -> None:
        runs = self._work.running == run.id
        busy = self._work.running is not None
        failed = any(one.failure for one in run.contestants)
        failed = failed or any(reply.failure for reply in run.replies)
        self.stop.setVisible(runs)
        self.go_on.setVisible(not runs and not run.finished)
        self.retry.setVisible(not runs and failed)
        for made in (self.go_on, self.retry):
            made.setEnabled(not busy)
            made.setToolTip(self._work.work)
        done, total = words.share_done(run)
        self.progress.setVisible(runs)
        self.progress.setRange(0, total)
        self.progress.setValue(done)
        progress = self._work.progress
        self.state.setText(
            words.progress_line(progress) if runs and progress else _state(run, running=runs)
        )

    def _show_progress(self, progress: Progress) -> None:
        if self._work.shown is not None and self._work.shown.id == progress.run.id:
            self._show_state(self._work.shown)
            if self.answers.isVisible():
                self.answers.show_progress(progress)

    def _choose_file(self) -> None:
        dialog = QFileDialog(self, _("Write this run to a file"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilters(["Markdown (*.md)", "CSV (*.csv)", "JSON (*.json)"])
        dialog.setDefaultSuffix("md")
        dialog.filterSelected.connect(
            lambda chosen: dialog.setDefaultSuffix(chosen.rpartition(".")[2].rstrip(")"))
        )
        dialog.selectFile("alcove-trial.md")
        dialog.fileSelected.connect(lambda name: self.export(Path(name)))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()


def _state(run: Run, *, running: bool) -> str:
    done, total = words.share_done(run)
    when = f"{run.created.astimezone():%Y-%m-%d %H:%M}"
    if running:
        return _("{when} · beginning").format(when=when)
    if run.finished:
        return _("{when} · finished").format(when=when)
    return _("{when} · stopped at {done} of {total} answers").format(
        when=when, done=done, total=total
    )

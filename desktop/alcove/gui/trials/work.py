"""Trials as the window works on them: one runs at a time, in a task, and each is kept at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from alcove.errors import AlcoveError, Cancelled
from alcove.gui.latest import Latest
from alcove.gui.tasks import Report, Task, Tasks
from alcove.i18n import _
from alcove.trials.asking import asking_of
from alcove.trials.export import export
from alcove.trials.run import Heading, Kind, Run
from alcove.trials.runner import Progress, Runner
from alcove.trials.store import Entrant, TrialStore
from alcove.trials.trial import Trial

MakeRunner = Callable[[Run, bool, Callable[[float], None]], Runner]
"""Makes what runs a trial, in a task; the flag allows code to run where nothing isolates it.

It makes room first, which may take a while; the function reports, and raises Cancelled.
"""


class TrialWork(QObject):
    """Keeps the history and the run that is shown up to date.

    ``changed`` follows when another run is shown, or something of it changed; ``progressed``
    carries a Progress; ``state_changed`` follows when a run begins or ends; ``failed`` carries an
    AlcoveError, ``hindered`` a sentence that says why nothing runs, ``exported`` a Path.
    """

    history_changed = Signal()
    changed = Signal()
    progressed = Signal(object)
    state_changed = Signal()
    failed = Signal(object)
    hindered = Signal(str)
    exported = Signal(object)
    ready = Signal()
    """A run is about to begin: what else holds memory is to let go of it."""

    def __init__(
        self,
        tasks: Tasks,
        store: TrialStore,
        make: MakeRunner,
        obstacle: Callable[[], str] = str,
        parent: QObject | None = None,
    ) -> None:
        """``obstacle`` says what keeps this computer busy; empty if nothing does."""
        super().__init__(parent)
        self._tasks = tasks
        self._store = store
        self._make = make
        self._obstacle = obstacle
        self._listing = Latest(tasks, self)
        self._reading = Latest(tasks, self)
        self._task: Task | None = None
        self._runner: Runner | None = None
        self._votes: dict[tuple[int, str], int | None] = {}
        """What was voted here, by run and prompt; None where a vote was taken back."""
        self.history: tuple[Heading, ...] | None = None
        """The runs, newest first; None before they were read."""
        self.shown: Run | None = None
        self.running: int | None = None
        """The id of the run that goes on now, 0 while it is begun, None if none does."""
        self.progress: Progress | None = None

    @property
    def work(self) -> str:
        """What keeps this computer busy, as a sentence; empty if nothing does."""
        return _("A trial is running. Try again when it has ended.") if self._task else ""

    def refresh(self) -> None:
        """Read the history anew."""
        self._listing.ask(
            lambda _report: self._store.history(), self._take_history, self.failed.emit
        )

    def show(self, run: int | None) -> None:
        """Show a run, or none."""
        if run is None:
            self._reading.forget()
            self._take(None)
        else:
            self._reading.ask(lambda _report: self._store.read(run), self._take, self.failed.emit)

    def begin(
        self,
        trial: Trial,
        entrants: Sequence[Entrant],
        *,
        kind: Kind = "trial",
        blind: bool = False,
        repeats: int = 1,
        open_allowed: bool = False,
    ) -> None:
        """Begin a run and show it."""
        self._start(
            lambda: self._store.begin(trial, entrants, kind=kind, blind=blind, repeats=repeats),
            0,
            open_allowed=open_allowed,
        )

    def go_on(self, run: int, *, retry: bool = False, open_allowed: bool = False) -> None:
        """Ask what has no answer yet; ``retry``: also what failed."""

        def read() -> Run:
            if retry:
                self._store.retry(run)
            return self._store.read(run)

        self._start(read, run, open_allowed=open_allowed)

    def stop(self) -> None:
        """Stop the run; what was answered is kept."""
        if self._task is not None:
            self._task.cancel()
        if self._runner is not None:
            self._runner.stop()

    def give_way(self) -> None:
        """Stop the run if a chat needs this computer now."""
        if self._task is not None and (obstacle := self._obstacle()):
            self.stop()
            self.hindered.emit(
                _("The trial was stopped, because the chat goes first. {obstacle}").format(
                    obstacle=obstacle
                )
            )

    def vote(self, prompt: str, contestant: int | None) -> None:
        """Keep which model answered a prompt of the shown run best."""
        run = self.shown
        if run is None:
            return
        vote = (run.id, prompt)
        self._votes[vote] = contestant
        self._take(run)

        def fail(error: AlcoveError) -> None:
            self._votes.pop(vote, None)
            self._show_again(run.id)
            self.failed.emit(error)

        self._tasks.run(
            lambda _report: self._store.vote(run.id, prompt, contestant), lambda _none: None, fail
        )

    def delete(self, run: int) -> None:
        """Forget a run."""
        self._tasks.run(
            lambda _report: self._store.delete(run), lambda _none: self.refresh(), self.failed.emit
        )

    def export(self, path: Path) -> None:
        """Write the shown run to a file."""
        if (run := self.shown) is None:
            return
        self._tasks.run(
            lambda _report: export(run, path),
            lambda _none: self.exported.emit(path),
            self.failed.emit,
        )

    def _start(self, read: Callable[[], Run], run: int, *, open_allowed: bool) -> None:
        if self._task is not None:
            return
        if obstacle := self._obstacle():
            self.hindered.emit(obstacle)
            return

        def operate(report: Report[Run | Progress]) -> Run:
            begun = read()
            report(begun)
            self._runner = self._make(begun, open_allowed, lambda _fraction: report(begun))
            return self._runner.go_on(begun, asking_of(begun), report)

        self.ready.emit()
        self.running = run
        self._task = self._tasks.run(operate, self._end, self._fail, progress=self._follow)
        self.state_changed.emit()

    def _follow(self, steps: list[Run | Progress]) -> None:
        last = steps[-1]
        run = last.run if isinstance(last, Progress) else last
        begins = self.running != run.id
        if begins:
            self.running = run.id
            self._take(run)
            self.refresh()
        if isinstance(last, Progress):
            self.progress = last
            self._update(last.run)
            self.progressed.emit(last)

    def _update(self, run: Run) -> None:
        """Show what came to the shown run; the votes on it are known here, not to the runner."""
        shown = self.shown
        if shown is None or shown.id != run.id:
            return
        if (shown.replies, shown.contestants) != (run.replies, run.contestants):
            self._take(replace(run, votes=shown.votes))

    def _end(self, run: Run) -> None:
        self._settle(run.id)

    def _fail(self, error: AlcoveError) -> None:
        self._settle(self.running)
        if not isinstance(error, Cancelled):
            self.failed.emit(error)

    def _settle(self, run: int | None) -> None:
        self._task = self._runner = self.progress = self.running = None
        if run:
            self._show_again(run)
        self.refresh()
        self.state_changed.emit()

    def _show_again(self, run: int) -> None:
        """Read a run anew, if it is the one that is shown."""
        if self.shown is not None and self.shown.id == run:
            self.show(run)

    def _take(self, run: Run | None) -> None:
        self.shown = self._with_votes(run) if run else None
        self.changed.emit()

    def _with_votes(self, run: Run) -> Run:
        """Add the votes of this window: what was read, or is run, may not have the last ones."""
        votes: dict[str, int | None] = dict(run.votes)
        votes |= {prompt: vote for (of, prompt), vote in self._votes.items() if of == run.id}
        return replace(run, votes={name: vote for name, vote in votes.items() if vote is not None})

    def _take_history(self, history: tuple[Heading, ...]) -> None:
        self.history = history
        self.history_changed.emit()

"""What ``alcove bench`` and ``alcove trial`` share: models found, run with progress, shown."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import typer
from rich.table import Table

from alcove.cli import output
from alcove.cli.engines import client_of
from alcove.cli.serving import installed_or_fetched
from alcove.cli.session import Session
from alcove.errors import Cancelled, TrialError
from alcove.fit.plan import Wish
from alcove.i18n import _
from alcove.trials import words
from alcove.trials.asking import asking_of
from alcove.trials.export import export
from alcove.trials.judge import Judge
from alcove.trials.opening import Opener, Surroundings
from alcove.trials.run import Heading, Kind, Run
from alcove.trials.runner import Progress, Runner
from alcove.trials.sandbox.sandbox import Sandbox
from alcove.trials.store import Entrant, TrialStore, entrant_at, entrant_of
from alcove.trials.summary import Summary

EXPORT = typer.Option(
    None,
    "--export",
    dir_okay=False,
    help=_("Write all of it to a file: Markdown or CSV by its name, else JSON."),
)
HISTORY = typer.Option(False, "--history", help=_("List what was run earlier."))
CONTINUE = typer.Option(
    None, "--continue", metavar="RUN", help=_("Go on with an earlier run where it stopped.")
)
SHOW = typer.Option(None, "--show", metavar="RUN", help=_("Show an earlier run."))


def entrants(session: Session, targets: Sequence[str]) -> tuple[Entrant, ...]:
    """Find the models of a run; one that is not on this computer is fetched if the user agrees."""
    found = []
    for target in dict.fromkeys(targets):
        if target.startswith(("http://", "https://")) and session.link(target) is None:
            found.append(entrant_at(target))
        else:
            found.append(entrant_of(installed_or_fetched(session, target)))
    return tuple(found)


def execute(session: Session, run: Run, wish: Wish, *, open_allowed: bool = False) -> Run:
    """Ask what is left to ask, and return all of the run; Ctrl+C stops it."""
    store = TrialStore(session.paths.database)
    opener = Opener(
        Surroundings(
            session.appraiser,
            lambda: session.machine,
            lambda: session.insight,
            session.ledger,
            session.catalog,
            session.log("model"),
        ),
        lambda target: installed_or_fetched(session, target),
        lambda target: client_of(session, target),
        wish,
        speculate=run.kind == "trial",
    )
    judge = Judge(Sandbox(open_allowed=open_allowed))
    try:
        with output.measuring() as report:
            return Runner(store, opener, judge).go_on(
                run, asking_of(run), lambda progress: report(*_described(progress))
            )
    except (KeyboardInterrupt, Cancelled):
        output.note(
            _("What was answered is kept. Go on with: alcove {verb} --continue {id}").format(
                verb=run.kind, id=run.id
            )
        )
        raise Cancelled from None


def report_failures(run: Run) -> None:
    """Say which models took no part; raises TrialError where none did."""
    failures = [f"{one.name}: {one.failure}" for one in run.contestants if one.failure]
    if not any(reply.readout for reply in run.replies):
        failures += [reply.failure for reply in run.replies if reply.failure]
        raise TrialError(_("No model answered."), " ".join(dict.fromkeys(failures)))
    for failure in failures:
        output.note(failure)


def export_to(run: Run, path: Path | None) -> None:
    """Write a run to a file, if one is named."""
    if path is not None:
        export(run, path)
        output.note(_("The run was written to {path}.").format(path=path))


def show_history(session: Session, kind: Kind, *, as_json: bool) -> None:
    """List earlier runs, newest first."""
    found = TrialStore(session.paths.database).history(kind=kind)
    if as_json:
        output.document([_document(one) for one in found])
    elif found:
        titles = (_("Run"), _("When"), _("Name"), _("Models"), _("Answers"))
        rows = [
            (
                str(one.id),
                f"{one.created.astimezone():%Y-%m-%d %H:%M}",
                one.name,
                ", ".join(one.models),
                _("{asked} of {total}").format(asked=one.asked, total=one.total),
            )
            for one in found
        ]
        output.tables().print(table(titles, rows))
    else:
        output.line(_("Nothing was run yet."))


def table(
    titles: Sequence[str], rows: Sequence[Sequence[str]], figures: int | None = None
) -> Table:
    """Make a table whose columns from number ``figures`` on stand at the right."""
    made = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for number, title in enumerate(titles):
        at_right = figures is not None and number >= figures
        made.add_column(title, overflow="fold", justify="right" if at_right else "left")
    for row in rows:
        made.add_row(*row)
    return made


def speeds_of(summary: Summary) -> tuple[str, ...]:
    """Return the cells of one model's figures; see ``SPEEDS``."""
    return (
        words.speed(summary.prompt),
        words.speed(summary.generation),
        words.seconds(summary.first_token),
        words.memory(summary),
    )


def speed_titles() -> tuple[str, ...]:
    """Return the titles of what ``speeds_of`` returns."""
    return (
        _("Prompt, tokens/s"),
        _("Generation, tokens/s"),
        _("First token"),
        _("Peak memory"),
    )


def _described(progress: Progress) -> tuple[float, str]:
    done, total = words.share_done(progress.run)
    return done / total, words.progress_line(progress)


def _document(one: Heading) -> dict[str, object]:
    return {
        "id": one.id,
        "name": one.name,
        "created": one.created.isoformat(),
        "models": list(one.models),
        "asked": one.asked,
        "total": one.total,
        "finished": one.finished,
    }

"""``alcove trial``: the same prompts over several models, unattended."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import typer

from alcove.cli import output
from alcove.cli.options import CONTEXT, wish
from alcove.cli.running import (
    CONTINUE,
    EXPORT,
    HISTORY,
    SHOW,
    entrants,
    execute,
    export_to,
    report_failures,
    show_history,
    speed_titles,
    speeds_of,
    table,
)
from alcove.cli.session import Session
from alcove.i18n import _
from alcove.trials import words
from alcove.trials.export import run_document
from alcove.trials.read import find_trial, shipped_trials
from alcove.trials.run import Run
from alcove.trials.store import TrialStore
from alcove.trials.summary import summaries


def trial(
    context: typer.Context,
    file: str = typer.Argument(
        "",
        help=_(
            "A trial file, JSON or TOML, or one of the sets that come with Alcove: {names}."
        ).format(names=", ".join(shipped_trials())),
    ),
    models: str = typer.Option("", "--models", help=_("Models to ask, separated by commas.")),
    length: int | None = CONTEXT,
    max_tokens: int | None = typer.Option(
        None, "--max-tokens", min=1, help=_("Longest answer, in place of what the file says.")
    ),
    run_code: bool = typer.Option(
        False, "--run-code", help=_("Run code of answers even where it cannot be isolated.")
    ),
    history: bool = HISTORY,
    show: int | None = SHOW,
    going_on: int | None = CONTINUE,
    retry: bool = typer.Option(False, "--retry", help=_("With --continue: ask again what failed.")),
    export: Path | None = EXPORT,
    json_output: bool = typer.Option(False, "--json", help=_("Write JSON.")),
) -> None:
    """Ask several models the same, one after the other, and check their answers."""
    session: Session = context.obj
    store = TrialStore(session.paths.database)
    if history:
        show_history(session, "trial", as_json=json_output)
        return
    if show is not None:
        run = store.read(show)
    else:
        if going_on is None:
            run = _new(session, store, file, models, max_tokens)
        else:
            if retry:
                store.retry(going_on)
            run = store.read(going_on)
        asked = wish(session.settings, length, None, None, None)
        run = execute(session, run, asked, open_allowed=run_code)
    report_failures(run)
    export_to(run, export)
    if json_output:
        output.document(run_document(run))
    else:
        _show(run)


def _new(session: Session, store: TrialStore, file: str, models: str, most: int | None) -> Run:
    targets = [one.strip() for one in models.split(",") if one.strip()]
    if not file or not targets:
        raise typer.BadParameter(
            _("Name a trial file, or one of {names}, and models: --models A,B").format(
                names=", ".join(shipped_trials())
            )
        )
    found = find_trial(file)
    if most is not None:
        found = replace(found, options=replace(found.options, max_tokens=most))
    run = store.begin(found, entrants(session, targets))
    output.note(_("This is run {id}.").format(id=run.id))
    return run


def _show(run: Run) -> None:
    _show_answers(run)
    titles = (_("Model"), _("Checks passed"), *speed_titles())
    rows = [(one.contestant.name, words.passes(one), *speeds_of(one)) for one in summaries(run)]
    output.tables().print(table(titles, rows, 1))


def _show_answers(run: Run) -> None:
    """Show what became of each prompt, and why an answer is wrong."""
    titles = (_("Prompt"), *(one.name for one in run.contestants))
    rows = []
    for prompt in run.trial.prompts:
        replies = [run.of(one.id, prompt.name) for one in run.contestants]
        rows.append((prompt.name, *map(words.mark, replies)))
    output.tables().print(table(titles, rows))
    output.line()

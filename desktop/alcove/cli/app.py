"""The verbs of the command line, and the one place where their failures become exit codes."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path

import typer

import alcove
from alcove.cli import (
    bench,
    beyond,
    calibrate,
    compare,
    doctor,
    engines,
    fit,
    listing,
    models,
    output,
    privacy,
    pull,
    refresh,
    run,
    search,
    serve,
    trial,
    worth,
)
from alcove.cli.offline import with_offline
from alcove.cli.session import Session
from alcove.errors import AlcoveError, Cancelled
from alcove.i18n import _

_VERBS: dict[str, Callable[..., None]] = {
    "doctor": doctor.doctor,
    "list": listing.list_models,
    "search": search.search,
    "refresh": refresh.refresh_catalog,
    "fit": fit.fit,
    "compare": compare.compare,
    "beyond": beyond.beyond,
    "calibrate": calibrate.calibrate,
    "pull": pull.pull,
    "show": models.show,
    "rm": models.remove,
    "run": run.run,
    "serve": serve.serve,
    "bench": bench.bench,
    "trial": trial.trial,
    "connect": engines.connect,
    "worth": worth.worth,
    "privacy": privacy.privacy,
}
_FAILED = 1
_INTERRUPTED = 130
"""What typer makes of Ctrl+C."""


def execute(arguments: Sequence[str]) -> int:
    """Run one verb and return its exit code: 0 done, 1 failed, 2 wrong usage."""
    output.speak_utf8()
    session = Session()
    try:
        with session:
            _application()(list(arguments), prog_name="alcove", obj=session)
    except SystemExit as end:
        if end.code != _INTERRUPTED:
            return end.code if isinstance(end.code, int) else _FAILED
        output.note(_("Stopped."))
    except Cancelled:
        output.note(_("Stopped."))
    except AlcoveError as error:
        output.note(_("Error: {sentence}").format(sentence=error))
    except BrokenPipeError:
        # Whoever read the output is gone; let nothing be flushed to it at exit either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except Exception as error:  # the last resort: a mistake of ours, kept for a report
        output.note(_unexpected(error, session.paths.logs))
    else:
        return 0
    return _FAILED


def _unexpected(error: Exception, logs: Path) -> str:
    """Keep the traceback where the user can find it, and say so in a sentence."""
    kept = logs / "unexpected.log"
    sentence = _("Error: Alcove made a mistake ({reason}).").format(reason=error)
    try:
        logs.mkdir(parents=True, exist_ok=True)
        kept.write_text("".join(traceback.format_exception(error)), encoding="utf-8")
    except OSError:
        return sentence
    return sentence + " " + _("Please report it with the file {path}.").format(path=kept)


def _application() -> typer.Typer:
    application = typer.Typer(
        help=_("Which open models can this computer run, how well, and can I talk to one now?"),
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    application.callback(
        invoke_without_command=True,
        epilog=_(
            "Without a verb, Alcove opens its window; --self-test opens it, asks the starter "
            "model one question and quits; --screenshots DIR writes pictures of every page; "
            "--offline, before any of these or with a verb, keeps it off the network."
        ),
    )(_options)
    for name, verb in _VERBS.items():
        application.command(name)(with_offline(verb))
    return application


def _options(
    version: bool = typer.Option(False, "--version", help=_("Print the version.")),
) -> None:
    if version:
        output.line(alcove.__version__)
        raise typer.Exit

"""The verbs of the command line, and the one place where their failures become exit codes."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence

import typer

import alcove
from alcove.cli import doctor, fit, listing, models, pull, run, serve
from alcove.cli.output import line, note
from alcove.cli.session import Session
from alcove.errors import AlcoveError, Cancelled
from alcove.i18n import _

_VERBS: dict[str, Callable[..., None]] = {
    "doctor": doctor.doctor,
    "list": listing.list_models,
    "fit": fit.fit,
    "pull": pull.pull,
    "show": models.show,
    "rm": models.remove,
    "run": run.run,
    "serve": serve.serve,
}
_FAILED = 1
_INTERRUPTED = 130


def execute(arguments: Sequence[str]) -> int:
    """Run one verb and return its exit code: 0 done, 1 failed, 2 wrong usage."""
    try:
        _application()(list(arguments), prog_name="alcove", obj=Session())
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else _FAILED
    except (KeyboardInterrupt, Cancelled):
        note(_("Stopped."))
        return _INTERRUPTED
    except AlcoveError as error:
        note(_("Error: {sentence}").format(sentence=error))
        return _FAILED
    except BrokenPipeError:
        # Whoever read the output is gone; let nothing be flushed to it at exit either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _FAILED
    return 0


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
            "model one question and quits; --screenshots DIR writes pictures of every page."
        ),
    )(_options)
    for name, verb in _VERBS.items():
        application.command(name)(verb)
    return application


def _options(
    version: bool = typer.Option(False, "--version", help=_("Print the version.")),
) -> None:
    if version:
        line(alcove.__version__)
        raise typer.Exit

"""What the command line writes: results on standard output, everything else beside them."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    ProgressColumn,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from alcove.hub.items import Item
from alcove.i18n import _


def speak_utf8() -> None:
    """Write UTF-8 whatever the locale says; a terminal that cannot show a character shows "?"."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            encoding = stream.encoding if stream.isatty() else "utf-8"
            stream.reconfigure(encoding=encoding, errors="replace")


def document(value: object) -> None:
    """Write JSON."""
    line(json.dumps(value, indent=2, ensure_ascii=False))


def line(text: str = "") -> None:
    """Write one line of a result, at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def note(text: str) -> None:
    """Write a line that is no part of the result."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def tables() -> Console:
    """Return a console for tables; it folds to the terminal, and not at all in a pipe."""
    return Console(highlight=False, width=None if sys.stdout.isatty() else 200)


@contextmanager
def loading(name: str) -> Iterator[Callable[[float], None]]:
    """Show how far the loading of a model is, if someone looks."""
    progress = _progress(TextColumn("{task.description}"), BarColumn(), transient=True)
    with progress:
        task = progress.add_task(name, total=1.0)
        yield lambda fraction: progress.update(task, completed=fraction)


@contextmanager
def measuring() -> Iterator[Callable[[float, str], None]]:
    """Show how much of a measurement is done and what is being done, if someone looks."""
    progress = _progress(TextColumn("{task.description}"), BarColumn(), transient=True)
    with progress:
        task = progress.add_task("", total=1.0)
        yield lambda fraction, words: progress.update(task, completed=fraction, description=words)


@contextmanager
def transfer() -> Iterator[Callable[[Item], None]]:
    """Show how far a download is: bytes, speed and time left, or what it waits for."""
    progress = _progress(
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    said = None
    with progress:
        task = progress.add_task("", total=None)

        def report(item: Item) -> None:
            nonlocal said
            done = item.verified_bytes if item.is_verifying else item.received_bytes
            what = _("checking") if item.is_verifying else item.files[0]
            progress.update(task, description=what, completed=done, total=item.size_bytes)
            problem = item.problem if item.retry_at else None
            if problem and problem != said:
                progress.console.print(_("{cause} Trying again.").format(cause=problem.cause))
            said = problem

        yield report


def _progress(*columns: ProgressColumn, transient: bool = False) -> Progress:
    """Return a bar beside the results; in a pipe nobody sees it, and it would leave empty lines."""
    console = Console(stderr=True)
    return Progress(*columns, console=console, transient=transient, disable=not console.is_terminal)

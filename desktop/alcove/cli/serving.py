"""A model process for the command line: found or fetched, priced, loaded with progress."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import typer

from alcove.cli import output
from alcove.cli.fit import check_kv_type
from alcove.cli.pull import fetch
from alcove.cli.session import Session
from alcove.engine.process import ModelProcess
from alcove.errors import Remedy, TargetError
from alcove.i18n import _
from alcove.library.installed import InstalledModel
from alcove.library.loading import load_options, price, shape_of
from alcove.words import gigabytes


@dataclass(frozen=True)
class Loading:
    """What the user asked of a load; None leaves the choice to Alcove."""

    target: str
    context: int | None
    kv_type: str
    gpu_layers: int | None
    key: str = ""
    port: int = 0


def installed_or_fetched(session: Session, target: str) -> InstalledModel:
    """Return the model on this machine; one that is not is fetched if the user agrees."""
    found = session.resolve(target)
    if isinstance(found, InstalledModel):
        return found
    question = _("{target} is not on this computer. Download {size}?").format(
        target=target, size=gigabytes(found.size_bytes)
    )
    if sys.stdin.isatty() and typer.confirm(question, err=True):
        return fetch(session, found)
    raise TargetError(
        _("{target} is not on this computer.").format(target=target),
        _("Download it with: alcove pull {target}").format(target=target),
        Remedy.CHOOSE_MODEL,
    )


@contextmanager
def serving(session: Session, loading: Loading) -> Iterator[tuple[InstalledModel, ModelProcess]]:
    """Load a model and yield it with its process, which has ended when the block is left."""
    check_kv_type(loading.kv_type)
    model = installed_or_fetched(session, loading.target)
    shape = shape_of(model)
    wanted = loading.context or min(session.settings.context, shape.context_limit)
    fit = price(shape, session.machine, wanted, loading.kv_type, loading.gpu_layers)
    options = replace(load_options(model, fit), key=loading.key, port=loading.port)
    with output.loading(model.name) as report:
        process = ModelProcess.start(options, report, session.engine_log)
    try:
        yield model, process
    finally:
        process.stop()
    session.engine_log.unlink(missing_ok=True)  # nothing went wrong, so nobody needs it

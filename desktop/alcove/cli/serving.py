"""A model process for the command line: found or fetched, priced, loaded with progress."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import typer

from alcove.cli import output
from alcove.cli.pull import fetch
from alcove.cli.session import Session
from alcove.errors import Remedy, TargetError
from alcove.fit.plan import Wish
from alcove.i18n import _
from alcove.library.installed import InstalledModel
from alcove.library.loading import LoadedModel, Service
from alcove.words import gigabytes


@dataclass(frozen=True)
class Loading:
    """What is to be loaded, how, and for whom."""

    target: str
    wish: Wish
    service: Service
    draft: str = ""
    """The target of a smaller model that guesses tokens ahead."""


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
def serving(session: Session, loading: Loading) -> Iterator[LoadedModel]:
    """Load a model and yield it; its process has ended when the block is left."""
    model = installed_or_fetched(session, loading.target)
    draft = installed_or_fetched(session, loading.draft) if loading.draft else None
    wish = replace(loading.wish, beside_bytes=_beside(session, loading, draft))
    plan = session.appraiser.plan(model, session.machine, wish, session.insight)
    service = replace(loading.service, draft=draft.path if draft else None)
    for remark in plan.fit.remarks:
        output.note(remark)
    with output.loading(model.name) as report:
        loaded = LoadedModel.start(plan, session.ledger, report, session.log("model"), service)
    try:
        _remark(loaded)
        yield loaded
    finally:
        loaded.stop()


def _remark(loaded: LoadedModel) -> None:
    with loaded.client() as client:
        if remark := client.properties().remark:
            output.note(remark)


def _beside(session: Session, loading: Loading, draft: InstalledModel | None) -> int:
    """Return bytes that are loaded beside the model: adapters, and a smaller model."""
    adapters = sum(path.stat().st_size for path, _scale in loading.service.adapters)
    if draft is None:
        return adapters
    asked = Wish(loading.wish.context, kv_type=loading.wish.kv_type)
    fit = session.appraiser.installed(draft, session.machine, asked, session.insight)
    return adapters + fit.total_bytes

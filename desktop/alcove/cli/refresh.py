"""``alcove refresh``: sizes and files of the catalog's models, as the hub has them now."""

from __future__ import annotations

import typer

from alcove.catalog.listing import age_of, repositories_of, updated
from alcove.catalog.load import Catalog
from alcove.catalog.model import Model
from alcove.cli import output
from alcove.cli.options import JSON
from alcove.cli.session import Session
from alcove.errors import TargetError
from alcove.i18n import _, ngettext
from alcove.library.listings import Refreshed, refresh
from alcove.words import gigabytes

_IDS = typer.Argument(None, help=_("Ids of the catalog; all of its models, if not given."))


def refresh_catalog(
    context: typer.Context,
    ids: list[str] | None = _IDS,
    insist: bool = typer.Option(
        False, "--force", help=_("Ask also where the answer is less than 12 hours old.")
    ),
    json_output: bool = JSON,
) -> None:
    """Ask the hub for sizes and new quantizations of the catalog's models, and remember them."""
    session: Session = context.obj
    before = session.catalog
    models = [_model(before, name) for name in ids or ()]
    chosen = models or [*before.models, *before.out_of_reach]
    names = [name for model in chosen for name in repositories_of(model)]
    with output.measuring() as report:
        done = refresh(session.hub, session.listings, names, report, insist=insist)
    listings = session.listings.all()
    after = updated(before, listings)
    changes = {
        model.id: told
        for model in chosen
        if (told := _changes(model, after.get(model.id) or model))
    }
    if json_output:
        ages = {model.id: age_of(model, listings) for model in chosen}
        output.document(
            {
                "asked": list(done.asked),
                "failures": {name: str(error) for name, error in done.failures.items()},
                "changes": changes,
                "ages": {name: age.isoformat() if age else None for name, age in ages.items()},
            }
        )
        return
    _describe(done, changes)


def _model(catalog: Catalog, name: str) -> Model:
    if (model := catalog.get(name)) is None:
        raise TargetError(
            _("The catalog has no model called {name}.").format(name=name),
            _("See `alcove list --all`."),
        )
    return model


def _changes(before: Model, now: Model) -> list[str]:
    """Say what the hub has otherwise than the catalog had it."""
    old = {one.name: one for one in before.quantizations}
    new = {one.name: one for one in now.quantizations}
    told = [
        _("{name} is new: {size}").format(name=name, size=gigabytes(one.size_bytes))
        for name, one in new.items()
        if name not in old
    ]
    told += [_("{name} is gone").format(name=name) for name in old if name not in new]
    for name, one in new.items():
        was = old.get(name)
        if was and was.size_basis == "exact" and was.size_bytes != one.size_bytes:
            told.append(
                _("{name}: {now} instead of {before}").format(
                    name=name, now=gigabytes(one.size_bytes), before=gigabytes(was.size_bytes)
                )
            )
    return told


def _describe(done: Refreshed, changes: dict[str, list[str]]) -> None:
    for name, told in changes.items():
        output.line(f"{name}: {'; '.join(told)}")
    for name, error in done.failures.items():
        output.note(f"{name}: {error}")
    count = len(done.asked)
    output.line(
        ngettext(
            "{count} repository was asked; {changed} models changed.",
            "{count} repositories were asked; {changed} models changed.",
            count,
        ).format(count=count, changed=len(changes))
    )

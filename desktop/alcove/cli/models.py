"""``alcove show`` and ``alcove rm``: one model in detail, and deleting it."""

from __future__ import annotations

import sys
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

import typer

from alcove.catalog.listing import age_of, files_in_words
from alcove.catalog.model import Model
from alcove.catalog.obstacles import obstacle
from alcove.cli import output
from alcove.cli.documents import installed_document
from alcove.cli.inventory import described
from alcove.cli.session import Session
from alcove.errors import Cancelled, TargetError
from alcove.hub.downloads import discard, unfinished
from alcove.i18n import _
from alcove.library.installed import InstalledModel
from alcove.library.owners.names import owner_name
from alcove.library.references import Reference
from alcove.library.remove import plan_removal
from alcove.words import gigabytes, parameters, tokens


def show(
    context: typer.Context,
    target: str = typer.Argument(
        help=_("A path, a catalog id, org/repo[:QUANT], a file of it, or a link.")
    ),
    json_output: bool = typer.Option(False, "--json", help=_("Write JSON.")),
) -> None:
    """Show what is known of a model, and where it lies on this machine."""
    session: Session = context.obj
    known = session.catalog.get(target)
    out_of_reach = known is not None and known.obstacle is not None
    found = None if out_of_reach else session.find_local(target)
    installed = found if isinstance(found, InstalledModel) else None
    model = known if found is None else _in_catalog(session, found)
    if model is None and installed is None:
        raise TargetError(
            _("{target} is neither in the catalog nor on this computer.").format(target=target),
            _("Look at it with: alcove fit {target}").format(target=target),
        )
    if json_output:
        output.document(
            {
                "target": target,
                "catalog": _catalog_document(model) if model else None,
                "installed": installed_document(installed) if installed else None,
            }
        )
        return
    if model:
        _describe_model(model, age_of(model, session.known_listings()))
    if installed:
        _describe_installed(installed)


def remove(
    context: typer.Context,
    target: str = typer.Argument(help=_("The model to delete from this machine.")),
    yes: bool = typer.Option(False, "--yes", "-y", help=_("Do not ask.")),
    json_output: bool = typer.Option(False, "--json", help=_("Write JSON.")),
) -> None:
    """Delete a model that was downloaded."""
    session: Session = context.obj
    found = session.find_local(target)
    if isinstance(found, Reference):
        name, freed = target, _remove_download(session, target, found, yes=yes)
    else:
        removal = plan_removal(found, session.installed)
        if not yes:
            _confirm(found.target, removal.sentence)
        name, freed = found.target, removal.execute(session.installed)
    if json_output:
        output.document({"target": target, "freed_bytes": freed})
        return
    output.line(
        _("Deleted {name}; {size} are free again.").format(name=name, size=gigabytes(freed))
    )


def _remove_download(session: Session, target: str, wanted: Reference, *, yes: bool) -> int:
    """Delete what was received of a model that is not here as a whole; return its bytes."""
    item = unfinished(session.queue, wanted.repository, wanted.wanted)
    if item is None:
        raise TargetError(
            _("{target} is not on this computer.").format(target=target),
            _("Nothing was deleted."),
        )
    if not yes:
        partly = _("It is downloaded in part: {kept} of {size}.").format(
            kept=gigabytes(item.received_bytes), size=gigabytes(item.size_bytes)
        )
        _confirm(target, partly)
    discard(session.queue, item, session.transfer_options)
    return item.received_bytes


def _confirm(name: str, sentence: str) -> None:
    """Ask before something is deleted; raises Cancelled, or TargetError if nobody can answer."""
    if not sys.stdin.isatty():
        raise TargetError(
            _("{name} was not deleted, because nobody was there to confirm it.").format(name=name),
            _("Add --yes to delete it without being asked."),
        )
    output.note(sentence)
    if not typer.confirm(_("Delete {name}?").format(name=name), err=True):
        raise Cancelled


def _in_catalog(session: Session, found: InstalledModel | Reference) -> Model | None:
    if isinstance(found, InstalledModel):
        return session.catalog.get(found.catalog_id) if found.catalog_id else None
    known = session.catalog.find_file(found.repository, found.wanted or "")
    return known[0] if known else None


def _catalog_document(model: Model) -> dict[str, Any]:
    document = asdict(replace(model, outline=None)) | {"abilities": sorted(model.abilities)}
    del document["outline"]
    return document


def _describe_model(model: Model, asked_at: datetime | None) -> None:
    active = model.active_parameters
    size = parameters(model.parameters)
    rows = {
        _("Model"): f"{model.name} ({model.id})",
        _("Publisher"): ", ".join(filter(None, (model.publisher, model.country))),
        _("Parameters"): f"{size}, {parameters(active)} active" if active else size,
        _("Context"): tokens(model.context),
        _("Released"): model.released or _("unknown"),
        _("Licence"): ": ".join(filter(None, (model.licence.name, model.licence.conditions))),
        _("Abilities"): ", ".join(sorted(model.abilities)),
        _("Languages"): ", ".join(model.languages) or _("not stated"),
        _("Page"): model.page,
        _("Files"): files_in_words(asked_at),
    }
    if reason := obstacle(model):
        rows[_("Out of reach")] = reason
    _rows(rows)
    for quantization in model.quantizations:
        output.line(
            f"  {quantization.name:<12} {gigabytes(quantization.size_bytes):>8}  "
            f"{quantization.repository}"
        )


def _describe_installed(model: InstalledModel) -> None:
    _rows(
        {
            _("File"): str(model.path),
            _("Size"): gigabytes(model.size_bytes),
            _("Quantization"): model.quantization,
            _("Architecture"): model.architecture,
            _("Owner"): owner_name(model.source),
        }
        | ({_("Projector"): str(model.projector)} if model.projector else {})
    )
    for place in model.others:
        output.line(_("Also in {place}").format(place=described(place)))
    if model.damage:
        output.line(model.damage)


def _rows(rows: dict[str, str]) -> None:
    width = max(map(len, rows))
    for name, value in rows.items():
        output.line(f"{name:<{width}}  {value}")

"""``alcove list``: the catalog, best for this machine first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import typer
from rich.table import Table
from rich.text import Text

from alcove.catalog.model import Model
from alcove.cli import output
from alcove.cli.documents import offer_document
from alcove.cli.inventory import list_installed
from alcove.cli.options import JSON, MACHINE
from alcove.cli.session import Session
from alcove.errors import TargetError
from alcove.fit.forecast import span, speed
from alcove.fit.offer import Offer
from alcove.fit.result import Fit
from alcove.i18n import _, ngettext
from alcove.words import gigabytes, parameters, tokens

_WIDE = 120
"""Columns of a terminal from which there is room for the whole table."""


def list_models(
    context: typer.Context,
    everything: bool = typer.Option(False, "--all", help=_("Also show what does not fit.")),
    family: str = typer.Option("", "--family", help=_("Only this family, for example Qwen3.")),
    licence: Literal["commercial"] | None = typer.Option(
        None, "--licence", help=_("Only models whose licence allows commercial use.")
    ),
    limit: int = typer.Option(0, "--limit", min=0, help=_("Show at most so many; 0 is all.")),
    installed_only: bool = typer.Option(
        False, "--installed", help=_("Instead, every model file on this computer.")
    ),
    machine: str | None = MACHINE,
    json_output: bool = JSON,
) -> None:
    """List the catalog's models, best for this machine first."""
    session: Session = context.obj
    if installed_only:
        list_installed(session.installed, as_json=json_output)
        return
    session.profile = machine
    known = session.catalog.models if family else session.catalog.chat_models
    models = [model for model in known if _wanted(model, licence)]
    if family:
        models = _of_family(models, family)
    wanted = session.settings.context
    offers = session.appraiser.offers(models, session.machine, wanted, session.insight)
    shown = [offer for offer in offers if everything or offer.fit.fits]
    hidden = len(offers) - len(shown)
    shown = shown[:limit] if limit else shown
    installed = {model.catalog_id for model in session.installed if model.damage is None}
    if json_output:
        output.document(
            [offer_document(offer, installed=offer.model.id in installed) for offer in shown]
        )
        return
    console = output.tables()
    console.print(_table(shown, installed, wide=console.width >= _WIDE))
    if bases := dict.fromkeys(_bases(shown)):
        output.line(_("Speeds: {bases}.").format(bases="; ".join(bases)))
    if hidden:
        output.line(
            ngettext(
                "{count} more does not fit; --all shows it.",
                "{count} more do not fit; --all shows them.",
                hidden,
            ).format(count=hidden)
        )


def _wanted(model: Model, licence: str | None) -> bool:
    return licence is None or model.licence.commercial == "yes"


def _of_family(models: list[Model], family: str) -> list[Model]:
    found = [model for model in models if model.family.casefold() == family.casefold()]
    if not found:
        families = sorted({model.family for model in models})
        raise TargetError(
            _("The catalog has no family called {name}.").format(name=family),
            _("It has: {names}.").format(names=", ".join(families)),
        )
    return found


def _bases(offers: list[Offer]) -> Iterator[str]:
    """Say of each speed that is shown how it was come by."""
    forecasts = (offer.fit.forecast for offer in offers)
    return (forecast.basis for forecast in forecasts if forecast.generation)


def _table(offers: list[Offer], installed: set[str | None], *, wide: bool) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for title in _titles(wide=wide):
        table.add_column(title, no_wrap=title != _("Verdict"))
    for offer in offers:
        mark = " *" if offer.model.id in installed else ""
        name = Text(offer.model.id + mark, style="bold" if offer.fit.fits else "dim")
        table.add_row(name, *(_cells(offer) if wide else _narrow_cells(offer)))
    if any(offer.model.id in installed for offer in offers):
        table.caption = _("* on this computer")
        table.caption_justify = "left"
    return table


def _titles(*, wide: bool) -> tuple[str, ...]:
    if not wide:
        return _("Model"), _("Size"), _("Needs"), _("Tokens/s"), _("Verdict")
    return _("Model"), _("Size"), _("File"), _("Needs"), _("Context"), _("Speed"), _("Verdict")


def _cells(offer: Offer) -> tuple[str, ...]:
    fit = offer.fit
    return (
        parameters(offer.model.parameters),
        f"{offer.quantization.name}, {gigabytes(offer.quantization.size_bytes)}",
        gigabytes(fit.needed_bytes),
        tokens(fit.context),
        speed(fit.forecast.generation) if fit.forecast.generation else "",
        fit.sentence,
    )


def _narrow_cells(offer: Offer) -> tuple[str, ...]:
    fit = offer.fit
    return (
        parameters(offer.model.parameters),
        gigabytes(fit.needed_bytes),
        span(fit.forecast.generation) if fit.forecast.generation else "",
        _verdict(fit),
    )


def _verdict(fit: Fit) -> str:
    """Say a verdict in as few words as fit beside everything else."""
    if fit.missing_bytes:
        return _("Needs {missing} more").format(missing=gigabytes(fit.missing_bytes))
    return {
        "gpu": _("On the GPU"),
        "partial": _("Partly on the GPU"),
        "cpu": _("In memory"),
        "no": _("Cannot be loaded"),
    }[fit.verdict]

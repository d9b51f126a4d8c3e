"""``alcove list``: the catalog, best for this machine first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, get_args

import typer
from rich.text import Text

from alcove.catalog.model import Ability
from alcove.catalog.wanted import Wanted
from alcove.cli import output
from alcove.cli.conditions import Size, candidates, conditions, parse_size
from alcove.cli.documents import offer_document
from alcove.cli.inventory import list_installed
from alcove.cli.listing_table import offers_table
from alcove.cli.options import JSON, MACHINE
from alcove.cli.session import Session
from alcove.fit.offer import Offer
from alcove.fit.rank import Order, ordered, rank
from alcove.fit.standing import Step
from alcove.i18n import _, ngettext

_WIDE = 120
"""Columns of a terminal from which there is room for the whole table."""


def _parse_ability(text: str) -> str:
    if text.casefold() not in get_args(Ability):
        raise typer.BadParameter(_("one of {names}").format(names=", ".join(get_args(Ability))))
    return text.casefold()


def _parse_size(text: str) -> Size:
    try:
        return parse_size(text)
    except ValueError as error:
        raise typer.BadParameter(_("such as 8B parameters, or a file of 5GB")) from error


_SORT = typer.Option("best", "--sort", help=_("What stands first."))
_ABILITY = typer.Option(
    [],
    "--ability",
    parser=_parse_ability,
    metavar="ABILITY",
    help=_("Only models that can do this; may be given several times."),
)
_MAX_SIZE = typer.Option(
    None,
    "--max-size",
    parser=_parse_size,
    metavar="SIZE",
    help=_("At most so many parameters, such as 8B, or a file of 5GB."),
)


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
    search: str = typer.Option(
        "", "--search", help=_("Only what is called like this, misspelt or not.")
    ),
    sort: Order = _SORT,
    ability: list[str] = _ABILITY,
    country: str = typer.Option(
        "", "--country", help=_("Only publishers in this country, for example France.")
    ),
    language: str = typer.Option(
        "", "--language", help=_("Only models that state this language, for example de.")
    ),
    max_size: Size | None = _MAX_SIZE,
    machine: str | None = MACHINE,
    json_output: bool = JSON,
) -> None:
    """List the catalog's models, best for this machine first."""
    session: Session = context.obj
    if installed_only:
        downloads = () if json_output else session.queue.items()
        list_installed(session.installed, downloads, as_json=json_output)
        return
    session.profile = machine
    largest = max_size or Size()
    wanted = Wanted(
        text=search,
        family=family,
        most_parameters=largest.parameters,
        commercial=licence is not None,
        abilities=frozenset(ability),
        country=country,
        language=language,
    )
    offers = ordered(_offers(session, wanted, largest), sort)
    shown = [offer for offer in offers if everything or offer.fit.fits]
    hidden = len(offers) - len(shown)
    _show(session, shown[:limit] if limit else shown, hidden, as_json=json_output)


def _offers(session: Session, wanted: Wanted, largest: Size) -> list[Offer]:
    """Price what meets the conditions, best first."""
    catalog = session.catalog
    if not catalog.models:
        raise typer.Exit(1)  # why was said
    models = candidates(catalog, conditions(catalog, wanted))
    context = session.settings.context
    installed = () if session.profile else session.installed
    offers = session.appraiser.offers(models, session.machine, context, session.insight, installed)
    most = largest.file_bytes
    return [offer for offer in offers if most is None or offer.quantization.size_bytes <= most]


def _show(session: Session, shown: list[Offer], hidden: int, *, as_json: bool) -> None:
    installed = {model.catalog_id for model in session.installed if model.damage is None}
    if as_json:
        output.document(
            [offer_document(offer, installed=offer.model.id in installed) for offer in shown]
        )
        return
    if shown:
        _write(shown, installed)
    elif not hidden:
        output.line(_("No model meets all of that."))
    if hidden:
        output.line(
            ngettext(
                "{count} more does not fit; --all shows it.",
                "{count} more do not fit; --all shows them.",
                hidden,
            ).format(count=hidden)
        )


def _write(shown: list[Offer], installed: set[str | None]) -> None:
    console = output.tables()
    console.print(offers_table(shown, installed, wide=console.width >= _WIDE))
    best = rank(shown)[0]
    if best.standing.step == Step.USABLE:
        said = _("Best is {name}. {reason}").format(name=best.model.id, reason=best.reason)
        console.print(Text(said))
    if bases := dict.fromkeys(_bases(shown)):
        output.line(_("Speeds: {bases}.").format(bases="; ".join(bases)))


def _bases(offers: list[Offer]) -> Iterator[str]:
    """Say of each speed that is shown how it was come by."""
    forecasts = (offer.fit.forecast for offer in offers)
    return (forecast.basis for forecast in forecasts if forecast.generation)

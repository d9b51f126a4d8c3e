"""The table that ``alcove list`` writes."""

from __future__ import annotations

from collections.abc import Set

from rich.table import Table
from rich.text import Text

from alcove.fit.forecast import span, speed
from alcove.fit.offer import Offer
from alcove.fit.result import Fit
from alcove.i18n import _
from alcove.words import gigabytes, parameters, tokens


def offers_table(offers: list[Offer], installed: Set[str | None], *, wide: bool) -> Table:
    """Lay out offers; ``wide`` where a terminal has room for every column."""
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

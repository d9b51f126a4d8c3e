"""``alcove worth``: what the tokens generated here would have cost at a hosted price."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

import typer

from alcove import settings
from alcove.cli import output
from alcove.cli.options import JSON
from alcove.cli.session import Session
from alcove.fit.worth import (
    Price,
    Tally,
    cost,
    find_price,
    load_prices,
    origin,
    remembered_price,
    worth_in_words,
)
from alcove.i18n import _, ngettext

_LIST = "help"


def worth(
    context: typer.Context,
    price: str = typer.Option(
        "", "--price", help=_("A price by its name (`help` lists them), or dollars as 0.5/1.5.")
    ),
    json_output: bool = JSON,
) -> None:
    """Say what the answers that were generated here would have cost; the price is remembered."""
    session: Session = context.obj
    prices = load_prices(session.paths.prices)
    if price == _LIST:
        _list(prices, json_output)
        return
    remembered = session.settings.price
    chosen = find_price(price, prices) if price else remembered_price(remembered, prices)
    if price:
        settings.save(session.paths.settings, replace(session.settings, price=chosen.key))
    tally = session.ledger.tally()
    if json_output:
        output.document(_document(tally, chosen))
    else:
        _describe(tally, chosen)


def _list(prices: tuple[Price, ...], as_json: bool) -> None:
    if as_json:
        output.document([_price_document(price) for price in prices])
        return
    for price in prices:
        seen = f"{price.seen}, {price.source}" if price.seen else price.source or ""
        amounts = f"{price.input:g} / {price.output:g} {price.currency}"
        output.line(f"{price.name:<30} {amounts:<20} {seen}")


def _describe(tally: Tally, price: Price) -> None:
    if tally.since is None:
        output.line(_("Nothing was generated here yet."))
        return
    output.line(worth_in_words(tally, price))
    output.line(
        ngettext(
            "{count} answer since {day}.", "{count} answers since {day}.", tally.answers
        ).format(count=f"{tally.answers:,}", day=f"{tally.since.astimezone():%Y-%m-%d}")
    )
    output.line(origin(price))
    output.line(_("Prompts are counted whole, without what hosts take off for cached ones."))


def _document(tally: Tally, price: Price) -> dict[str, Any]:
    return {
        "prompt_tokens": tally.prompt_tokens,
        "completion_tokens": tally.completion_tokens,
        "answers": tally.answers,
        "since": tally.since.isoformat() if tally.since else None,
        "price": _price_document(price),
        "cost": cost(tally, price),
        "currency": price.currency,
    }


def _price_document(price: Price) -> dict[str, Any]:
    return asdict(price) | {"seen": price.seen.isoformat() if price.seen else None}

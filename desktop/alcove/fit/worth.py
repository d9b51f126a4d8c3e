"""What the tokens generated here would have cost at a hosted price."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from alcove.errors import StorageError, TargetError, reason
from alcove.i18n import _
from alcove.resources import resource

_MILLION = 1_000_000
_OWN = "USD"
_LARGEST_FILE = 1024**2


@dataclass(frozen=True)
class Price:
    """What a hosted model costs for a million tokens of input and of output.

    ``seen`` is the day on which ``source``, a page, stated it; both are None for the user's own.
    """

    name: str
    input: float
    output: float
    currency: str
    seen: date | None = None
    source: str | None = None

    @property
    def key(self) -> str:
        """What the settings know it by, and ``find_price`` reads."""
        return self.name if self.source else f"{self.input:g}/{self.output:g}"


@dataclass(frozen=True)
class Tally:
    """Tokens of all answers that were kept; ``since`` is when the first of them was."""

    prompt_tokens: int
    completion_tokens: int
    answers: int
    since: datetime | None


def cost(tally: Tally, price: Price) -> float:
    """Return what a tally would have cost, in the price's currency; prompts are counted whole."""
    asked, answered = tally.prompt_tokens * price.input, tally.completion_tokens * price.output
    return (asked + answered) / _MILLION


def money(amount: float, currency: str) -> str:
    """Write an amount: "1.24 USD", "0.0031 USD"."""
    digits = 2 if amount >= 1 or not amount else max(2, 1 - math.floor(math.log10(amount)))
    return f"{amount:,.{min(digits, 6)}f} {currency}"


def worth_in_words(tally: Tally, price: Price) -> str:
    """Say what was read and written, and what that would have cost."""
    return _("{read} tokens read and {written} written: {amount} at the price of {name}.").format(
        read=f"{tally.prompt_tokens:,}",
        written=f"{tally.completion_tokens:,}",
        amount=money(cost(tally, price), price.currency),
        name=price.name,
    )


def origin(price: Price) -> str:
    """Say what a price is, and who stated it when."""
    amounts = _(
        "{asked} {currency} for a million tokens read, {answered} for as many written"
    ).format(asked=f"{price.input:g}", answered=f"{price.output:g}", currency=price.currency)
    if price.seen is None:
        return amounts + "."
    stated = _("seen on {day}: {source}").format(day=price.seen.isoformat(), source=price.source)
    return f"{amounts}, {stated}"


def remembered_price(text: str, prices: tuple[Price, ...]) -> Price:
    """Return the price that the settings name, the first one where there is none of that name."""
    with suppress(TargetError):
        if text:
            return find_price(text, prices)
    return prices[0]


def load_prices(own: Path) -> tuple[Price, ...]:
    """Return the shipped prices and those in the user's file, which go first where names agree.

    Raises StorageError where a file has a fault.
    """
    shipped = _read(resource("prices", "prices.json"))
    added = _read(own) if own.exists() else ()
    names = {price.name.casefold() for price in added}
    return (*added, *(price for price in shipped if price.name.casefold() not in names))


def find_price(text: str, prices: tuple[Price, ...]) -> Price:
    """Return the price that ``text`` names, or that it states as "INPUT/OUTPUT" in dollars.

    Raises TargetError.
    """
    wanted = text.strip().casefold()
    for price in prices:
        if price.name.casefold() == wanted:
            return price
    if (stated := _stated(text)) is not None:
        return stated
    begun = [price for price in prices if wanted and wanted in price.name.casefold()]
    if len(begun) == 1:
        return begun[0]
    names = ", ".join(price.name for price in begun or prices)
    raise TargetError(
        _("No price is called {name}.").format(name=text),
        _("There are {names}; or give dollars for a million tokens, as 0.5/1.5.").format(
            names=names
        ),
    )


def own_price(asked: float, answered: float) -> Price:
    """Return a price that the user states, in dollars for a million tokens."""
    return Price(_("your own price"), asked, answered, _OWN)


def _stated(text: str) -> Price | None:
    asked, slash, answered = text.partition("/")
    try:
        amounts = float(asked), float(answered)
    except ValueError:
        return None
    plausible = all(0 <= amount < _MILLION for amount in amounts)
    return own_price(*amounts) if slash and plausible else None


def _read(path: Path) -> tuple[Price, ...]:
    try:
        if path.stat().st_size > _LARGEST_FILE:
            raise ValueError(_("it is larger than 1 MB"))
        document = json.loads(path.read_bytes())
        return tuple(_price(each) for each in document["prices"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise StorageError(
            _("The prices in {path} cannot be read: {reason}.").format(
                path=path, reason=reason(error)
            ),
            _("Mend the file or delete it: each price has a name, input, output, currency."),
        ) from error


def _price(document: Mapping[str, Any]) -> Price:
    amounts = float(document["input"]), float(document["output"])
    if not all(0 <= amount < _MILLION for amount in amounts):
        raise ValueError(_("a price is no amount of money"))
    seen = document.get("date")
    return Price(
        name=str(document["name"]),
        input=amounts[0],
        output=amounts[1],
        currency=str(document.get("currency", _OWN)),
        seen=date.fromisoformat(seen) if seen else None,
        source=str(document.get("source", _("your own file"))),
    )

"""What answers would have cost: prices with their sources, the user's own, and the tally."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from alcove.errors import StorageError, TargetError
from alcove.fit.ledger import Ledger
from alcove.fit.worth import (
    Tally,
    cost,
    find_price,
    load_prices,
    money,
    origin,
    own_price,
    remembered_price,
)

NOWHERE = Path("nowhere.json")


def tally(read: int, written: int) -> Tally:
    return Tally(read, written, 1, datetime(2026, 11, 1, tzinfo=UTC))


def test_every_shipped_price_says_where_and_when_it_was_seen() -> None:
    prices = load_prices(NOWHERE)
    assert len({price.name for price in prices}) == len(prices) > 3
    for price in prices:
        assert price.seen is not None
        assert price.source is not None
        assert price.source.startswith("https://")
        assert 0 < price.input <= price.output
        assert price.source in origin(price)


def test_a_million_tokens_cost_the_price() -> None:
    assert cost(tally(1_000_000, 0), own_price(0.5, 1.5)) == 0.5
    assert cost(tally(0, 2_000_000), own_price(0.5, 1.5)) == 3.0


@pytest.mark.parametrize(
    ("amount", "said"),
    [(0, "0.00 USD"), (1234.5, "1,234.50 USD"), (0.0123, "0.012 USD"), (0.0000001, "0.000000 USD")],
)
def test_amounts_in_words(amount: float, said: str) -> None:
    assert money(amount, "USD") == said


def test_a_price_is_found_by_its_name_a_part_of_it_or_stated() -> None:
    prices = load_prices(NOWHERE)
    assert find_price(prices[1].name.upper(), prices) == prices[1]
    assert find_price("gpt-oss", prices).name.startswith("gpt-oss 120B")
    stated = find_price("0.25/2", prices)
    assert (stated.input, stated.output, stated.source) == (0.25, 2.0, None)
    assert find_price(stated.key, prices) == stated
    assert remembered_price("gone", prices) == prices[0]


@pytest.mark.parametrize("text", ["nothing", "1/", "/", "-1/2", "nan/1", "1/1e30", "deepinfra", ""])
def test_what_is_no_price_is_said(text: str) -> None:
    with pytest.raises(TargetError, match="No price is called"):
        find_price(text, load_prices(NOWHERE))


def test_the_users_file_adds_prices_and_goes_first(tmp_path: Path) -> None:
    own = tmp_path / "prices.json"
    shipped = load_prices(own)
    mine = {"name": shipped[0].name, "input": 9, "output": 9, "currency": "EUR"}
    own.write_text(json.dumps({"prices": [mine, {**mine, "name": "Mine"}]}))
    prices = load_prices(own)
    assert len(prices) == len(shipped) + 1
    assert find_price(shipped[0].name, prices).currency == "EUR"


@pytest.mark.parametrize(
    "content",
    [
        *(b"", b"[]", b"{}", b"\xff", b"[" * 100_000, b'{"prices": 3}'),
        b'{"prices": [{"name": "a"}]}',
        b'{"prices": [{"name": "a", "input": -1, "output": 2}]}',
    ],
)
def test_a_broken_file_of_prices_is_said(tmp_path: Path, content: bytes) -> None:
    own = tmp_path / "prices.json"
    own.write_bytes(content)
    with pytest.raises(StorageError, match=r"prices in .* cannot be read"):
        load_prices(own)


def test_a_ledger_without_answers_has_no_first_day(tmp_path: Path) -> None:
    assert Ledger(tmp_path / "alcove.db").tally() == Tally(0, 0, 0, None)

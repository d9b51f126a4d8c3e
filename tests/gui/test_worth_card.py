"""The card of System that says what answers would have cost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from pytestqt.qtbot import QtBot

from alcove.fit.ledger import Ledger
from alcove.gui.preferences import Preferences
from alcove.gui.sample_ledger import keep_sample
from alcove.gui.tasks import Tasks
from alcove.gui.theme import Theme
from alcove.gui.widgets.worth_card import WorthCard
from alcove.hardware.machine import Machine
from alcove.paths import Paths


@pytest.fixture
def card(qtbot: QtBot, tasks: Tasks, preferences: Preferences, theme: Theme) -> WorthCard:
    made = WorthCard(tasks, Paths.from_environment(), preferences, theme)
    qtbot.addWidget(made)
    return made


def test_nothing_generated_has_no_price(qtbot: QtBot, card: WorthCard) -> None:
    with qtbot.waitExposed(card):
        card.show()
    assert card.sentence.text() == "Nothing was generated here yet."
    assert not card.prices.isVisible()


def test_a_price_is_chosen_or_stated_and_remembered(
    qtbot: QtBot,
    card: WorthCard,
    preferences: Preferences,
    machine_with: Callable[..., Machine],
) -> None:
    ledger = Ledger(Paths.from_environment().database)
    keep_sample(ledger, machine_with(16))
    tally = ledger.tally()
    assert tally.since is not None
    assert tally.since < datetime.now(UTC)
    with qtbot.waitExposed(card):
        card.show()
    qtbot.waitUntil(card.prices.isVisible)
    card.prices.setCurrentIndex(1)
    assert preferences.settings.price == card.prices.currentText()
    assert "https://" in card.origin.text()
    assert not card.asked.isVisible()
    card.prices.setCurrentIndex(card.prices.count() - 1)
    assert card.asked.isVisible()
    card.asked.setValue(1000.0)
    card.answered.setValue(2000.0)
    assert preferences.settings.price == "1000/2000"
    dollars = (tally.prompt_tokens * 1000 + tally.completion_tokens * 2000) / 1_000_000
    assert card.figure.text() == f"{dollars:,.2f} USD"
    card.hide()
    card.show()
    qtbot.waitUntil(lambda: card.asked.value() == 1000.0)


def test_a_broken_file_of_prices_is_said(qtbot: QtBot, card: WorthCard) -> None:
    prices = Paths.from_environment().prices
    prices.parent.mkdir(parents=True, exist_ok=True)
    prices.write_text("nonsense")
    card.show()
    qtbot.waitUntil(lambda: "cannot be read" in card.sentence.text())

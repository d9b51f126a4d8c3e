"""The Discover page finds, filters and sorts, by mouse and by keyboard."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QPushButton
from pytestqt.qtbot import QtBot

from alcove.catalog.load import Catalog
from alcove.errors import StorageError
from alcove.gui.inventory import Inventory
from alcove.gui.pages.discover import DiscoverPage
from alcove.hardware.machine import Machine
from gui.discover.rows import all_rows, current


@pytest.fixture
def found(priced: DiscoverPage, inventory: Inventory) -> DiscoverPage:
    """The page with the conditions that its catalog offers."""
    inventory.catalog_changed.emit()
    return priced


def names(page: DiscoverPage) -> list[str]:
    return [row.offer.model.id for row in all_rows(page)]


def test_a_misspelt_name_finds_what_is_meant(qtbot: QtBot, found: DiscoverPage) -> None:
    qtbot.keyClicks(found.bar.search, "Deapseek")
    assert {row.publisher for row in all_rows(found)} == {"DeepSeek"}
    qtbot.waitUntil(lambda: found.detail.model is current(found).offer.model, timeout=20_000)


def test_the_pane_says_why_a_model_stands_where_it_does(found: DiscoverPage) -> None:
    found.select("qwen3-8b")
    assert found.detail.reason.text() == current(found).offer.reason
    assert found.detail.reason.text().startswith("Quality from 6 published figures")


def test_conditions_are_folded_away_until_they_are_asked_for(
    qtbot: QtBot, found: DiscoverPage
) -> None:
    bar = found.bar
    assert not bar.filters.isVisible()
    qtbot.mouseClick(bar.fold, Qt.MouseButton.LeftButton)
    assert bar.filters.isVisible()
    qtbot.mouseClick(bar.filters.abilities["vision"], Qt.MouseButton.LeftButton)
    qtbot.mouseClick(bar.filters.commercial, Qt.MouseButton.LeftButton)
    bar.filters.sizes.setCurrentIndex(bar.filters.sizes.findData(10**10))
    for row in all_rows(found):
        assert "vision" in row.offer.model.abilities
        assert row.offer.model.licence.commercial == "yes"
        assert row.offer.model.parameters <= 10**10
    count = found.offers.rowCount()
    assert bar.summary.text() == f"{count} models: Up to 10B · Vision · Commercial use"
    assert bar.fold.text() == "Filters · 3"

    qtbot.mouseClick(bar.clear, Qt.MouseButton.LeftButton)
    assert found.offers.rowCount() > count
    assert bar.fold.text() == "Filters"
    assert not bar.clear.isVisible()


def test_country_and_language_narrow_the_list(found: DiscoverPage) -> None:
    filters = found.bar.filters
    filters.countries.setCurrentIndex(filters.countries.findData("France"))
    assert {row.offer.model.country for row in all_rows(found)} <= {"France", "USA/France"}
    filters.languages.setCurrentIndex(filters.languages.findData("de"))
    assert filters.languages.currentText() == "German"
    assert all("de" in row.offer.model.languages for row in all_rows(found))
    assert found.offers.rowCount()


def test_what_was_chosen_survives_another_look_at_the_catalog(
    found: DiscoverPage, inventory: Inventory
) -> None:
    families = found.bar.filters.families
    families.setCurrentIndex(families.findData("Gemma 3"))
    inventory.catalog_changed.emit()
    assert families.currentData() == "Gemma 3"
    assert {row.offer.model.family for row in all_rows(found)} == {"Gemma 3"}


def test_a_search_without_a_match_takes_search_and_conditions_away(
    qtbot: QtBot, found: DiscoverPage
) -> None:
    families = found.bar.filters.families
    families.setCurrentIndex(families.findData("Gemma 3"))
    qtbot.keyClicks(found.bar.search, "qwen")
    assert found.empty.isVisible()
    qtbot.mouseClick(found.empty.button, Qt.MouseButton.LeftButton)
    assert found.list.isVisible()
    assert not found.bar.narrows


def test_the_list_is_sorted_as_it_is_asked_to(found: DiscoverPage) -> None:
    best = names(found)
    orders = found.bar.orders
    for order, key in {
        "speed": lambda row: -row.offer.fit.forecast.generation.expected,
        "size": lambda row: row.offer.quantization.size_bytes,
        "quality": lambda row: -row.offer.standing.quantized,
    }.items():
        orders.setCurrentIndex(orders.findData(order))
        keys = [key(row) for row in all_rows(found)]
        assert keys == sorted(keys)
        assert sorted(names(found)) == sorted(best)
        assert found.list.verticalScrollBar().value() == 0
    orders.setCurrentIndex(orders.findData("best"))
    assert names(found) == best


def test_what_is_looked_at_stays_while_the_list_is_narrowed_around_it(
    qtbot: QtBot, found: DiscoverPage
) -> None:
    qwen = next(n for n, row in enumerate(all_rows(found)) if "Qwen" in row.name and n > 2)
    found.list.setCurrentIndex(found.offers.index(qwen))
    chosen = found.detail.model
    qtbot.keyClicks(found.bar.search, "qwen")
    assert current(found).offer.model is chosen
    found.bar.search.clear()
    assert found.detail.model is chosen
    assert current(found).offer.model is chosen


def test_the_best_match_is_followed_until_something_is_chosen(
    qtbot: QtBot, found: DiscoverPage
) -> None:
    qtbot.keyClicks(found.bar.search, "gemma")
    assert found.list.currentIndex().row() == 0
    qtbot.waitUntil(lambda: found.detail.model is all_rows(found)[0].offer.model, timeout=20_000)
    found.bar.search.clear()
    assert found.list.currentIndex().row() == 0
    qtbot.waitUntil(lambda: found.detail.model is all_rows(found)[0].offer.model, timeout=20_000)


def test_everything_is_reached_by_keyboard_and_has_a_name(found: DiscoverPage) -> None:
    found.bar.fold.setChecked(True)
    for widget in found.bar.findChildren(QPushButton) + found.bar.findChildren(QComboBox):
        assert widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        assert widget.accessibleName() or (isinstance(widget, QPushButton) and widget.text())
    found.bar.filters.commercial.setFocus()
    QTest.keyClick(found.bar.filters.commercial, Qt.Key.Key_Space)
    assert found.bar.wanted.commercial
    found.bar.orders.setFocus()
    QTest.keyClick(found.bar.orders, Qt.Key.Key_Down)
    assert found.bar.orders.currentData() == "quality"


def test_a_catalog_that_cannot_be_read_is_told_of(page: DiscoverPage, inventory: Inventory) -> None:
    inventory.catalog = Catalog((), faults=(StorageError("It is torn.", "Sew it."),))
    inventory.catalog_changed.emit()
    assert page.empty.heading == "The list of models cannot be read"
    assert not page.empty.button.isVisible()


def test_models_of_other_computers_can_be_searched_too(
    qtbot: QtBot,
    found: DiscoverPage,
    inventory: Inventory,
    machine_with: Callable[..., Machine],
) -> None:
    inventory.machine = machine_with(3)
    with qtbot.waitSignal(found.priced, timeout=20_000):
        found.price()
    qtbot.keyClicks(found.bar.search, "kimi k2")
    assert found.empty.isVisible()
    found.bar.unfit.setChecked(True)
    assert {row.offer.model.family for row in all_rows(found)} == {"Kimi"}

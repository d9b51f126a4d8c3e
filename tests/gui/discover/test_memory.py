"""The Discover page follows the memory that is free, and keeps what the user looks at."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from alcove.engine.load import DeviceTaken, ProcessMemory
from alcove.gui.icons import Icons
from alcove.gui.inventory import Inventory
from alcove.gui.models.offers import RowRole
from alcove.gui.pages.discover import DiscoverPage
from alcove.gui.preferences import Preferences
from alcove.gui.tasks import Tasks
from alcove.gui.theme import Theme
from alcove.gui.transfers import Transfers
from alcove.hardware.machine import Machine
from gui.discover.rows import all_rows, current


def test_free_memory_is_watched_only_while_the_page_is_seen(
    qtbot: QtBot,
    tasks: Tasks,
    inventory: Inventory,
    preferences: Preferences,
    transfers: Transfers,
    theme: Theme,
    icons: Icons,
) -> None:
    page = DiscoverPage(tasks, inventory, preferences, transfers, theme, icons, every_ms=10)
    qtbot.addWidget(page)
    assert not page.watch.active
    with qtbot.waitSignals([inventory.memory_seen] * 3, timeout=20_000):
        page.show()
    page.hide()
    assert not page.watch.active


def test_the_list_is_priced_anew_only_when_memory_really_changed(
    qtbot: QtBot, priced: DiscoverPage, inventory: Inventory, appraising: Any
) -> None:
    assert inventory.machine is not None
    free = inventory.machine.memory.available_bytes
    with (
        qtbot.assertNotEmitted(inventory.machine_changed),
        qtbot.waitSignal(inventory.memory_seen, timeout=20_000),
    ):
        appraising.made.available = [free - 10**8]
        inventory.refresh_memory()
    with qtbot.waitSignal(priced.priced, timeout=20_000):
        appraising.made.available = [free // 2]
        inventory.refresh_memory()
    assert {row.offer.fit.devices[-1].free_bytes for row in all_rows(priced)} == {free // 2}


def test_new_prices_keep_the_place_in_the_list(
    qtbot: QtBot, priced: DiscoverPage, inventory: Inventory, appraising: Any
) -> None:
    chosen = priced.offers.index(3, 0).data(RowRole).offer.model.id
    priced.list.setCurrentIndex(priced.offers.index(3, 0))
    place = priced.list.verticalScrollBar().maximum()
    priced.list.verticalScrollBar().setValue(place)
    with qtbot.waitSignal(priced.priced, timeout=20_000):
        appraising.made.available = [inventory.machine.memory.available_bytes * 2]  # type: ignore[union-attr]
        inventory.refresh_memory()
    assert current(priced).offer.model.id == chosen
    assert priced.detail.model is current(priced).offer.model
    assert priced.list.verticalScrollBar().value() >= place


def test_memory_that_the_loaded_model_gives_back_is_counted_and_said(
    qtbot: QtBot, priced: DiscoverPage, inventory: Inventory, appraising: Any
) -> None:
    held = ProcessMemory(2 * 10**9, (DeviceTaken("CUDA0", None, 3 * 10**9),))
    with qtbot.waitSignal(inventory.memory_seen, timeout=20_000):
        inventory.held = held
    assert appraising.made.returned[-1] == held
    said = [one.text() for one in priced.findChildren(QLabel)]
    assert any("counting 5.0 GB that the loaded model gives back" in one for one in said)


def test_a_model_that_ceases_to_fit_stays_while_it_is_looked_at(
    qtbot: QtBot, priced: DiscoverPage, inventory: Inventory, appraising: Any
) -> None:
    largest = max(
        range(priced.offers.rowCount()),
        key=lambda n: priced.offers.index(n, 0).data(RowRole).offer.fit.total_bytes,
    )
    priced.list.setCurrentIndex(priced.offers.index(largest, 0))
    chosen = priced.detail.model
    with qtbot.waitSignals([priced.priced, priced.detail.shown], timeout=20_000):
        appraising.made.available = [2 * 10**9]
        inventory.refresh_memory()
    assert priced.detail.model is chosen
    assert "Needs" in current(priced).sentence
    qtbot.keyClicks(priced.bar.search, "a")
    assert all(row.offer.fit.fits for row in all_rows(priced))


def test_the_best_is_followed_until_the_user_looks_at_something(
    qtbot: QtBot, priced: DiscoverPage, inventory: Inventory, machine_with: Callable[..., Machine]
) -> None:
    first = current(priced).offer.model.id
    inventory.machine = machine_with(64, 48)
    with qtbot.waitSignal(priced.priced, timeout=20_000):
        inventory.learn(inventory.insight)
    assert priced.list.currentIndex().row() == 0
    best = current(priced).offer.model.id
    assert best != first

    QTest.keyClick(priced.list, Qt.Key.Key_Down)
    second = current(priced).offer.model.id
    inventory.machine = machine_with(16)
    with qtbot.waitSignal(priced.priced, timeout=20_000):
        inventory.learn(inventory.insight)
    assert current(priced).offer.model.id == second


def test_a_header_that_came_makes_the_row_exact_too(
    qtbot: QtBot, priced: DiscoverPage, appraising: Any, smollm2_path: Path
) -> None:
    wanted = current(priced).offer.quantization
    assert current(priced).need.weights == pytest.approx(wanted.size_bytes, rel=0.01)
    appraising.know(wanted, smollm2_path)
    with qtbot.waitSignal(priced.list.model().dataChanged, timeout=20_000):
        priced.verdicts.learned.emit(current(priced).offer.model)
    assert current(priced).offer.quantization is wanted
    assert current(priced).need.weights < wanted.size_bytes / 10

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QScrollArea
from pytestqt.qtbot import QtBot

from alcove.engine.load import DeviceTaken, ProcessMemory
from alcove.fit.plan import Wish
from alcove.gui.icons import Icons
from alcove.gui.inventory import Inventory
from alcove.gui.models.offers import OfferRow, RowRole
from alcove.gui.pages.discover import DiscoverPage
from alcove.gui.preferences import Preferences
from alcove.gui.tasks import Tasks
from alcove.gui.theme import Theme
from alcove.gui.transfers import Transfers
from alcove.gui.widgets.elided_label import ElidedLabel
from alcove.hardware.machine import Machine
from local_hub import LocalHub


@pytest.fixture
def page(
    qtbot: QtBot,
    tasks: Tasks,
    inventory: Inventory,
    preferences: Preferences,
    transfers: Transfers,
    theme: Theme,
    icons: Icons,
) -> Iterator[DiscoverPage]:
    made = DiscoverPage(tasks, inventory, preferences, transfers, theme, icons)
    qtbot.addWidget(made)
    made.resize(1196, 800)
    made.show()
    yield made
    made.hide()


@pytest.fixture
def priced(qtbot: QtBot, page: DiscoverPage) -> DiscoverPage:
    with qtbot.waitSignal(page.priced, timeout=20_000):
        page.price()
    return page


def current(page: DiscoverPage) -> OfferRow:
    row: OfferRow = page.list.currentIndex().data(RowRole)
    return row


def test_it_says_that_it_measures_until_it_knows(page: DiscoverPage) -> None:
    assert page.empty.isVisible()
    assert page.empty.heading == "Measuring this computer"
    assert not page.detail.isVisible()


def test_the_best_model_is_chosen_and_priced(priced: DiscoverPage) -> None:
    best = current(priced)
    assert priced.list.currentIndex().row() == 0
    assert priced.list.selectionModel().hasSelection()
    assert priced.detail.isVisible()
    assert priced.detail.model is best.offer.model
    assert priced.detail.quantization is best.offer.quantization
    assert priced.detail.fit == best.offer.fit


def test_the_context_slider_reprices_the_model_and_when_released_the_list(
    qtbot: QtBot, priced: DiscoverPage, preferences: Preferences
) -> None:
    before = priced.detail.fit
    assert before is not None
    with qtbot.waitSignals([priced.priced, priced.detail.shown], timeout=20_000):
        QTest.keyClick(priced.detail.context.slider, Qt.Key.Key_Right)
        assert priced.detail.fit is before
    after = priced.detail.fit
    assert after is not None
    assert after.context == 16384
    assert after.context_bytes > before.context_bytes
    assert after.weights_bytes == before.weights_bytes
    assert preferences.settings.context == 8192  # a look at the list changes no setting
    assert {row.offer.fit.context for row in all_rows(priced)} - {16384} < set(range(16384))


def test_what_the_user_chose_survives_new_prices(qtbot: QtBot, priced: DiscoverPage) -> None:
    priced.detail.quantizations.setCurrentIndex(0)
    smallest = priced.detail.quantization
    with qtbot.waitSignals([priced.priced, priced.detail.shown], timeout=20_000):
        QTest.keyClick(priced.detail.context.slider, Qt.Key.Key_Right)
        QTest.keyClick(priced.detail.context.slider, Qt.Key.Key_Right)
    assert priced.detail.quantization is smallest
    assert priced.detail.context.context == 32768
    assert priced.detail.fit is not None
    assert priced.detail.fit.context == 32768


def all_rows(page: DiscoverPage) -> list[OfferRow]:
    return [page.filter.index(n, 0).data(RowRole) for n in range(page.filter.rowCount())]


def test_another_quantization_has_another_price(qtbot: QtBot, priced: DiscoverPage) -> None:
    model = priced.detail.model
    assert model is not None
    smallest = model.quantizations[0]
    with qtbot.waitSignal(priced.detail.shown, timeout=20_000):
        priced.detail.quantizations.setCurrentIndex(0)
    assert priced.detail.quantization is smallest
    assert priced.detail.fit is not None
    assert priced.detail.fit.weights_bytes == pytest.approx(smallest.size_bytes, rel=0.01)


def test_a_search_without_a_match_offers_a_way_back(qtbot: QtBot, priced: DiscoverPage) -> None:
    qtbot.keyClicks(priced.bar.search, "no such model")
    assert priced.empty.isVisible()
    assert priced.empty.heading == "No model matches"

    qtbot.mouseClick(priced.empty.button, Qt.MouseButton.LeftButton)

    assert priced.list.isVisible()
    assert priced.list.selectionModel().hasSelection()


def test_where_nothing_fits_the_page_says_so(
    qtbot: QtBot,
    page: DiscoverPage,
    inventory: Inventory,
    machine_with: Callable[..., Machine],
) -> None:
    inventory.machine = machine_with(0.01)
    with qtbot.waitSignal(page.priced, timeout=20_000):
        page.price()
    assert page.empty.heading == "Nothing fits right now"

    qtbot.mouseClick(page.empty.button, Qt.MouseButton.LeftButton)

    assert page.bar.unfit.isChecked()
    assert "Needs" in current(page).sentence


def test_a_narrow_window_shows_list_or_details(qtbot: QtBot, priced: DiscoverPage) -> None:
    priced.resize(816, 600)
    assert priced.list.isVisible()
    assert not priced.detail.isVisible()

    index = priced.filter.index(1, 0)
    place = priced.list.visualRect(index).center()
    qtbot.mouseClick(priced.list.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert priced.detail.isVisible()
    assert not priced.list.isVisible()
    assert priced.detail.model is index.data(RowRole).offer.model

    QTest.keyClick(priced.detail, Qt.Key.Key_Escape)
    assert priced.list.isVisible()

    priced.panes.ask(True)
    qtbot.mouseClick(priced.detail.back, Qt.MouseButton.LeftButton)
    assert priced.list.isVisible()
    priced.resize(1196, 800)
    assert priced.list.isVisible()
    assert priced.detail.isVisible()
    assert not priced.detail.back.isVisible()


def test_a_download_is_started_and_cancelled(
    qtbot: QtBot, priced: DiscoverPage, transfers: Transfers, preferences: Preferences
) -> None:
    preferences.update(offline=True)
    transfers.open()
    acts = priced.detail.acts
    qtbot.mouseClick(acts.download, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(acts.cancel.isVisible, timeout=20_000)
    (item,) = transfers.items
    wanted = priced.detail.quantization
    assert (item.repository, item.file) == (wanted.repository, wanted.file)
    assert item.size_bytes == wanted.size_bytes
    assert not acts.download.isVisible()

    qtbot.mouseClick(acts.cancel, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(acts.download.isVisible, timeout=20_000)
    assert not acts.cancel.isVisible()
    assert transfers.items == ()


def test_a_download_can_be_paused_where_it_was_asked_for(
    qtbot: QtBot, priced: DiscoverPage, transfers: Transfers, local_hub: LocalHub
) -> None:
    local_hub.faults.status = 503
    transfers.open()
    acts = priced.detail.acts
    qtbot.mouseClick(acts.download, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(acts.pause.isVisible, timeout=20_000)
    assert acts.pause.text() == "Pause download"
    qtbot.mouseClick(acts.pause, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: acts.pause.text() == "Resume download", timeout=20_000)
    assert transfers.items[0].why == "user"
    qtbot.mouseClick(acts.pause, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: acts.pause.text() == "Pause download", timeout=20_000)


def test_the_starter_is_one_click_from_a_chat(
    qtbot: QtBot, page: DiscoverPage, inventory: Inventory, preferences: Preferences
) -> None:
    assert page.welcome.isVisible()
    with qtbot.waitSignal(page.chat_requested) as asked:
        qtbot.mouseClick(page.welcome.button, Qt.MouseButton.LeftButton)
    assert asked.args == [inventory.starter, None]

    preferences.update(last_model="starter")
    assert not page.welcome.isVisible()


def test_an_installed_model_can_be_chatted_with(
    qtbot: QtBot, priced: DiscoverPage, inventory: Inventory
) -> None:
    model = priced.detail.model
    starter = inventory.starter
    assert model is not None
    assert starter is not None
    there = replace(starter, catalog_id=model.id, quantization=priced.detail.quantization.name)
    inventory.installed = (there,)
    inventory.installed_changed.emit()
    assert current(priced).installed
    assert not priced.detail.acts.download.isVisible()
    with qtbot.waitSignal(priced.chat_requested) as asked:
        qtbot.mouseClick(priced.detail.acts.chat, Qt.MouseButton.LeftButton)
    assert asked.args == [there, Wish(8192)]


def test_the_search_is_a_shortcut_away(qtbot: QtBot, priced: DiscoverPage) -> None:
    priced.activateWindow()
    QTest.keyClick(priced, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(priced.bar.search.hasFocus, timeout=5_000)
    qtbot.keyClicks(priced.bar.search, "gemma")
    found = {row.offer.model.family for row in all_rows(priced)}
    assert "Gemma 3" in found
    assert found == {"Gemma 2", "Gemma 3", "Gemma 3n", "Gemma 4"}
    QTest.keyClick(priced.bar.search, Qt.Key.Key_Escape)
    assert priced.bar.search.text() == ""


def test_a_long_gpu_name_stays_inside_the_pane(
    qtbot: QtBot, priced: DiscoverPage, inventory: Inventory, machine_with: Callable[..., Machine]
) -> None:
    machine = machine_with(16, 24)
    gpu = replace(machine.gpus[0], name="NVIDIA RTX 6000 Ada Generation Workstation GPU " * 2)
    inventory.machine = replace(machine, gpus=(gpu,))

    def names() -> list[ElidedLabel]:
        return [one for one in priced.detail.findChildren(ElidedLabel) if one.text() == gpu.name]

    priced.price()
    qtbot.waitUntil(lambda: bool(names()), timeout=20_000)
    priced.grab()
    (scroll,) = priced.detail.findChildren(QScrollArea)
    assert scroll.widget().width() <= scroll.viewport().width()
    assert [name.toolTip() for name in names()] == [gpu.name]


def test_ram_is_called_so_and_need_is_told_from_what_is_free(priced: DiscoverPage) -> None:
    said = [one.text() for one in priced.detail.findChildren(QLabel) if one.isVisible()]
    assert "RAM" in said
    assert any(re.fullmatch(r"needs [\d.]+ .B · [\d.]+ GB free", one) for one in said)


def test_what_does_not_fit_is_not_offered_for_download(priced: DiscoverPage) -> None:
    assert priced.detail.acts.download.isVisible()
    priced.bar.unfit.setChecked(True)
    priced.list.setCurrentIndex(priced.filter.index(priced.filter.rowCount() - 1, 0))
    assert not priced.detail.acts.download.isVisible()
    assert priced.detail.acts.needs.isVisible()
    assert priced.detail.acts.needs.text().startswith("Needs ")


def test_both_headings_stand_at_one_height(priced: DiscoverPage) -> None:
    priced.grab()
    headings = {one.property("role"): one for one in priced.findChildren(QLabel) if one.isVisible()}
    heights = [
        one.mapTo(priced, one.rect().center()).y()
        for one in (headings["title"], headings["heading"])
    ]
    assert abs(heights[0] - heights[1]) <= 3


def test_a_narrow_window_keeps_the_pane_at_a_readable_width(priced: DiscoverPage) -> None:
    priced.resize(816, 600)
    priced.panes.ask(True)
    priced.grab()
    assert 400 < priced.detail.acts.download.width() <= 560


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
    chosen = priced.filter.index(3, 0).data(RowRole).offer.model.id
    priced.list.setCurrentIndex(priced.filter.index(3, 0))
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
        range(priced.filter.rowCount()),
        key=lambda n: priced.filter.index(n, 0).data(RowRole).offer.fit.total_bytes,
    )
    priced.list.setCurrentIndex(priced.filter.index(largest, 0))
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

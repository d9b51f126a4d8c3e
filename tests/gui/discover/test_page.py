"""The Discover page: what it offers, and what can be done with it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QScrollArea
from pytestqt.qtbot import QtBot

from alcove.fit.plan import Wish
from alcove.gui.inventory import Inventory
from alcove.gui.models.offers import RowRole
from alcove.gui.pages.discover import DiscoverPage
from alcove.gui.preferences import Preferences
from alcove.gui.transfers import Transfers
from alcove.gui.widgets.elided_label import ElidedLabel
from alcove.hardware.machine import Machine
from gui.discover.rows import all_rows, current
from local_hub import LocalHub


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

    index = priced.offers.index(1, 0)
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
    priced.list.setCurrentIndex(priced.offers.index(priced.offers.rowCount() - 1, 0))
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

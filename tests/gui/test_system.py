from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel, QToolButton
from pytestqt.qtbot import QtBot

from alcove.gui.icons import Icons
from alcove.gui.inventory import Inventory
from alcove.gui.pages.system import SystemPage
from alcove.gui.preferences import Preferences
from alcove.gui.theme import Theme
from alcove.gui.widgets.machine_facts import FindingRow
from alcove.gui.widgets.places import Places
from alcove.hardware.machine import Machine, Memory
from alcove.paths import Paths


class Gauge:
    """A memory that shrinks by a gigabyte whenever it is read."""

    def __init__(self) -> None:
        self.free = 20_000_000_000

    def read(self) -> Memory:
        self.free -= 1_000_000_000
        return Memory(total_bytes=32_000_000_000, available_bytes=self.free)


@pytest.fixture
def page(
    qtbot: QtBot,
    inventory: Inventory,
    preferences: Preferences,
    theme: Theme,
    icons: Icons,
    tmp_path: Path,
) -> Iterator[SystemPage]:
    places = Places(Paths(tmp_path, tmp_path, tmp_path), inventory, preferences, icons)
    made = SystemPage(inventory, preferences, places, theme, icons, Gauge().read, every_ms=10)
    qtbot.addWidget(made)
    yield made
    made.hide()


def test_memory_is_read_while_the_page_is_seen(qtbot: QtBot, page: SystemPage) -> None:
    assert page.memory.text() == ""
    page.show()
    assert page.memory.text() == "19.0 GB of 32.0 GB free"
    qtbot.waitUntil(lambda: page.memory.text() == "17.0 GB of 32.0 GB free", timeout=5_000)
    page.hide()
    assert not page.watching


def test_an_idle_gpu_comes_with_the_command_that_wakes_it(
    qtbot: QtBot, page: SystemPage, inventory: Inventory, machine_with: Callable[..., Machine]
) -> None:
    inventory.machine = machine_with(16, 8, usable=False)
    inventory.machine_changed.emit()
    copies = [
        button
        for row in page.findChildren(FindingRow)
        for button in row.findChildren(QToolButton)
        if button.accessibleName() == "Copy"
    ]
    assert len(copies) == 1
    qtbot.mouseClick(copies[0], Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == "pip install llama-cpp-python"


def test_offline_and_colours_are_settings(
    qtbot: QtBot, page: SystemPage, preferences: Preferences
) -> None:
    page.show()
    qtbot.mouseClick(page.offline, Qt.MouseButton.LeftButton, pos=page.offline.rect().center())
    assert preferences.settings.offline
    assert preferences.network().offline
    page.themes.setCurrentIndex(page.themes.findData("dark"))
    page.themes.activated.emit(page.themes.currentIndex())
    assert preferences.settings.theme == "dark"


def test_free_memory_is_said_once(
    page: SystemPage, inventory: Inventory, machine_with: Callable[..., Machine]
) -> None:
    inventory.machine = machine_with(16)
    inventory.machine_changed.emit()
    page.show()
    said = [one.text() for row in page.findChildren(FindingRow) for one in row.findChildren(QLabel)]
    assert any("llama.cpp" in sentence for sentence in said)
    assert not any("RAM are free" in sentence for sentence in said)

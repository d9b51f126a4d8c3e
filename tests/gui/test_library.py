from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from alcove.errors import AlcoveError
from alcove.gui.appraising import Appraising
from alcove.gui.dialogs.confirm import ConfirmDialog
from alcove.gui.icons import Icons
from alcove.gui.inventory import Inventory
from alcove.gui.pages.library import LibraryPage
from alcove.gui.preferences import Preferences
from alcove.gui.tasks import Tasks
from alcove.hardware.machine import Machine
from alcove.hub.layout import RepositoryFolder, cache_folder
from alcove.library.installed import InstalledModel
from alcove.network import Network
from alcove.paths import Paths
from library.machine_of_files import ollama_pull, put
from local_hub.tiny_gguf import tiny_gguf


@pytest.fixture
def page(
    qtbot: QtBot, tasks: Tasks, inventory: Inventory, preferences: Preferences, icons: Icons
) -> Iterator[LibraryPage]:
    made = LibraryPage(tasks, inventory, preferences, icons)
    qtbot.addWidget(made)
    with qtbot.waitSignal(made.priced, timeout=20_000):
        made.show()
    yield made
    made.hide()


def test_a_model_says_how_it_runs(page: LibraryPage) -> None:
    (card,) = page.cards
    assert card.verdict.startswith("Fits in memory")
    assert "tokens/s" in card.verdict
    assert card.delete.isHidden()


def test_a_chat_is_one_click(qtbot: QtBot, page: LibraryPage, installed: InstalledModel) -> None:
    with qtbot.waitSignal(page.chat_requested) as asked:
        qtbot.mouseClick(page.cards[0].chat, Qt.MouseButton.LeftButton)
    assert asked.args == [installed, None]


def test_damage_is_said_and_not_chatted_with(
    page: LibraryPage, inventory: Inventory, installed: InstalledModel
) -> None:
    inventory.installed = (replace(installed, damage="It is cut short."),)
    inventory.installed_changed.emit()
    (card,) = page.cards
    assert card.verdict == "It is cut short."
    assert not card.chat.isEnabled()


def test_an_empty_library_leads_to_discover(
    qtbot: QtBot, page: LibraryPage, inventory: Inventory
) -> None:
    inventory.installed = ()
    inventory.installed_changed.emit()
    assert page.empty.heading == "No models yet"
    with qtbot.waitSignal(page.discover_requested):
        qtbot.mouseClick(page.empty.button, Qt.MouseButton.LeftButton)


def test_a_long_name_moves_no_button_off_the_screen(
    page: LibraryPage, inventory: Inventory, installed: InstalledModel
) -> None:
    page.resize(816, 600)
    inventory.installed = (installed, replace(installed, name="A-model-named-at-length " * 12))
    inventory.installed_changed.emit()
    page.grab()
    for card in page.cards:
        assert card.chat.mapTo(page, card.chat.rect().topRight()).x() < page.width()


def test_only_the_context_among_the_settings_has_a_price(
    qtbot: QtBot, page: LibraryPage, preferences: Preferences
) -> None:
    with qtbot.assertNotEmitted(page.priced, wait=200):
        preferences.update(theme="dark")
    with qtbot.waitSignal(page.priced, timeout=20_000):
        preferences.update(context=2048)


def test_older_prices_are_left_aside(
    qtbot: QtBot, page: LibraryPage, inventory: Inventory, machine_with: Callable[..., Machine]
) -> None:
    arrived: list[str] = []
    page.priced.connect(lambda: arrived.append(page.cards[0].verdict))
    inventory.machine_changed.emit()
    inventory.machine = machine_with(0.01)
    inventory.machine_changed.emit()
    qtbot.waitUntil(lambda: bool(arrived), timeout=20_000)
    assert len(arrived) == 1
    assert arrived[0].startswith("Needs")


def test_llama_cpp_itself_judges_what_is_installed(
    qtbot: QtBot, page: LibraryPage, inventory: Inventory, tmp_path: Path
) -> None:
    real = inventory.appraising = Appraising(Paths(tmp_path, tmp_path, tmp_path), Network)
    with qtbot.waitSignal(page.priced, timeout=60_000):
        inventory.machine_changed.emit()
    assert page.cards[0].verdict.startswith("Fits in memory")
    assert (tmp_path / "dry-run.log").exists()
    real.close()


def test_free_memory_is_watched_only_while_the_page_is_seen(page: LibraryPage) -> None:
    assert page.watch.active
    page.hide()
    assert not page.watch.active


def test_verdicts_follow_the_memory_that_is_free(
    qtbot: QtBot, page: LibraryPage, inventory: Inventory, appraising: Any
) -> None:
    with qtbot.waitSignal(page.priced, timeout=20_000):
        appraising.made.available = [100_000_000]
        inventory.refresh_memory()
    assert page.cards[0].verdict.startswith("Needs")


def cached_model() -> Path:
    """Put a small model into the Hugging Face cache."""
    folder = RepositoryFolder(cache_folder(), "maker/Small-GGUF")
    put(folder.blob("a" * 64), tiny_gguf(name="Small"))
    folder.place("a" * 64, folder.pointer("0" * 40, "small-Q8_0.gguf"))
    return folder.pointer("0" * 40, "small-Q8_0.gguf")


def test_deleting_says_what_comes_free_and_asks(
    qtbot: QtBot, page: LibraryPage, inventory: Inventory
) -> None:
    path = cached_model()
    with qtbot.waitSignal(inventory.installed_changed, timeout=20_000):
        inventory.find_installed()
    card = page.cards[1]
    assert not card.delete.isHidden()
    qtbot.mouseClick(card.delete, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(page.findChildren(ConfirmDialog)), timeout=20_000)
    (dialog,) = page.findChildren(ConfirmDialog)
    said = [one.text() for one in dialog.findChildren(QLabel)]
    assert said == ["Delete Small?", "This frees 1 kB. The model can be downloaded again."]
    assert path.exists()
    with qtbot.waitSignal(inventory.installed_changed, timeout=20_000):
        qtbot.mouseClick(dialog.agree, Qt.MouseButton.LeftButton)
    assert not path.is_symlink()
    assert len(page.cards) == 1


def test_what_ollama_owns_is_removed_there(
    qtbot: QtBot,
    page: LibraryPage,
    inventory: Inventory,
    failures: list[AlcoveError],
    tmp_path: Path,
) -> None:
    store = tmp_path / "home" / ".ollama" / "models"
    name = "registry.ollama.ai/library/small/1b"
    blob = ollama_pull(store, name, model=tiny_gguf(name="Small"))["model"]
    with qtbot.waitSignal(inventory.installed_changed, timeout=20_000):
        inventory.find_installed()
    qtbot.mouseClick(page.cards[1].delete, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(failures), timeout=20_000)
    assert "Remove it there: ollama rm small:1b" in str(failures[0])
    assert blob.exists()


def test_models_are_searched_by_name_quantization_and_place(
    qtbot: QtBot, page: LibraryPage, inventory: Inventory, installed: InstalledModel
) -> None:
    assert page.search.isHidden()
    many = tuple(replace(installed, target=f"m{n}", name=f"Model {n}") for n in range(20))
    there = replace(installed, target="q", name="qwen3:8b", source="ollama", quantization="Q4_K_M")
    inventory.installed = (*many, there)
    inventory.installed_changed.emit()
    assert not page.search.isHidden()
    for text in ("qwen3", "OLLAMA q4_k", "q4_k_m ollama"):
        page.search.setText(text)
        assert [card.model.target for card in page.cards] == ["q"]
    with qtbot.waitSignal(page.priced, timeout=20_000):
        page.search.setText("model 17")
    assert [card.model.name for card in page.cards] == ["Model 17"]
    assert page.cards[0].verdict.startswith("Fits in memory")
    page.search.setText("no such thing")
    assert page.cards == []
    inventory.installed_changed.emit()
    page.search.clear()
    assert len(page.cards) == 21

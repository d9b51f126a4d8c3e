from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from alcove.gui.folder_watch import FolderWatch, Watched
from alcove.gui.icons import Icons
from alcove.gui.inventory import Inventory
from alcove.gui.pages.library import LibraryPage
from alcove.gui.preferences import Preferences
from alcove.gui.tasks import Tasks
from alcove.hub.layout import RepositoryFolder, cache_folder
from library.machine_of_files import ollama_pull, put
from local_hub.tiny_gguf import tiny_gguf

LONG_MS = 60_000


@pytest.fixture
def own(tmp_path: Path) -> Path:
    folder = tmp_path / "own"
    folder.mkdir()
    return folder


@pytest.fixture
def names(inventory: Inventory) -> Callable[[], set[str]]:
    return lambda: {one.name for one in inventory.installed or () if one.source != "starter"}


@pytest.fixture
def watching(qtbot: QtBot, inventory: Inventory, preferences: Preferences, own: Path) -> Inventory:
    """Return an inventory that has looked into the folder ``own``."""
    inventory.installed = None
    with qtbot.waitSignal(inventory.installed_changed, timeout=LONG_MS):
        preferences.update(model_folders=(str(own),))
    return inventory


def test_a_new_file_appears_by_itself_and_goes(
    qtbot: QtBot, watching: Inventory, own: Path, names: Callable[[], set[str]]
) -> None:
    with qtbot.waitSignal(watching.installed_changed, timeout=LONG_MS):
        put(own / "m.gguf", tiny_gguf(name="New"))
    assert names() == {"New"}
    with qtbot.waitSignal(watching.installed_changed, timeout=LONG_MS):
        (own / "deep").mkdir()
        (own / "m.gguf").rename(own / "deep" / "m.gguf")
    assert [model.path for model in watching.installed or ()][1:] == [own / "deep" / "m.gguf"]
    with qtbot.waitSignal(watching.installed_changed, timeout=LONG_MS):
        (own / "deep" / "m.gguf").unlink()
    assert names() == set()


def test_a_file_that_is_being_written_appears_when_it_is_whole(
    qtbot: QtBot, watching: Inventory, own: Path, names: Callable[[], set[str]]
) -> None:
    content = tiny_gguf(name="New")
    with (own / "m.gguf").open("wb") as file:
        with qtbot.waitSignal(watching.watch.changed, timeout=LONG_MS):
            file.write(content[:-8])
            file.flush()
        file.write(content[-8:])
    qtbot.waitUntil(lambda: names() == {"New"}, timeout=LONG_MS)
    assert [model.damage for model in watching.installed or ()] == [None, None]


def test_a_damaged_file_is_listed_and_heals(qtbot: QtBot, watching: Inventory, own: Path) -> None:
    content = tiny_gguf()
    with qtbot.waitSignal(watching.installed_changed, timeout=LONG_MS):
        os.utime(put(own / "m.gguf", content[:-8]), (1, 1))
    (damaged,) = (one for one in watching.installed or () if one.source == "folder")
    assert "cut short" in (damaged.damage or "")
    changed = qtbot.waitSignal(watching.installed_changed, timeout=LONG_MS)
    with changed, (own / "m.gguf").open("ab") as file:
        file.write(content[-8:])
    assert [model.damage for model in watching.installed or ()] == [None, None]


def test_a_folder_that_is_forgotten_is_no_longer_shown(
    qtbot: QtBot,
    watching: Inventory,
    preferences: Preferences,
    own: Path,
    names: Callable[[], set[str]],
) -> None:
    with qtbot.waitSignal(watching.installed_changed, timeout=LONG_MS):
        put(own / "m.gguf", tiny_gguf(name="New"))
    with qtbot.waitSignal(watching.installed_changed, timeout=LONG_MS):
        preferences.update(model_folders=())
    assert names() == set()


def test_the_folders_of_other_programs_are_watched_too(
    qtbot: QtBot, watching: Inventory, tmp_path: Path, names: Callable[[], set[str]]
) -> None:
    store = tmp_path / "home" / ".ollama" / "models"
    ollama_pull(store, "registry.ollama.ai/library/qwen3/8b", model=tiny_gguf(name="Q"))
    with qtbot.waitSignal(watching.installed_changed, timeout=LONG_MS):
        watching.find_installed()
    with qtbot.waitSignal(watching.installed_changed, timeout=LONG_MS):
        ollama_pull(store, "registry.ollama.ai/library/qwen3/4b", model=tiny_gguf(name="R"))
    assert names() == {"qwen3:8b", "qwen3:4b"}


def test_a_download_of_another_program_appears(
    qtbot: QtBot, watching: Inventory, names: Callable[[], set[str]]
) -> None:
    cache_folder().mkdir(parents=True)
    watching.find_installed()
    qtbot.waitUntil(lambda: not watching.looking, timeout=LONG_MS)
    with qtbot.waitSignal(watching.watch.changed, timeout=LONG_MS):
        folder = RepositoryFolder(cache_folder(), "maker/Small-GGUF")
        put(folder.blob("a" * 64), tiny_gguf(name="Small"))
    folder.place("a" * 64, folder.pointer("0" * 40, "small-Q8_0.gguf"))
    qtbot.waitUntil(lambda: names() == {"Small"}, timeout=LONG_MS)


def test_the_window_s_own_thread_looks_at_no_disk(
    qtbot: QtBot, watching: Inventory, own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    exists, threads = os.path.exists, set[threading.Thread]()

    def noted(path: Path) -> bool:
        threads.add(threading.current_thread())
        return exists(path)

    monkeypatch.setattr(os.path, "exists", noted)
    with qtbot.waitSignal(watching.installed_changed, timeout=LONG_MS):
        put(own / "m.gguf", tiny_gguf(name="New"))
    assert threads
    assert threading.main_thread() not in threads


def test_many_changes_are_told_once(qtbot: QtBot, tasks: Tasks, tmp_path: Path) -> None:
    watch, told = FolderWatch(tasks, settle_ms=300), []
    watch.changed.connect(lambda: told.append(1))
    watch.watch(Watched.among([tmp_path]))
    for number in range(20):
        watch.look_soon()
        put(tmp_path / f"{number}.gguf", b"")
    with qtbot.waitSignal(watch.changed, timeout=LONG_MS):
        pass
    assert len(told) == 1


def test_a_missing_folder_is_awaited_where_it_would_appear(
    qtbot: QtBot, tasks: Tasks, tmp_path: Path
) -> None:
    watch, missing = FolderWatch(tasks, settle_ms=10), tmp_path / "disk" / "models"
    with qtbot.assertNotEmitted(watch.changed, wait=300):
        watch.watch(Watched.among([missing]))
        put(tmp_path / "another disk" / "m.gguf", tiny_gguf())
    with qtbot.waitSignal(watch.changed, timeout=LONG_MS):
        missing.mkdir(parents=True)
    with qtbot.waitSignal(watch.changed, timeout=LONG_MS):
        watch.watch(Watched.among([missing]))
    with qtbot.waitSignal(watch.changed, timeout=LONG_MS):
        put(missing / "m.gguf", tiny_gguf())


def test_a_folder_that_came_before_it_was_awaited_is_noticed(
    qtbot: QtBot, tasks: Tasks, tmp_path: Path
) -> None:
    watch = FolderWatch(tasks, settle_ms=10)
    asked = Watched.among([tmp_path / "disk" / "models"])
    (tmp_path / "disk").mkdir()
    with qtbot.waitSignal(watch.changed, timeout=LONG_MS):
        watch.watch(asked)


def test_a_disk_that_is_put_in_later_brings_its_models(
    qtbot: QtBot,
    watching: Inventory,
    preferences: Preferences,
    tmp_path: Path,
    names: Callable[[], set[str]],
) -> None:
    disk = tmp_path / "disk"
    preferences.update(model_folders=(str(disk / "models"),))
    qtbot.waitUntil(lambda: not watching.looking, timeout=LONG_MS)
    put(tmp_path / "elsewhere" / "models" / "m.gguf", tiny_gguf(name="New"))
    (tmp_path / "elsewhere").rename(disk)
    qtbot.waitUntil(lambda: names() == {"New"}, timeout=LONG_MS)


def test_a_long_list_is_shown_piece_by_piece(
    qtbot: QtBot,
    tasks: Tasks,
    inventory: Inventory,
    preferences: Preferences,
    icons: Icons,
    own: Path,
) -> None:
    for number in range(120):
        put(own / f"{number:03}.gguf", tiny_gguf(name=f"Model {number}"))
    page = LibraryPage(tasks, inventory, preferences, icons)
    qtbot.addWidget(page)
    with qtbot.waitSignal(inventory.installed_changed, timeout=LONG_MS):
        preferences.update(model_folders=(str(own),))
    assert len(page.cards) == 100
    (more,) = (one for one in page.findChildren(QPushButton) if one.text() == "Show more (21)")
    qtbot.mouseClick(more, Qt.MouseButton.LeftButton)
    assert len(page.cards) == 121

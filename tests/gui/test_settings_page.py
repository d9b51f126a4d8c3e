"""The Settings page: each control changes a setting, and says what holds now."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from alcove.gui.icons import Icons
from alcove.gui.inventory import Inventory
from alcove.gui.pages.settings import SettingsPage
from alcove.gui.preferences import Preferences
from alcove.gui.tasks import Tasks
from alcove.gui.theme import Theme
from alcove.gui.widgets.places import Places
from alcove.paths import Paths

WAIT = 20_000


@pytest.fixture
def page(
    qtbot: QtBot,
    tasks: Tasks,
    inventory: Inventory,
    preferences: Preferences,
    theme: Theme,
    icons: Icons,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[SettingsPage]:
    monkeypatch.delenv("HF_ENDPOINT")
    places = Places(Paths(tmp_path, tmp_path, tmp_path), inventory, preferences, icons)
    made = SettingsPage(tasks, preferences, places, theme)
    qtbot.addWidget(made)
    yield made
    made.hide()


def says(page: SettingsPage, words: str) -> bool:
    return any(words in one.text() for one in page.findChildren(QLabel) if one.isVisible())


def test_colours_offline_and_the_speed_limit(page: SettingsPage, preferences: Preferences) -> None:
    page.show()
    page.themes.setCurrentIndex(page.themes.findData("dark"))
    page.themes.activated.emit(page.themes.currentIndex())
    page.offline.click()
    page.limit.setCurrentIndex(page.limit.findData(5_000_000))
    page.limit.activated.emit(page.limit.currentIndex())
    page.xet.click()
    settings = preferences.settings
    assert (settings.theme, settings.offline) == ("dark", True)
    options = preferences.transfer_options()
    assert (options.limit, options.xet, options.network.offline) == (5_000_000, True, True)


def test_a_limit_that_was_set_by_hand_is_offered(
    page: SettingsPage, preferences: Preferences
) -> None:
    preferences.update(speed_limit=123_000_000)
    assert page.limit.currentText() == "At most 123 MB/s"
    preferences.update(speed_limit=0)
    assert page.limit.currentText() == "No speed limit"


@pytest.mark.parametrize(
    ("typed", "endpoint"),
    [
        ("https://hf-mirror.com/", "https://hf-mirror.com"),
        ("hf-mirror.com", "https://hf-mirror.com"),
        ("http://[", "https://huggingface.co"),
    ],
)
def test_a_mirror(page: SettingsPage, preferences: Preferences, typed: str, endpoint: str) -> None:
    page.show()
    page.mirror.setFocus()
    QTest.keyClicks(page.mirror, typed)
    QTest.keyClick(page.mirror, Qt.Key.Key_Return)
    assert preferences.network().endpoint == endpoint
    assert says(page, "not the address of a server") == (endpoint == "https://huggingface.co")


def test_a_variable_that_decides_is_named(
    page: SettingsPage, preferences: Preferences, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("HTTPS_PROXY", "http://me:secret@proxy.example:3128")
    preferences.update(speed_limit=1)
    page.show()
    assert says(page, "HF_ENDPOINT is set")
    assert says(page, "HF_HUB_OFFLINE")
    assert not says(page, "secret")


def test_the_proxy_in_use_is_named(
    page: SettingsPage, preferences: Preferences, monkeypatch: pytest.MonkeyPatch
) -> None:
    page.show()
    assert says(page, "None in use")
    monkeypatch.setenv("HTTPS_PROXY", "http://me:secret@proxy.example:3128")
    preferences.update(speed_limit=1)
    assert says(page, "http://proxy.example:3128")
    assert not says(page, "secret")


def test_where_the_token_is_and_where_it_goes(
    qtbot: QtBot, page: SettingsPage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page.show()
    qtbot.waitUntil(lambda: says(page, "most models need none"), timeout=WAIT)
    page.hide()
    token = tmp_path / "huggingface" / "token"
    token.parent.mkdir(exist_ok=True)
    token.write_text("hf_secret")
    page.show()
    qtbot.waitUntil(lambda: says(page, str(token)) and says(page, "Yours is in"), timeout=WAIT)
    page.hide()
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    page.show()
    qtbot.waitUntil(lambda: says(page, "HF_TOKEN is set"), timeout=WAIT)
    assert not says(page, "hf_secret")
    with qtbot.waitSignal(page.help_asked):
        page.sign_in.click()


def test_folders_are_listed_and_forgotten(
    qtbot: QtBot, page: SettingsPage, preferences: Preferences, tmp_path: Path
) -> None:
    preferences.update(model_folders=(str(tmp_path / "models"),))
    page.show()
    assert says(page, str(tmp_path / "models"))
    forget = next(one for one in page.findChildren(type(page.sign_in)) if one.text() == "Forget")
    forget.click()
    assert preferences.settings.model_folders == ()
    with qtbot.waitSignal(page.privacy_asked):
        page.journal.click()


def test_an_endpoint_that_is_no_address_does_no_harm(
    page: SettingsPage, preferences: Preferences, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.example:3128")
    monkeypatch.setenv("HF_ENDPOINT", "http://[bad")
    preferences.changed.emit()
    page.show()
    assert says(page, "None in use")

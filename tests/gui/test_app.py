"""The whole window, with this computer, the real catalog, and a hub on this computer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSlider,
    QApplication,
    QComboBox,
    QLineEdit,
    QListView,
    QScrollBar,
    QToolButton,
    QWidget,
)
from pytestqt.qtbot import QtBot

from alcove.catalog.load import Catalog
from alcove.errors import AlcoveError, StorageError
from alcove.gui.desktop import Desktop
from alcove.gui.dialogs.confirm import ConfirmDialog
from alcove.gui.dialogs.failure import FailureDialog
from alcove.gui.learning import LearningState
from alcove.gui.pages.discover import DiscoverPage
from alcove.gui.pages.downloads import DownloadsPage
from alcove.gui.pages.library import LibraryPage
from alcove.gui.pages.system import SystemPage
from alcove.gui.sample_transfers import sample_transfers
from alcove.gui.session import SessionState
from alcove.gui.tasks import Report
from alcove.gui.widgets.calibration_offer import CalibrationOffer
from alcove.hub.items import Wanted
from alcove.paths import Paths
from local_hub import LocalHub

WAIT = 20_000
PAGES = ("discover", "library", "trials", "system", "downloads", "privacy", "settings")
CONTROLS = (QAbstractButton, QAbstractSlider, QComboBox, QLineEdit, QListView)


@pytest.fixture
def desktop(qtbot: QtBot, qapp: QApplication, alcove_home: Path) -> Iterator[Desktop]:
    made = Desktop(qapp, Paths(alcove_home, alcove_home / "cache", alcove_home / "logs"))
    qtbot.addWidget(made.window)
    with qtbot.waitSignals(
        [made.inventory.installed_changed, made.inventory.machine_changed, made.icons.changed],
        timeout=60_000,
    ):
        made.window.show()
    yield made
    made.window.close()
    qapp.setStyleSheet("")


@pytest.fixture
def discover(qtbot: QtBot, desktop: Desktop) -> DiscoverPage:
    page = desktop.window.page("discover")
    assert isinstance(page, DiscoverPage)
    with qtbot.waitSignal(page.priced, timeout=30_000):
        page.price()
    return page


def test_it_opens_on_what_this_computer_can_run(discover: DiscoverPage, catalog: Catalog) -> None:
    assert discover.isVisible()
    assert discover.list.model().rowCount() > 0
    assert discover.detail.fit is not None
    assert discover.detail.fit.fits
    assert discover.bar.filters.families.count() == len(catalog.families()) + 1


def test_the_first_answer_takes_one_click_and_a_question(
    qtbot: QtBot, desktop: Desktop, discover: DiscoverPage
) -> None:
    qtbot.mouseClick(discover.welcome.button, Qt.MouseButton.LeftButton)
    chat = desktop.chat
    assert chat is not None
    assert chat.page.isVisible()
    qtbot.waitUntil(lambda: chat.session.state is SessionState.READY, timeout=60_000)
    assert chat.session.model == desktop.inventory.starter
    assert desktop.preferences.settings.last_model
    assert discover.welcome.isHidden()
    with qtbot.waitSignal(chat.page.dialogue.settled, timeout=60_000) as settled:
        assert chat.page.dialogue.send("Say hello.")
    (answer,) = settled.args
    assert answer.text
    assert answer.figures.completion_tokens > 0


def test_in_the_window_the_first_chat_comes_first_and_its_answer_is_learned(
    qtbot: QtBot, desktop: Desktop
) -> None:
    learning = desktop.learning
    page = desktop.window.page("discover")
    assert isinstance(page, DiscoverPage)
    (offer,) = page.findChildren(CalibrationOffer)
    qtbot.waitUntil(offer.isVisible, timeout=WAIT)
    with qtbot.waitSignal(learning.progressed, timeout=WAIT):
        qtbot.mouseClick(offer.measure, Qt.MouseButton.LeftButton)

    qtbot.mouseClick(page.welcome.button, Qt.MouseButton.LeftButton)
    assert "chat" in learning.remark
    qtbot.waitUntil(lambda: learning.state is LearningState.NEVER, timeout=WAIT)
    chat = desktop.chat
    assert chat is not None
    qtbot.waitUntil(lambda: chat.session.state is SessionState.READY, timeout=60_000)
    with qtbot.waitSignal(chat.page.dialogue.settled, timeout=60_000):
        assert chat.page.dialogue.send("Say hello.")
        learning.calibrate()
        assert "answer" in learning.remark
    qtbot.waitUntil(lambda: len(learning.entries) == 1, timeout=WAIT)
    assert learning.loads[0].name == "SmolLM2 135M Instruct"
    assert desktop.inventory.insight.entries == learning.entries

    desktop.window.open_page("system")
    system = desktop.window.page("system")
    assert isinstance(system, SystemPage)
    assert system.ledger.table.view.model().rowCount() == 1
    with qtbot.waitSignal(chat.page.dialogue.settled, timeout=60_000):
        assert chat.page.dialogue.send("Say it again.")
    qtbot.waitUntil(lambda: len(learning.entries) == 2, timeout=WAIT)


def test_a_download_ends_in_the_library_and_can_be_deleted(
    qtbot: QtBot, local_hub: LocalHub, desktop: Desktop, smollm2_path: Path
) -> None:
    local_hub.add("org/Small-GGUF", "small-Q4_1.gguf", smollm2_path)
    wanted = Wanted("Small", "org/Small-GGUF", "small-Q4_1.gguf")
    with qtbot.waitSignal(desktop.inventory.installed_changed, timeout=60_000):
        desktop.transfers.add(wanted)
    assert desktop.window.banner.text == "Small is on this computer."

    desktop.window.open_page("library")
    library = desktop.window.page("library")
    assert isinstance(library, LibraryPage)
    card = next(one for one in library.cards if one.model.source == "hub")
    qtbot.mouseClick(card.delete, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(library.findChildren(ConfirmDialog)), timeout=WAIT)
    (dialog,) = library.findChildren(ConfirmDialog)
    with qtbot.waitSignal(desktop.inventory.installed_changed, timeout=30_000):
        qtbot.mouseClick(dialog.agree, Qt.MouseButton.LeftButton)
    assert not card.model.path.exists()
    assert [one.model.source for one in library.cards] == ["starter"]


def test_what_was_downloaded_is_one_click_from_a_chat(
    qtbot: QtBot, local_hub: LocalHub, desktop: Desktop, smollm2_path: Path
) -> None:
    local_hub.add("org/Small-GGUF", "small-Q4_1.gguf", smollm2_path)
    desktop.window.open_page("downloads")
    page = desktop.window.page("downloads")
    assert isinstance(page, DownloadsPage)
    with qtbot.waitSignal(desktop.inventory.installed_changed, timeout=60_000):
        desktop.transfers.add(Wanted("Small", "org/Small-GGUF", "small-Q4_1.gguf"))
    (row,) = page.list.rows
    with qtbot.waitSignal(page.chat_requested, timeout=10_000) as requested:
        row.act.click()
    assert requested.args[0].path == desktop.transfers.items[0].paths[0]
    assert desktop.chat is not None
    assert desktop.chat.page.isVisible()


def test_offline_a_download_offers_to_go_online(
    qtbot: QtBot, local_hub: LocalHub, desktop: Desktop, smollm2_path: Path
) -> None:
    local_hub.add("org/Small-GGUF", "small-Q4_1.gguf", smollm2_path)
    desktop.preferences.update(offline=True)
    wanted = Wanted("Small", "org/Small-GGUF", "small-Q4_1.gguf")
    with qtbot.waitSignal(desktop.transfers.held, timeout=30_000):
        desktop.transfers.add(wanted)
    assert "offline" in desktop.window.banner.text
    assert not local_hub.requests
    (online,) = desktop.window.banner.remedies()
    assert online.text() == "Go online"
    with qtbot.waitSignal(desktop.transfers.finished, timeout=60_000):
        qtbot.mouseClick(online, Qt.MouseButton.LeftButton)


def test_a_failure_without_a_handler_opens_the_dialog(qtbot: QtBot, desktop: Desktop) -> None:
    def fail(_report: Report[None]) -> None:
        raise AlcoveError("It broke.", "Mend it.")

    desktop.tasks.run(fail, lambda _none: None)
    qtbot.waitUntil(lambda: bool(desktop.window.findChildren(FailureDialog)), timeout=10_000)
    (dialog,) = desktop.window.findChildren(FailureDialog)
    assert dialog.cause == "It broke."
    dialog.reject()


def test_a_broken_settings_file_is_told(qtbot: QtBot, qapp: QApplication, tmp_path: Path) -> None:
    (tmp_path / "settings.json").write_text("{")
    desktop = Desktop(qapp, Paths(tmp_path, tmp_path, tmp_path))
    qtbot.addWidget(desktop.window)
    assert "settings.json.broken" in desktop.window.banner.text


def test_closing_while_models_are_looked_for_opens_no_dialog(
    qapp: QApplication, desktop: Desktop
) -> None:
    desktop.window.open_page("chat")
    assert desktop.chat is not None
    desktop.chat.page.dialogue.open(1)
    desktop.inventory.find_installed()
    desktop.window.close()
    qapp.processEvents()
    desktop.show_error(StorageError("Too late.", "Nobody looks."))
    assert not desktop.window.isVisible()
    assert desktop.window.findChildren(FailureDialog) == []


@pytest.mark.usefixtures("discover")
@pytest.mark.parametrize("key", PAGES)
def test_every_control_has_a_name_for_screen_readers(desktop: Desktop, key: str) -> None:
    desktop.transfers.show(sample_transfers(0.0))
    desktop.window.open_page(key)
    controls = [
        one
        for one in desktop.window.findChildren(QWidget)
        if isinstance(one, CONTROLS) and not isinstance(one, QScrollBar) and one.isVisible()
    ]
    assert len(controls) > 5
    for control in controls:
        if control.focusPolicy() == Qt.FocusPolicy.NoFocus:
            continue
        interface = QAccessible.queryAccessibleInterface(control)
        assert interface.text(QAccessible.Text.Name), control


@pytest.mark.usefixtures("discover")
@pytest.mark.parametrize("key", PAGES)
def test_tab_meets_every_control(
    qtbot: QtBot, qapp: QApplication, desktop: Desktop, key: str
) -> None:
    window = desktop.window
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow, timeout=5_000)
    desktop.transfers.show(sample_transfers(0.0))
    window.open_page(key)
    wanted = {
        one
        for one in window.findChildren(QWidget)
        if isinstance(one, CONTROLS)
        and one.isVisible()
        and one.isEnabled()
        and not isinstance(one, QScrollBar)
        and one.focusPolicy() != Qt.FocusPolicy.NoFocus
    }
    pages = {one.text() for one in wanted if isinstance(one, QToolButton)}
    assert pages >= {"Discover", "Library", "Chat", "System", "Downloads", "Settings"}
    met: set[QWidget] = set()
    for _step in range(150):
        focused = qapp.focusWidget()
        assert focused is not None
        met.add(focused)
        QTest.keyClick(focused, Qt.Key.Key_Tab)
    assert wanted <= met

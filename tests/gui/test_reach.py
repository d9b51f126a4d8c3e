"""What leads beyond the catalog and this computer, in the whole window."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QToolButton
from pytestqt.qtbot import QtBot

from alcove.gui.desktop import Desktop
from alcove.gui.dialogs.compare import CompareDialog
from alcove.gui.dialogs.connect import ConnectDialog
from alcove.gui.dialogs.link import LinkDialog
from alcove.gui.pages.discover import DiscoverPage
from alcove.gui.session import SessionState
from alcove.gui.widgets.beyond_view import BeyondView
from alcove.gui.widgets.compare_parts import CompareBar, CompareToggle
from alcove.gui.widgets.copy_field import CopyField
from alcove.gui.widgets.files_age import FilesAge
from alcove.gui.widgets.hub_results import HubResults
from alcove.paths import Paths
from engine.test_remote import server as server
from local_hub import LocalHub

WAIT = 60_000
REPOSITORY = "org/Small-GGUF"
LARGE = "deepseek-r1-0528"


@pytest.fixture
def desktop(qtbot: QtBot, qapp: QApplication, alcove_home: Path) -> Iterator[Desktop]:
    made = Desktop(qapp, Paths(alcove_home, alcove_home / "cache", alcove_home / "logs"))
    qtbot.addWidget(made.window)
    with qtbot.waitSignals(
        [made.inventory.installed_changed, made.inventory.machine_changed], timeout=WAIT
    ):
        made.window.show()
    yield made
    made.window.close()
    qapp.setStyleSheet("")


@pytest.fixture
def page(desktop: Desktop, qtbot: QtBot) -> DiscoverPage:
    found = desktop.window.page("discover")
    assert isinstance(found, DiscoverPage)
    qtbot.waitUntil(lambda: found.detail.model is not None, timeout=WAIT)
    return found


@pytest.fixture
def results(page: DiscoverPage) -> HubResults:
    found = page.findChild(HubResults)
    assert isinstance(found, HubResults)
    return found


@pytest.fixture
def beyond(page: DiscoverPage, qtbot: QtBot) -> BeyondView:
    """What is said of a model that no ordinary computer runs."""
    view = page.findChild(BeyondView)
    assert isinstance(view, BeyondView)
    page.bar.unfit.setChecked(True)
    with qtbot.waitSignal(view.shown, timeout=WAIT):
        page.select(LARGE)
    return view


def test_the_hub_is_asked_only_when_that_is_wanted(
    qtbot: QtBot, local_hub: LocalHub, results: HubResults, page: DiscoverPage, smollm2_path: Path
) -> None:
    local_hub.add(REPOSITORY, "small-Q4_1.gguf", smollm2_path)
    local_hub.repositories[REPOSITORY].downloads = 1234
    assert not results.isVisible()
    page.bar.search.setText("small")
    assert results.ask.isVisible()
    assert local_hub.requests_to("/api/models?") == []
    results.ask.click()
    qtbot.waitUntil(results.list.isVisible, timeout=WAIT)
    assert "1,234 downloads" in results.list.item(0).text()
    assert "Nobody checked these" in results.sentence.text()
    QTest.keyClick(results.list, Qt.Key.Key_Return)
    dialog = page.window().findChild(LinkDialog)
    assert isinstance(dialog, LinkDialog)
    with qtbot.waitSignal(dialog.linked.judged, timeout=WAIT):
        pass
    assert dialog.verdict.isVisible()
    assert dialog.told.text() == "1,234 downloads  ·  0 likes"
    assert "Nobody checked this" in dialog.warning.text()
    dialog.reject()
    page.bar.search.setText("other")
    assert not results.list.isVisible()


def test_a_hub_that_answers_garbage_is_said_and_asked_again(
    qtbot: QtBot, local_hub: LocalHub, results: HubResults, page: DiscoverPage
) -> None:
    local_hub.faults.garbage = b"<html>"
    page.bar.search.setText("small")
    results.ask.click()
    qtbot.waitUntil(lambda: "does not answer" in results.sentence.text(), timeout=WAIT)
    assert page.list.isVisible() or page.empty.isVisible()
    local_hub.faults.garbage = None
    (again,) = (one for one in results.findChildren(QPushButton) if one.text() == "Try again")
    again.click()
    qtbot.waitUntil(lambda: "no GGUF files" in results.sentence.text(), timeout=WAIT)


def test_offline_the_search_says_so_and_offers_to_go_online(
    qtbot: QtBot, local_hub: LocalHub, desktop: Desktop, results: HubResults, page: DiscoverPage
) -> None:
    desktop.preferences.update(offline=True)
    page.bar.search.setText("small")
    before = len(local_hub.requests)
    results.ask.click()
    qtbot.waitUntil(lambda: "offline" in results.sentence.text(), timeout=WAIT)
    assert len(local_hub.requests) == before
    (online,) = (one for one in results.findChildren(QPushButton) if one.text() == "Go online")
    online.click()
    qtbot.waitUntil(lambda: "no GGUF files" in results.sentence.text(), timeout=WAIT)
    assert not desktop.preferences.settings.offline


def test_a_link_is_no_search(results: HubResults, page: DiscoverPage) -> None:
    page.bar.search.setText("https://huggingface.co/org/repo")
    assert not results.isVisible()


def test_what_does_not_fit_says_where_it_runs_with_commands_to_copy(
    beyond: BeyondView, page: DiscoverPage
) -> None:
    assert beyond.isVisible()
    field = beyond.findChildren(CopyField)[0]
    copy = field.findChild(QToolButton)
    assert isinstance(copy, QToolButton)
    copy.click()
    assert QGuiApplication.clipboard().text().startswith("alcove serve ")
    page.bar.unfit.setChecked(False)
    page.list.setCurrentIndex(page.list.model().index(0, 0))
    assert beyond.isHidden()


def test_connect_leads_from_a_model_that_does_not_fit_to_a_chat_with_it(
    qtbot: QtBot, beyond: BeyondView, desktop: Desktop, server: str
) -> None:
    connect = next(one for one in beyond.findChildren(QPushButton) if one.text() == "Connect…")
    connect.click()
    dialog = desktop.window.findChild(ConnectDialog)
    assert isinstance(dialog, ConnectDialog)
    assert dialog.address.text() == "http://HOST:8080"
    assert len(dialog.key.text()) == 24
    dialog.address.setText(server)
    dialog.connect_button.click()
    qtbot.waitUntil(
        lambda: desktop.chat is not None and desktop.chat.session.state is SessionState.READY,
        timeout=WAIT,
    )
    assert desktop.preferences.settings.engines[0].url == server
    assert desktop.window.shows("chat")


def test_models_are_put_beside_one_another(qtbot: QtBot, page: DiscoverPage) -> None:
    bar, toggle = page.findChild(CompareBar), page.findChild(CompareToggle)
    assert isinstance(bar, CompareBar)
    assert isinstance(toggle, CompareToggle)
    page.bar.unfit.setChecked(True)
    assert bar.isHidden()
    for model in ("qwen3-0.6b", "smollm2-135m", "gpt-oss-120b", "llama-3.3-70b"):
        page.select(model)
        toggle.button.click()
    page.select("qwen3-8b")
    assert not toggle.button.isEnabled()
    page.select("llama-3.3-70b")
    assert toggle.button.text() == "Take out of the comparison"
    toggle.button.click()
    bar.compare.click()
    dialog = page.window().findChild(CompareDialog)
    assert isinstance(dialog, CompareDialog)
    qtbot.waitUntil(lambda: dialog.table.rowCount() > 0, timeout=WAIT)
    table = dialog.table
    titles = {table.verticalHeaderItem(n).text(): n for n in range(table.rowCount())}
    assert {"Needs", "Licence", "Commercial use", "Longest that fits", "Files"} <= titles.keys()
    assert table.columnCount() == 3
    assert table.horizontalHeaderItem(2).text() == "gpt-oss 120B"
    spoken = table.item(titles["Licence"], 2).data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken == "gpt-oss 120B, Licence: Apache-2.0"
    dialog.close_button.click()
    bar.clear.click()
    assert bar.isHidden()


def test_the_files_of_a_model_are_refreshed_from_the_hub(
    qtbot: QtBot, local_hub: LocalHub, page: DiscoverPage, desktop: Desktop, smollm2_path: Path
) -> None:
    local_hub.add(
        "bartowski/SmolLM2-135M-Instruct-GGUF", "SmolLM2-135M-Instruct-IQ1_M.gguf", smollm2_path
    )
    page.select("smollm2-135m")
    age = page.findChild(FilesAge)
    assert isinstance(age, FilesAge)
    assert "when Alcove was published" in age.age.text()
    with qtbot.waitSignals([age.refreshed, desktop.inventory.catalog_changed], timeout=WAIT):
        age.refresh.click()
    catalog = desktop.inventory.catalog
    model = catalog.get("smollm2-135m") if catalog else None
    assert model is not None
    assert model.quantization("IQ1_M") is not None
    qtbot.waitUntil(lambda: "as the hub had them" in age.age.text(), timeout=WAIT)
    qtbot.waitUntil(lambda: page.detail.model is model, timeout=WAIT)
    assert any(
        page.detail.quantizations.itemText(n).startswith("IQ1_M")
        for n in range(page.detail.quantizations.count())
    )


def test_a_hub_that_is_not_there_leaves_the_files_as_they_were(
    qtbot: QtBot, page: DiscoverPage
) -> None:
    age = page.findChild(FilesAge)
    assert isinstance(age, FilesAge)
    before = age.age.text()
    age.refresh.click()
    qtbot.waitUntil(age.trouble.isVisible, timeout=WAIT)
    assert "cannot be reached" in age.trouble.text()
    assert age.age.text() == before
    assert age.refresh.isEnabled()

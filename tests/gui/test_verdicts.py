"""Headers that are fetched for the verdict in the detail pane."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from alcove.catalog.model import Model, Quantization
from alcove.errors import Remedy
from alcove.gui.appraising import Appraising
from alcove.gui.icons import Icons
from alcove.gui.inventory import Inventory
from alcove.gui.pages.discover import DiscoverPage
from alcove.gui.preferences import Preferences
from alcove.gui.tasks import Report, Tasks
from alcove.gui.theme import Theme
from alcove.gui.transfers import Transfers
from alcove.gui.verdicts import Verdicts
from alcove.gui.widgets.offer_detail import OfferDetail
from alcove.hub.remote import RemoteModel
from alcove.network import Network
from alcove.paths import Paths
from gui.offer_pane import show
from local_hub import LocalHub


def test_the_header_is_read_once_and_makes_the_verdict_exact(
    qtbot: QtBot,
    pane: OfferDetail,
    verdicts: Verdicts,
    inventory: Inventory,
    dense: Model,
    appraising: Any,
    smollm2_path: Path,
) -> None:
    def serve(quantization: Quantization, report: Report[int]) -> RemoteModel:
        report(4_000_000)
        return appraising.know(quantization, smollm2_path)

    appraising.headers = serve
    notes: list[str] = []
    verdicts.changed.connect(lambda: notes.append(pane.verdict.note.text()))
    with qtbot.waitSignal(verdicts.learned, timeout=20_000) as learned:
        show(qtbot, pane, inventory, dense)
    assert learned.args == [dense]
    assert notes[-1] == ""
    assert "Reading the file's header…" in notes
    qtbot.waitUntil(lambda: pane.fit is not None and pane.fit.basis == "header", timeout=20_000)
    with qtbot.waitSignal(pane.shown, timeout=20_000):
        QTest.keyClick(pane.context.slider, Qt.Key.Key_Left)
    assert not verdicts.busy
    assert appraising.asked == [pane.quantization.file]


def test_a_header_that_cannot_be_had_is_said_and_asked_for_again(
    qtbot: QtBot,
    pane: OfferDetail,
    verdicts: Verdicts,
    inventory: Inventory,
    dense: Model,
    appraising: Any,
) -> None:
    show(qtbot, pane, inventory, dense)
    qtbot.waitUntil(lambda: verdicts.failure is not None, timeout=20_000)
    assert pane.verdict.note.text() == "The hub does not answer. Try again later."
    assert pane.verdict.remedy.text() == "Try again"
    assert "the file was not looked into" in pane.verdict.basis.text()
    with qtbot.waitSignal(pane.shown, timeout=20_000):
        QTest.keyClick(pane.context.slider, Qt.Key.Key_Left)
    assert not verdicts.busy
    assert len(appraising.asked) == 1

    verdicts.retry()
    qtbot.waitUntil(lambda: len(appraising.asked) == 2, timeout=20_000)


def test_offline_nothing_is_asked_and_the_way_online_is_a_button(
    qtbot: QtBot,
    pane: OfferDetail,
    verdicts: Verdicts,
    inventory: Inventory,
    preferences: Preferences,
    dense: Model,
    appraising: Any,
) -> None:
    preferences.update(offline=True)
    show(qtbot, pane, inventory, dense)
    qtbot.waitUntil(lambda: verdicts.failure is not None, timeout=20_000)
    assert pane.verdict.note.text().startswith("Alcove is offline")
    assert appraising.asked == []
    with qtbot.waitSignal(pane.remedy_chosen) as chosen:
        qtbot.mouseClick(pane.verdict.remedy, Qt.MouseButton.LeftButton)
    assert pane.verdict.remedy.text() == "Go online"
    assert chosen.args

    preferences.update(offline=False)
    qtbot.waitUntil(lambda: len(appraising.asked) == 1, timeout=20_000)


def test_a_glance_asks_the_hub_for_nothing(
    qtbot: QtBot,
    pane: OfferDetail,
    verdicts: Verdicts,
    inventory: Inventory,
    dense: Model,
    mixture: Model,
    appraising: Any,
) -> None:
    show(qtbot, pane, inventory, dense)
    show(qtbot, pane, inventory, mixture)
    qtbot.waitUntil(lambda: verdicts.failure is not None, timeout=20_000)
    assert appraising.asked == [pane.quantization.file]


def test_the_way_online_asks_once(
    qtbot: QtBot,
    tasks: Tasks,
    inventory: Inventory,
    preferences: Preferences,
    transfers: Transfers,
    theme: Theme,
    icons: Icons,
    appraising: Any,
) -> None:
    preferences.update(offline=True)
    page = DiscoverPage(tasks, inventory, preferences, transfers, theme, icons)
    qtbot.addWidget(page)
    page.verdicts.release()
    page.price()
    qtbot.waitUntil(lambda: page.verdicts.failure is not None, timeout=20_000)
    page.detail.remedy_chosen.emit(Remedy.GO_ONLINE)
    qtbot.waitUntil(lambda: page.verdicts.failure is not None, timeout=20_000)
    assert not page.verdicts.busy
    assert len(appraising.asked) == 1


def test_where_headers_cannot_be_kept_one_is_fetched_all_the_same_and_once(
    qtbot: QtBot,
    pane: OfferDetail,
    verdicts: Verdicts,
    inventory: Inventory,
    dense: Model,
    local_hub: LocalHub,
    smollm2_path: Path,
    tmp_path: Path,
) -> None:
    for one in dense.quantizations:
        local_hub.add(one.repository, one.file, smollm2_path)
    (tmp_path / "headers").write_text("no folder")
    network = Network(endpoint=local_hub.endpoint)
    paths = Paths(tmp_path, tmp_path, tmp_path)
    inventory.appraising = Appraising(paths, lambda: network, dry_run=False)
    with qtbot.waitSignal(verdicts.learned, timeout=20_000):
        show(qtbot, pane, inventory, dense)
    asked = len(local_hub.requests)
    with qtbot.waitSignal(verdicts.judged, timeout=20_000):
        pass
    assert pane.fit is not None
    assert pane.fit.basis == "header"
    assert not verdicts.busy
    assert len(local_hub.requests) == asked


def test_a_header_that_teaches_nothing_is_not_fetched_for_ever(
    qtbot: QtBot,
    pane: OfferDetail,
    verdicts: Verdicts,
    inventory: Inventory,
    dense: Model,
    appraising: Any,
    smollm2_path: Path,
) -> None:
    appraising.headers = lambda quantization, _report: appraising.know(quantization, smollm2_path)
    appraising.made.known = lambda *_asked: None
    with qtbot.waitSignal(verdicts.learned, timeout=20_000):
        show(qtbot, pane, inventory, dense)
    with qtbot.waitSignal(verdicts.judged, timeout=20_000):
        pass
    assert not verdicts.busy
    verdicts.retry()
    qtbot.waitUntil(lambda: len(appraising.asked) == 2, timeout=20_000)

"""Downloads in the window: the real queue, the real transfer process, a hub on this computer."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from alcove.gui.dialogs.confirm import ConfirmDialog
from alcove.gui.icons import Icons
from alcove.gui.inventory import Inventory
from alcove.gui.messages import Action
from alcove.gui.pages.downloads import DownloadsPage
from alcove.gui.preferences import Preferences
from alcove.gui.remedies import label_of
from alcove.gui.sample_transfers import many_transfers, running, sample_transfers
from alcove.gui.tasks import Tasks
from alcove.gui.theme import Theme
from alcove.gui.transfer_words import status_in_words
from alcove.gui.transfers import Transfers
from alcove.gui.widgets.transfer_bar import TransferBar
from alcove.gui.widgets.transfer_row import TransferRow
from alcove.hub.items import Item, Wanted
from alcove.hub.queue import TransferQueue
from local_hub import LocalHub

WAIT = 60_000
REPOSITORY = "org/Small-GGUF"
NAMES = ("a", "b", "c")
HALF = 40_000_000


@pytest.fixture
def bar(qtbot: QtBot, transfers: Transfers, theme: Theme) -> Iterator[TransferBar]:
    made = TransferBar(transfers, theme)
    qtbot.addWidget(made)
    yield made
    made.hide()


@pytest.fixture
def helped() -> list[tuple[str, str]]:
    """Which remedies were chosen, for which item."""
    return []


@pytest.fixture
def page(
    qtbot: QtBot,
    tasks: Tasks,
    inventory: Inventory,
    preferences: Preferences,
    transfers: Transfers,
    helped: list[tuple[str, str]],
    theme: Theme,
    icons: Icons,
) -> Iterator[DownloadsPage]:
    def actions(item: Item) -> tuple[Action, ...]:
        remedies = item.problem.remedies if item.problem else ()
        return tuple(
            Action(label_of(one), partial(helped.append, (item.name, one.value)))
            for one in remedies
        )

    made = DownloadsPage(tasks, inventory, preferences, transfers, actions, theme, icons)
    qtbot.addWidget(made)
    made.resize(816, 600)
    made.show()
    yield made
    made.hide()


@pytest.fixture
def hub(local_hub: LocalHub, smollm2_path: Path) -> LocalHub:
    """A hub with three files, of different content under names of their own."""
    for name in NAMES:
        local_hub.add(f"org/{name}-GGUF", f"{name}-Q4_1.gguf", smollm2_path)
    return local_hub


def wanted(name: str) -> Wanted:
    return Wanted(name, f"org/{name}-GGUF", f"{name}-Q4_1.gguf")


def names(transfers: Transfers) -> list[str]:
    return [item.name for item in transfers.items]


def state(transfers: Transfers, name: str) -> str:
    return next((item.state for item in transfers.items if item.name == name), "")


def row_of(page: DownloadsPage, name: str) -> TransferRow:
    return next(row for row in page.list.rows if row.item.name == name)


def begin(qtbot: QtBot, transfers: Transfers, hub: LocalHub, *asked: str) -> Item:
    """Ask for models and wait until the first is half there; returns it."""
    hub.faults.pause_after = HALF
    transfers.open()
    for name in asked:
        transfers.add(wanted(name))
    qtbot.waitUntil(
        lambda: bool(transfers.items) and transfers.items[0].received_bytes >= HALF, timeout=WAIT
    )
    return transfers.items[0]


def held(qtbot: QtBot, transfers: Transfers, preferences: Preferences) -> None:
    """Queue three models that nothing is done with."""
    preferences.update(offline=True)
    transfers.open()
    for name in NAMES:
        transfers.add(wanted(name))
    qtbot.waitUntil(
        lambda: [item.state for item in transfers.items] == ["paused"] * 3, timeout=WAIT
    )


def test_one_runs_and_the_others_follow(qtbot: QtBot, transfers: Transfers, hub: LocalHub) -> None:
    ended: list[str] = []
    transfers.finished.connect(lambda item: ended.append(item.name))
    begin(qtbot, transfers, hub, "a", "b")
    transfers.add(wanted("a"))
    qtbot.waitUntil(lambda: names(transfers) == ["a", "b"], timeout=WAIT)
    assert (state(transfers, "a"), state(transfers, "b")) == ("running", "waiting")
    hub.faults.pause_after = None
    hub.resume()
    qtbot.waitUntil(lambda: ended == ["a", "b"], timeout=WAIT)
    assert transfers.current is None
    assert transfers.items[0].paths[0].is_file()


def test_another_revision_is_another_download(
    qtbot: QtBot, transfers: Transfers, preferences: Preferences
) -> None:
    preferences.update(offline=True)
    transfers.open()
    transfers.add(replace(wanted("a"), revision="v1.0"))
    qtbot.waitUntil(lambda: bool(transfers.items), timeout=WAIT)
    (tagged,) = transfers.items
    assert transfers.find(tagged.repository, tagged.file) is None
    assert transfers.find(tagged.repository, tagged.file, "v1.0") == tagged
    transfers.add(wanted("a"))
    qtbot.waitUntil(lambda: len(transfers.items) == 2, timeout=WAIT)
    assert transfers.find(tagged.repository, tagged.file) == transfers.items[1]


def test_the_bar_says_how_far_it_is_and_pauses_it(
    qtbot: QtBot, transfers: Transfers, hub: LocalHub, bar: TransferBar
) -> None:
    assert bar.isHidden()
    item = begin(qtbot, transfers, hub, "a", "b")
    assert not bar.isHidden()
    assert f"{100 * item.received_bytes // item.size_bytes} %" in bar.figures.text
    assert "of 98 MB" in bar.figures.text
    bar.act.click()
    qtbot.waitUntil(lambda: state(transfers, "a") == "paused", timeout=WAIT)
    hub.faults.pause_after = None
    hub.resume()
    qtbot.waitUntil(lambda: state(transfers, "b") == "done", timeout=WAIT)
    assert bar.act.text() == "Resume"
    assert bar.figures.text.startswith("Paused")
    bar.act.click()
    qtbot.waitUntil(bar.isHidden, timeout=WAIT)
    assert hub.bytes_sent("a-Q4_1.gguf") < 3 * item.size_bytes  # a and b have the same content


def test_a_click_on_the_bar_opens_all_of_them(
    qtbot: QtBot, transfers: Transfers, bar: TransferBar
) -> None:
    transfers.show((running(1),))
    with qtbot.waitSignal(bar.opened):
        qtbot.mouseClick(bar, Qt.MouseButton.LeftButton)
    with qtbot.waitSignal(bar.opened):
        bar.all.click()


def test_what_ran_when_the_window_closed_goes_on_at_the_next_start(
    qtbot: QtBot,
    transfers: Transfers,
    hub: LocalHub,
    tasks: Tasks,
    preferences: Preferences,
    alcove_home: Path,
) -> None:
    item = begin(qtbot, transfers, hub, "a")
    transfers.close()
    hub.faults.pause_after = None
    hub.resume()
    again = Transfers(tasks, TransferQueue(alcove_home / "alcove.db"), preferences.transfer_options)
    with qtbot.waitSignal(again.finished, timeout=WAIT) as finished:
        again.open()
    assert finished.args == [again.items[0]]
    assert again.items[0].id == item.id
    assert hub.bytes_sent("a-Q4_1.gguf") < item.size_bytes + HALF
    again.close()


def test_cancel_asks_before_something_is_lost(
    qtbot: QtBot, transfers: Transfers, hub: LocalHub, page: DownloadsPage
) -> None:
    begin(qtbot, transfers, hub, "a")
    row = row_of(page, "a")
    row.cancel.click()
    (dialog,) = page.findChildren(ConfirmDialog)
    with qtbot.waitSignal(dialog.finished):
        QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert names(transfers) == ["a"]
    QTest.keyClick(row, Qt.Key.Key_Delete)
    dialog = page.findChildren(ConfirmDialog)[-1]
    qtbot.mouseClick(dialog.agree, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: names(transfers) == [], timeout=WAIT)
    assert page.empty.isVisible()
    hub.resume()


def test_a_failure_shows_its_reason_and_what_helps(
    qtbot: QtBot,
    transfers: Transfers,
    local_hub: LocalHub,
    smollm2_path: Path,
    page: DownloadsPage,
    helped: list[tuple[str, str]],
) -> None:
    local_hub.add("org/a-GGUF", "a-Q4_1.gguf", smollm2_path, gated=True)
    transfers.open()
    with qtbot.waitSignal(transfers.failed, timeout=WAIT):
        transfers.add(wanted("a"))
    row = row_of(page, "a")
    assert "licence" in row.reason.text()
    assert "licence" in row.accessibleName()
    (sign_in,) = [one for one in row.remedies if one.text() == "How to sign in"]
    sign_in.click()
    assert helped == [("a", "sign-in")]
    assert row.act.text() == "Try again"
    local_hub.repositories["org/a-GGUF"].gated = False
    with qtbot.waitSignal(transfers.finished, timeout=WAIT):
        row.act.click()
    assert row.act.text() == "Chat"


def test_offline_everything_is_held_and_goes_on_once_online(
    qtbot: QtBot,
    transfers: Transfers,
    hub: LocalHub,
    preferences: Preferences,
    page: DownloadsPage,
) -> None:
    held(qtbot, transfers, preferences)
    assert all("offline" in row.reason.text() for row in page.list.rows)
    assert hub.requests == []
    preferences.update(offline=False)
    qtbot.waitUntil(lambda: [i.state for i in transfers.items] == ["done"] * 3, timeout=WAIT)


@pytest.mark.parametrize(
    ("name", "key", "order"),
    [("b", Qt.Key.Key_Up, "bac"), ("a", Qt.Key.Key_Down, "bac"), ("c", Qt.Key.Key_Up, "acb")],
)
def test_the_order_is_changed_by_keyboard(
    qtbot: QtBot,
    transfers: Transfers,
    preferences: Preferences,
    page: DownloadsPage,
    name: str,
    key: Qt.Key,
    order: str,
) -> None:
    held(qtbot, transfers, preferences)
    row = row_of(page, name)
    row.setFocus()
    QTest.keyClick(row, key, Qt.KeyboardModifier.AltModifier)
    qtbot.waitUntil(lambda: names(transfers) == list(order), timeout=WAIT)
    assert [each.item.name for each in page.list.rows] == list(order)
    assert row_of(page, name) is row


def moved(widget: QWidget, end: QPoint) -> QMouseEvent:
    """A move with the button down; that of QTest comes only if the cursor was elsewhere before."""
    none, left = Qt.MouseButton.NoButton, Qt.MouseButton.LeftButton
    place, screen = QPointF(end), QPointF(widget.mapToGlobal(end))
    kind, keys = QEvent.Type.MouseMove, Qt.KeyboardModifier.NoModifier
    return QMouseEvent(kind, place, screen, none, left, keys)


def test_the_order_is_changed_by_dragging(
    qtbot: QtBot, transfers: Transfers, preferences: Preferences, page: DownloadsPage
) -> None:
    held(qtbot, transfers, preferences)
    handle, below = row_of(page, "a").handle, row_of(page, "c")
    qtbot.waitUntil(lambda: below.y() > 0, timeout=WAIT)
    end = handle.mapFromGlobal(below.mapToGlobal(QPoint(0, below.height() - 2)))
    QTest.mousePress(handle, Qt.MouseButton.LeftButton)
    QApplication.sendEvent(handle, moved(handle, end))
    QTest.mouseRelease(handle, Qt.MouseButton.LeftButton, pos=end)
    qtbot.waitUntil(lambda: names(transfers) == ["b", "c", "a"], timeout=WAIT)


def test_arrows_walk_through_the_rows_and_space_pauses(
    qtbot: QtBot, transfers: Transfers, hub: LocalHub, page: DownloadsPage
) -> None:
    begin(qtbot, transfers, hub, "a", "b")
    page.take_focus()
    focused: Callable[[], QWidget | None] = page.window().focusWidget
    assert focused() is row_of(page, "a")
    QTest.keyClick(row_of(page, "a"), Qt.Key.Key_Down)
    assert focused() is row_of(page, "b")
    QTest.keyClick(row_of(page, "b"), Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: state(transfers, "b") == "paused", timeout=WAIT)
    page.pause_all.click()
    qtbot.waitUntil(lambda: state(transfers, "a") == "paused", timeout=WAIT)
    assert not page.pause_all.isEnabled()
    hub.faults.pause_after = None
    hub.resume()
    page.resume_all.click()
    qtbot.waitUntil(lambda: page.clear.isVisible() and not transfers.unfinished, timeout=WAIT)
    page.clear.click()
    qtbot.waitUntil(page.empty.isVisible, timeout=WAIT)


def test_the_page_sums_up(
    qtbot: QtBot, transfers: Transfers, inventory: Inventory, page: DownloadsPage, tmp_path: Path
) -> None:
    inventory.cache = tmp_path
    page.hide()
    page.show()
    transfers.show((running(1),))
    qtbot.waitUntil(lambda: " free" in page.summary, timeout=WAIT)
    assert page.summary.startswith("1 to go, 3.2 GB · 41 MB/s")
    assert not page.make_room.isVisible()
    transfers.show((replace(running(1), size_bytes=10**17),))
    assert "too little" in page.summary
    with qtbot.waitSignal(page.library_requested):
        page.make_room.click()


def test_the_bar_gives_way_to_the_page(qtbot: QtBot, transfers: Transfers, theme: Theme) -> None:
    bar = TransferBar(transfers, theme)
    qtbot.addWidget(bar)
    transfers.show((running(1),))
    assert not bar.isHidden()
    bar.give_way(True)
    assert bar.isHidden()
    bar.give_way(False)
    assert not bar.isHidden()


def test_every_state_has_words() -> None:
    now = time.time()
    said = [status_in_words(item, now) for item in sample_transfers(now)]
    assert said == [
        "37 % · 1.9 GB of 5.0 GB · 41 MB/s · 1 min left",
        "Waiting · 18.6 GB",
        "Paused, the disk lacks 3.1 GB · 24 % · 3.0 GB of 12.1 GB",
        "Tries again in 42 s · 12 % · 900 MB of 7.3 GB",
        "Paused · 48 % · 1.2 GB of 2.5 GB",
        "Failed · 8.1 GB",
        "On this computer · 1.9 GB",
        "On this computer · 2.0 GB",
    ]
    whole = replace(running(1), received_bytes=5_030_000_000, verified_bytes=2_515_000_000)
    assert status_in_words(whole, now) == "Verifying · 50 %"


class Layouts(QObject):
    """Counts how often something is laid out anew."""

    count = 0

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        self.count += event.type() == QEvent.Type.LayoutRequest
        return super().eventFilter(watched, event)


def test_figures_that_change_lay_nothing_out_anew(
    qtbot: QtBot, transfers: Transfers, page: DownloadsPage, bar: TransferBar
) -> None:
    bar.resize(816, 48)
    bar.show()
    first, *rest = many_transfers()
    transfers.show((first, *rest))
    qtbot.waitUntil(lambda: page.list.rows[-1].y() > 0, timeout=WAIT)
    for _round in range(10):  # until all that was shown just now has its place
        QApplication.processEvents()
    layouts = Layouts()
    watched = [page, bar, *page.findChildren(QWidget), *bar.findChildren(QWidget)]
    for each in watched:
        each.installEventFilter(layouts)
    for step in range(1, 100):
        transfers.show((replace(first, received_bytes=step * 11_111_111), *rest))
        QApplication.processEvents()
    assert "21 %" in bar.figures.text
    assert layouts.count == 0
    for each in watched:
        each.removeEventFilter(layouts)

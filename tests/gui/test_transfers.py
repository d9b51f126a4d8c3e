from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from alcove.errors import Remedy, TransferError
from alcove.gui.tasks import Tasks
from alcove.gui.transfers import Transfer, Transfers
from alcove.gui.widgets.transfer_bar import TransferBar
from alcove.hub.remote import TransferProgress

Report = Callable[[Any], None]


@pytest.fixture
def bar(qtbot: QtBot, transfers: Transfers) -> TransferBar:
    made = TransferBar(transfers)
    qtbot.addWidget(made)
    return made


def transfer(name: str) -> Transfer:
    return Transfer(name, "org/repo", f"{name}.gguf", 4_000_000_000)


def progress(received: int) -> TransferProgress:
    return TransferProgress("a.gguf", received, 4_000_000_000, 50_000_000.0, 60.0)


def test_one_runs_at_a_time_and_the_next_follows(
    qtbot: QtBot, transfers: Transfers, hub: Any
) -> None:
    go = threading.Event()
    running: list[str] = []

    def serve(wanted: Transfer, report: Report) -> None:
        del report
        running.append(wanted.name)
        assert go.wait(10)

    hub.serve = serve
    ended: list[str] = []
    transfers.finished.connect(lambda one: ended.append(one.name))
    for name in ("a", "b", "a"):
        transfers.start(transfer(name))
    assert [one.name for one in transfers.waiting] == ["b"]
    go.set()
    qtbot.waitUntil(lambda: ended == ["a", "b"], timeout=10_000)
    assert running == ["a", "b"]
    assert transfers.current is None


def test_the_bar_says_how_far_it_is(
    qtbot: QtBot, transfers: Transfers, hub: Any, bar: TransferBar
) -> None:
    go = threading.Event()

    def serve(wanted: Transfer, report: Report) -> None:
        del wanted
        report(progress(1_000_000_000))
        assert go.wait(10)

    hub.serve = serve
    assert bar.isHidden()
    transfers.start(transfer("a"))
    assert not bar.isHidden()
    qtbot.waitUntil(lambda: "1.0 GB of 4.0 GB" in bar.figures, timeout=10_000)
    assert "50 MB/s" in bar.figures
    assert "1 min left" in bar.figures
    with qtbot.waitSignal(transfers.finished, timeout=10_000):
        go.set()
    assert bar.isHidden()


def test_cancel_ends_it_without_a_word(
    qtbot: QtBot, transfers: Transfers, hub: Any, bar: TransferBar
) -> None:
    def serve(wanted: Transfer, report: Report) -> None:
        del wanted
        while True:
            report(progress(0))

    hub.serve = serve
    failures: list[object] = []
    transfers.failed.connect(lambda *arguments: failures.append(arguments))
    transfers.start(transfer("a"))
    cancel = next(one for one in bar.findChildren(QPushButton) if one.text() == "Cancel")
    qtbot.mouseClick(cancel, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: transfers.current is None, timeout=10_000)
    assert failures == []


def test_a_failure_does_not_stop_the_queue(qtbot: QtBot, transfers: Transfers, hub: Any) -> None:
    full = TransferError("The disk is full.", "Delete something.", Remedy.FREE_DISK)

    def serve(wanted: Transfer, report: Report) -> None:
        del report
        if wanted.name == "a":
            raise full

    hub.serve = serve
    failed: list[tuple[str, object]] = []
    transfers.failed.connect(lambda one, error: failed.append((one.name, error)))
    transfers.start(transfer("a"))
    with qtbot.waitSignal(
        transfers.finished, timeout=10_000, check_params_cb=lambda one: one.name == "b"
    ):
        transfers.start(transfer("b"))
    assert failed == [("a", full)]


def test_closing_begins_no_other_download(
    qtbot: QtBot, tasks: Tasks, transfers: Transfers, hub: Any
) -> None:
    go = threading.Event()
    served: list[str] = []

    def serve(wanted: Transfer, report: Report) -> None:
        served.append(wanted.name)
        assert go.wait(10)
        report(progress(1))

    hub.serve = serve
    transfers.start(transfer("a"))
    transfers.start(transfer("b"))
    transfers.close()
    go.set()
    qtbot.waitUntil(lambda: transfers.current is None, timeout=10_000)
    tasks.close()
    assert served == ["a"]

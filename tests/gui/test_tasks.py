from __future__ import annotations

import sys
import threading

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from alcove.errors import AlcoveError
from alcove.gui.tasks import Report, Surprise, Tasks


def test_a_surprise_is_shown_and_frees_its_owner(
    qtbot: QtBot, tasks: Tasks, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[type[BaseException]] = []
    monkeypatch.setattr(sys, "excepthook", lambda kind, _error, _trace: shown.append(kind))
    told: list[AlcoveError] = []

    def divide(_report: Report[None]) -> float:
        return 1 / 0

    tasks.run(divide, lambda _none: None, told.append)
    qtbot.waitUntil(lambda: bool(told), timeout=10_000)
    assert shown == [ZeroDivisionError]
    assert isinstance(told[0], Surprise)


def test_after_closing_nothing_arrives_and_nothing_begins(
    qapp: QApplication, tasks: Tasks, failures: list[AlcoveError]
) -> None:
    arrived: list[object] = []
    went_on = threading.Event()
    reported = threading.Event()

    def work(report: Report[int]) -> int:
        report(1)
        reported.set()
        assert went_on.wait(10)
        return 2

    running = tasks.run(work, arrived.append, arrived.append, progress=arrived.append)
    assert reported.wait(10)
    tasks.close(seconds=0)
    went_on.set()
    running.wait(10)
    late = tasks.run(work, arrived.append, arrived.append)
    late.wait(0)
    qapp.processEvents()
    assert arrived == []
    assert failures == []

"""The measurement of one model's speed, on request."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from alcove.catalog.load import Catalog
from alcove.catalog.model import Model
from alcove.errors import AlcoveError, LoadError
from alcove.fit.configuration import Configuration
from alcove.fit.insight import Insight
from alcove.fit.plan import Wish
from alcove.gui.appraising import Appraising
from alcove.gui.desktop import Desktop
from alcove.gui.icons import Icons
from alcove.gui.inventory import Inventory
from alcove.gui.measuring import Measuring, slices_into
from alcove.gui.pages.discover import DiscoverPage
from alcove.gui.tasks import Report, Tasks
from alcove.gui.theme import Theme
from alcove.gui.transfers import Transfers
from alcove.gui.verdicts import Subject, Verdicts
from alcove.gui.widgets.offer_detail import OfferDetail
from alcove.hardware.machine import Machine
from alcove.library.installed import InstalledModel
from alcove.network import Network
from alcove.paths import Paths
from gui.hand_fed_calibration import HandFedCalibration
from gui.offer_pane import show


def until_stopped(
    _asked: Subject, _as: Configuration, _on: Machine, _with: Insight, report: Report[float]
) -> Insight:
    while True:
        report(0.1)


def test_speed_is_measured_only_where_something_can_measure(
    qtbot: QtBot, pane: OfferDetail, inventory: Inventory, dense: Model
) -> None:
    show(qtbot, pane, inventory, dense)
    assert not pane.speed.measure.isVisible()


def test_a_measurement_teaches_the_forecasts(
    qtbot: QtBot, tasks: Tasks, inventory: Inventory, dense: Model
) -> None:
    subject = Subject(dense, dense.quantizations[0], None)
    measured = Insight(machine="this one")

    def measure(
        asked: Subject, _as: Configuration, _on: Machine, _with: Insight, report: Report[float]
    ) -> Insight:
        assert asked == subject
        report(0.5)
        return measured

    measuring = Measuring(tasks, inventory, measure)
    fractions: list[float | None] = []
    measuring.progressed.connect(lambda _subject, fraction: fractions.append(fraction))
    with qtbot.waitSignal(measuring.learned, timeout=20_000) as learned:
        measuring.start(subject, Configuration(8192))
    assert learned.args == [measured]
    assert fractions == [0.0, 0.5, None]


def test_a_measurement_can_be_stopped(
    qtbot: QtBot, tasks: Tasks, inventory: Inventory, dense: Model, failures: list[AlcoveError]
) -> None:
    measuring = Measuring(tasks, inventory, until_stopped)
    measuring.start(Subject(dense, dense.quantizations[0], None), Configuration(8192))
    with qtbot.waitSignal(
        measuring.progressed, timeout=20_000, check_params_cb=lambda _s, fraction: fraction is None
    ):
        measuring.stop()
    assert failures == []


@pytest.fixture
def desktop(
    qtbot: QtBot, qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Desktop]:
    """The window, not shown, with measurements that only end when they are stopped."""
    monkeypatch.setattr("alcove.gui.measuring.slices_into", lambda *_paths: until_stopped)
    monkeypatch.setattr("alcove.gui.desktop.calibrate_into", lambda _log: HandFedCalibration())
    made = Desktop(qapp, Paths(tmp_path, tmp_path, tmp_path))
    qtbot.addWidget(made.window)
    made.window.open_page("discover")
    made.window.open_page("chat")
    yield made
    made.window.close()
    qapp.setStyleSheet("")


def test_chat_measurement_and_calibration_leave_the_computer_to_one_another(
    qtbot: QtBot,
    desktop: Desktop,
    dense: Model,
    installed: InstalledModel,
    machine_with: Callable[..., Machine],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    learning, measuring, chat = desktop.learning, desktop.measuring, desktop.chat
    assert measuring is not None
    assert chat is not None
    desktop.inventory.machine = machine_with(16)
    subject = Subject(dense, dense.quantizations[0], None)
    remarks: list[str] = []
    measuring.hindered.connect(remarks.append)
    may_load = threading.Event()

    def load(*_asked: object) -> None:
        assert may_load.wait(20)
        raise LoadError("The file is damaged.")

    monkeypatch.setattr(chat.session, "_load_model", load)

    measuring.start(subject, Configuration(8192))
    learning.calibrate()
    assert learning.remark == measuring.work != ""

    chat.session.load(installed, Wish(2048))
    assert "chat" in remarks.pop()
    qtbot.waitUntil(lambda: not measuring.work, timeout=20_000)
    measuring.start(subject, Configuration(8192))
    assert remarks.pop() == chat.work != ""
    assert not measuring.work
    may_load.set()
    qtbot.waitUntil(lambda: not chat.work, timeout=20_000)

    learning.calibrate()
    measuring.start(subject, Configuration(8192))
    assert remarks.pop() == learning.work != ""
    page = desktop.window.page("discover")
    assert isinstance(page, DiscoverPage)
    assert page.detail.speed.remark.text() == learning.work


def test_the_button_times_slices_of_the_file_and_the_forecast_is_what_they_ran_at(
    qtbot: QtBot,
    tasks: Tasks,
    inventory: Inventory,
    verdicts: Verdicts,
    transfers: Transfers,
    theme: Theme,
    icons: Icons,
    catalog: Catalog,
    installed: InstalledModel,
    tmp_path: Path,
) -> None:
    real = inventory.appraising = Appraising(Paths(tmp_path, tmp_path, tmp_path), Network)
    pane = OfferDetail(inventory, transfers, verdicts, theme, icons, measurable=True)
    qtbot.addWidget(pane)
    pane.show()
    measure = slices_into(real, tmp_path / "alcove.db", tmp_path / "slices.log")
    measuring = Measuring(tasks, inventory, measure)
    pane.measure_asked.connect(lambda subject, fit: measuring.start(subject, fit.configuration))
    measuring.learned.connect(inventory.learn)
    inventory.insight_changed.connect(pane.reprice)
    starter = catalog.get("smollm2-135m")
    assert starter is not None
    names = [one.name for one in starter.quantizations]
    inventory.installed = tuple(replace(installed, quantization=name) for name in names)
    show(qtbot, pane, inventory, starter)
    guessed = pane.speed.figure.text()
    with qtbot.waitSignal(measuring.learned, timeout=120_000):
        qtbot.mouseClick(pane.speed.measure, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: pane.speed.figure.text() != guessed, timeout=20_000)
    assert "easured" in pane.speed.basis.text()
    real.close()

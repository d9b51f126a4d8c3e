"""The forecast of speed in the detail pane, and the way to one where there is none yet."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from alcove.catalog.model import Model
from alcove.errors import EngineStopped
from alcove.fit.offer import choose
from alcove.fit.result import Fit, Forecast
from alcove.gui.inventory import Inventory
from alcove.gui.learning import Learning, LearningState
from alcove.gui.tasks import Tasks
from alcove.gui.widgets.calibration_button import CalibrationButton
from alcove.gui.widgets.speed_view import SpeedView
from alcove.hardware.machine import Machine
from gui.hand_fed_calibration import HandFedCalibration

WAIT = 20_000


@pytest.fixture
def fit(dense: Model, machine_with: Callable[..., Machine]) -> Fit:
    """What fits, and of whose speed nothing can be said."""
    chosen = choose(dense, machine_with(16), 8192).fit
    return replace(chosen, forecast=Forecast(None, None, "estimated"))


@pytest.fixture
def measurement() -> Iterator[HandFedCalibration]:
    made = HandFedCalibration()
    yield made
    made.ended.set()


@pytest.fixture
def learning(
    qtbot: QtBot,
    tasks: Tasks,
    inventory: Inventory,
    tmp_path: Path,
    measurement: HandFedCalibration,
) -> Learning:
    made = Learning(tasks, inventory, tmp_path / "alcove.db", measurement)
    with qtbot.waitSignal(made.changed, timeout=WAIT):
        made.read()
    return made


@pytest.fixture
def calibration(learning: Learning) -> CalibrationButton:
    return CalibrationButton(learning)


@pytest.fixture
def view(qtbot: QtBot, calibration: CalibrationButton) -> Iterator[SpeedView]:
    made = SpeedView(measurable=True)
    made.offer_calibration(calibration)
    qtbot.addWidget(made)
    made.show()
    yield made
    made.hide()


def test_what_is_unknown_before_a_calibration_comes_with_a_way_to_it(
    qtbot: QtBot,
    view: SpeedView,
    calibration: CalibrationButton,
    learning: Learning,
    measurement: HandFedCalibration,
    fit: Fit,
) -> None:
    view.show_fit(fit)
    assert not view.figure.isVisible()
    assert view.more.text() == "Not known before this computer is measured."
    with qtbot.waitSignal(learning.progressed, timeout=WAIT):
        qtbot.mouseClick(calibration.measure, Qt.MouseButton.LeftButton)
    assert calibration.progress.isVisible()
    assert not calibration.measure.isVisible()
    calibration.progress.words.setText("Measuring a graphics card with a very long name")
    assert view.minimumSizeHint().width() <= 330  # the pane is no wider
    with qtbot.waitSignal(learning.calibrated, timeout=WAIT):
        measurement.ended.set()
    assert view.more.text() == "Not known yet."
    assert not calibration.isVisible()


def test_a_calibration_that_fails_says_why(
    qtbot: QtBot,
    view: SpeedView,
    calibration: CalibrationButton,
    learning: Learning,
    measurement: HandFedCalibration,
    fit: Fit,
) -> None:
    view.show_fit(fit)
    measurement.failure = EngineStopped("It ended.", "Close other programs.")
    measurement.ended.set()
    calibration.measure.click()
    qtbot.waitUntil(lambda: learning.state is LearningState.FAILED, timeout=WAIT)
    assert calibration.remark.text() == "It ended. Close other programs."
    assert calibration.measure.isVisible()


def test_a_forecast_needs_no_calibration(
    view: SpeedView,
    calibration: CalibrationButton,
    dense: Model,
    machine_with: Callable[..., Machine],
) -> None:
    view.show_fit(choose(dense, machine_with(16), 8192).fit)
    assert view.figure.text().endswith("tokens/s")
    assert not calibration.isVisible()


def test_what_does_not_fit_has_no_speed_and_says_so(
    view: SpeedView,
    calibration: CalibrationButton,
    dense: Model,
    machine_with: Callable[..., Machine],
) -> None:
    view.show_fit(choose(dense, machine_with(1), 8192).fit)
    assert not view.figure.isVisible()
    assert view.more.text() == "None, as the model does not fit."
    assert not calibration.isVisible()

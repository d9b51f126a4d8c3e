from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from alcove.errors import EngineStopped, Remedy
from alcove.fit import calibration
from alcove.fit.configuration import Configuration
from alcove.fit.learning import keep_slices, keep_speeds, read_insight
from alcove.fit.ledger import Ledger
from alcove.fit.speeds import speeds_key
from alcove.gui.inventory import Inventory
from alcove.gui.learning import Learning, LearningState, calibrate_into
from alcove.gui.preferences import Preferences
from alcove.gui.tasks import Tasks
from alcove.gui.theme import Theme
from alcove.gui.widgets.calibration_offer import CalibrationOffer
from alcove.hardware.machine import LlamaBuild, Machine
from fit.past import ESTIMATED, answer, load
from gui.hand_fed_calibration import HandFedCalibration, speeds_of

if TYPE_CHECKING:
    from gui.conftest import HandFedAppraising

WAIT = 20_000


class Chat:
    """Stands for the chat: says what it is doing."""

    work = ""


@pytest.fixture
def chat() -> Chat:
    return Chat()


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "alcove.db"


@pytest.fixture
def ledger(database: Path) -> Ledger:
    return Ledger(database)


@pytest.fixture
def measurement() -> Iterator[HandFedCalibration]:
    made = HandFedCalibration()
    yield made
    made.ended.set()


@pytest.fixture
def learning(
    tasks: Tasks,
    inventory: Inventory,
    database: Path,
    measurement: HandFedCalibration,
    chat: Chat,
) -> Learning:
    return Learning(tasks, inventory, database, measurement, lambda: chat.work)


@pytest.fixture
def ready(qtbot: QtBot, learning: Learning, inventory: Inventory) -> Learning:
    """A Learning that has read what is there."""
    with qtbot.waitSignal(learning.changed, timeout=WAIT):
        inventory.machine_changed.emit()
    return learning


@pytest.fixture
def machine(inventory: Inventory) -> Machine:
    assert inventory.machine is not None
    return inventory.machine


def until(qtbot: QtBot, learning: Learning, state: LearningState) -> None:
    qtbot.waitUntil(lambda: learning.state is state, timeout=WAIT)


def test_what_the_ledger_knows_of_this_computer_reaches_every_forecast(
    qtbot: QtBot, learning: Learning, inventory: Inventory, ledger: Ledger, machine: Machine
) -> None:
    ledger.record_answer(ledger.record_load(load()), answer())
    keep_speeds(ledger, speeds_of(machine))
    assert learning.state is LearningState.UNKNOWN
    with qtbot.waitSignal(inventory.insight_changed, timeout=WAIT):
        inventory.machine_changed.emit()
    assert inventory.insight.machine == speeds_key(machine)
    assert inventory.insight.speeds == speeds_of(machine)
    assert [entry.answer.generation for entry in learning.entries] == [8.0]
    assert [one.name for one in learning.loads] == ["Llama 3.1 8B Instruct"]
    assert learning.state is LearningState.DONE


def test_a_measurement_is_kept_and_counts_at_once(
    qtbot: QtBot,
    ready: Learning,
    measurement: HandFedCalibration,
    inventory: Inventory,
    ledger: Ledger,
    machine: Machine,
) -> None:
    assert ready.state is LearningState.NEVER
    with qtbot.waitSignal(ready.progressed, timeout=WAIT):
        ready.calibrate()
        assert ready.state is LearningState.RUNNING
    assert ready.words == "Measuring the processor"
    assert 0.0 < ready.fraction <= 0.5
    with qtbot.waitSignal(ready.calibrated, timeout=WAIT):
        measurement.ended.set()
    assert ready.state is LearningState.DONE
    assert inventory.insight.speeds == speeds_of(machine)
    assert read_insight(ledger, machine).speeds == speeds_of(machine)


def test_a_measurement_that_is_stopped_leaves_nothing(
    qtbot: QtBot, ready: Learning, ledger: Ledger
) -> None:
    ready.calibrate()
    ready.stop()
    until(qtbot, ready, LearningState.NEVER)
    assert not ledger.is_calibrated()


def test_one_measurement_at_a_time(
    qtbot: QtBot, ready: Learning, measurement: HandFedCalibration
) -> None:
    ready.calibrate()
    ready.calibrate()
    with qtbot.waitSignal(ready.calibrated, timeout=WAIT):
        measurement.ended.set()
    assert len(measurement.machines) == 1


def test_it_is_measured_with_the_memory_that_is_free_now_and_without_the_dry_run(
    qtbot: QtBot,
    ready: Learning,
    measurement: HandFedCalibration,
    appraising: HandFedAppraising,
) -> None:
    appraising.made.available.append(123_000_000)
    with qtbot.waitSignal(ready.progressed, timeout=WAIT):
        ready.calibrate()
    assert appraising.made.rests == 1
    with qtbot.waitSignal(ready.calibrated, timeout=WAIT):
        measurement.ended.set()
    assert appraising.made.rests == 0
    (machine,) = measurement.machines
    assert machine.memory.available_bytes == 123_000_000


def test_a_failure_says_why_and_another_try_mends_it(
    qtbot: QtBot, ready: Learning, measurement: HandFedCalibration
) -> None:
    measurement.failure = EngineStopped("It ended.", "Close other programs.", Remedy.RETRY)
    measurement.ended.set()
    ready.calibrate()
    until(qtbot, ready, LearningState.FAILED)
    assert str(ready.failure) == "It ended. Close other programs."
    measurement.failure = None
    ready.calibrate()
    until(qtbot, ready, LearningState.DONE)
    assert ready.failure is None


def test_nothing_is_measured_while_a_chat_works(
    qtbot: QtBot, ready: Learning, chat: Chat, measurement: HandFedCalibration
) -> None:
    chat.work = "An answer is being written."
    ready.calibrate()
    assert ready.state is LearningState.NEVER
    assert ready.remark == "An answer is being written."
    assert measurement.machines == []
    chat.work = ""
    with qtbot.waitSignal(ready.changed, timeout=WAIT):
        ready.read()
    assert ready.remark == ""


def test_a_measurement_gives_way_to_a_chat(qtbot: QtBot, ready: Learning, chat: Chat) -> None:
    ready.calibrate()
    ready.give_way()
    assert ready.remark == ""  # nobody needs the computer yet
    with qtbot.waitSignal(ready.progressed, timeout=WAIT):
        pass
    assert ready.state is LearningState.RUNNING
    chat.work = "A model is being loaded."
    ready.give_way()
    until(qtbot, ready, LearningState.NEVER)
    assert "chat" in ready.remark


def test_another_build_of_llama_makes_the_figures_stale(
    qtbot: QtBot, learning: Learning, inventory: Inventory, ledger: Ledger, machine: Machine
) -> None:
    keep_speeds(ledger, speeds_of(machine))
    inventory.machine_changed.emit()
    until(qtbot, learning, LearningState.DONE)
    inventory.machine = replace(machine, llama=LlamaBuild("0.4.0", ("CPU", "CUDA")))
    inventory.machine_changed.emit()
    until(qtbot, learning, LearningState.STALE)
    assert inventory.insight.speeds is None


def test_memory_that_comes_and_goes_is_no_other_computer(
    qtbot: QtBot,
    learning: Learning,
    inventory: Inventory,
    ledger: Ledger,
    machine_with: Callable[..., Machine],
) -> None:
    inventory.machine = machine_with(16)
    keep_speeds(ledger, speeds_of(inventory.machine))
    inventory.machine = machine_with(3)
    inventory.machine_changed.emit()
    until(qtbot, learning, LearningState.DONE)


def test_many_readings_become_few_and_the_last_one_counts(
    qtbot: QtBot, ready: Learning, ledger: Ledger
) -> None:
    changes: list[None] = []
    ready.changed.connect(lambda: changes.append(None))
    kept = ledger.record_load(load())
    for _number in range(20):
        ledger.record_answer(kept, answer())
        ready.read()
    qtbot.waitUntil(lambda: len(ready.entries) == 20, timeout=WAIT)
    assert len(changes) <= 3


def test_what_else_was_learned_meanwhile_is_not_lost(
    qtbot: QtBot, ready: Learning, inventory: Inventory, ledger: Ledger, machine: Machine
) -> None:
    ready.read()  # on its way before the slices are kept
    keep_slices(ledger, machine, "file", Configuration(8192), ESTIMATED)
    inventory.learn(read_insight(ledger, machine))
    with qtbot.waitSignal(ready.changed, timeout=WAIT):
        pass
    assert list(inventory.insight.slices.values()) == [ESTIMATED]


def test_forgetting_keeps_the_speed_of_the_computer(
    qtbot: QtBot, learning: Learning, inventory: Inventory, ledger: Ledger, machine: Machine
) -> None:
    keep_speeds(ledger, speeds_of(machine))
    ledger.record_answer(ledger.record_load(load()), answer())
    inventory.machine_changed.emit()
    until(qtbot, learning, LearningState.DONE)
    with qtbot.waitSignal(learning.recorded, timeout=WAIT):
        learning.forget()
    assert learning.loads == ()
    assert learning.entries == ()
    assert learning.state is LearningState.DONE
    assert ledger.loads() == ()


def test_a_ledger_that_cannot_be_read_is_told_and_breaks_nothing(
    qtbot: QtBot, learning: Learning, inventory: Inventory, database: Path
) -> None:
    database.write_bytes(b"no database" * 1000)
    with qtbot.waitSignal(learning.changed, timeout=WAIT):
        inventory.machine_changed.emit()
    assert str(database) in str(learning.trouble)
    assert learning.state is LearningState.NEVER
    assert learning.loads == ()


def test_llama_itself_is_measured(
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
    tasks: Tasks,
    inventory: Inventory,
    database: Path,
    tmp_path: Path,
) -> None:
    monkeypatch.setattr(calibration, "_CPU_SECONDS", 60.0)
    assert inventory.machine is not None
    cpu = replace(inventory.machine.cpu, physical_cores=2, logical_cores=2)
    inventory.machine = replace(inventory.machine, cpu=cpu)
    learning = Learning(tasks, inventory, database, calibrate_into(tmp_path / "calibration.log"))
    with qtbot.waitSignal(learning.changed, timeout=WAIT):
        inventory.machine_changed.emit()
    learning.calibrate()
    qtbot.waitUntil(lambda: not learning.work, timeout=240_000)
    assert learning.failure is None, learning.remark
    assert learning.speeds is not None
    assert learning.speeds.threads in {1, 2}
    assert learning.speeds.cpu.layer > 0


@pytest.fixture
def offer(
    qtbot: QtBot, ready: Learning, inventory: Inventory, preferences: Preferences, theme: Theme
) -> Iterator[CalibrationOffer]:
    del theme
    made = CalibrationOffer(ready, inventory, preferences)
    qtbot.addWidget(made)
    made.update_state()
    yield made
    made.hide()


def test_the_offer_leads_to_a_measurement_and_leaves(
    qtbot: QtBot, ready: Learning, offer: CalibrationOffer, measurement: HandFedCalibration
) -> None:
    assert offer.isVisible()
    assert "20 seconds" in offer.sentence.text()
    qtbot.mouseClick(offer.measure, Qt.MouseButton.LeftButton)
    assert offer.progress.isVisible()
    assert not offer.measure.isVisible()
    qtbot.mouseClick(offer.progress.stop, Qt.MouseButton.LeftButton)
    until(qtbot, ready, LearningState.NEVER)
    assert offer.measure.isVisible()
    measurement.ended.set()
    with qtbot.waitSignal(ready.calibrated, timeout=WAIT):
        qtbot.mouseClick(offer.measure, Qt.MouseButton.LeftButton)
    assert not offer.isVisible()


def test_not_now_is_remembered(
    qtbot: QtBot,
    ready: Learning,
    offer: CalibrationOffer,
    inventory: Inventory,
    preferences: Preferences,
) -> None:
    qtbot.mouseClick(offer.decline, Qt.MouseButton.LeftButton)
    assert not offer.isVisible()
    assert preferences.settings.calibration_declined
    again = CalibrationOffer(ready, inventory, preferences)
    qtbot.addWidget(again)
    again.update_state()
    assert not again.isVisible()


def test_by_keyboard_the_focus_stays_where_it_can_act(
    qtbot: QtBot, ready: Learning, offer: CalibrationOffer
) -> None:
    offer.activateWindow()
    qtbot.waitUntil(offer.isActiveWindow, timeout=WAIT)
    offer.measure.setFocus()
    qtbot.keyClick(offer.measure, " ")
    assert offer.progress.stop.hasFocus()
    qtbot.keyClick(offer.progress.stop, " ")
    until(qtbot, ready, LearningState.NEVER)
    assert offer.measure.hasFocus()


def test_a_failed_measurement_is_said_in_the_offer(
    qtbot: QtBot, ready: Learning, offer: CalibrationOffer, measurement: HandFedCalibration
) -> None:
    measurement.failure = EngineStopped("It ended.", "Close other programs.", Remedy.RETRY)
    measurement.ended.set()
    qtbot.mouseClick(offer.measure, Qt.MouseButton.LeftButton)
    until(qtbot, ready, LearningState.FAILED)
    assert offer.sentence.text() == "It ended. Close other programs."
    assert offer.measure.text() == "Try again"

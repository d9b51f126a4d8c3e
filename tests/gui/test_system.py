from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel, QScrollArea, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from alcove.errors import EngineStopped, Remedy
from alcove.fit.kernels import KINDS
from alcove.fit.learning import keep_speeds
from alcove.fit.ledger import Ledger
from alcove.fit.speeds import KernelSpeeds, speeds_key
from alcove.gguf.tensor_types import TENSOR_TYPES
from alcove.gui.dialogs.confirm import ConfirmDialog
from alcove.gui.icons import Icons
from alcove.gui.inventory import Inventory
from alcove.gui.learning import Learning, LearningState
from alcove.gui.pages.system import SystemPage
from alcove.gui.tasks import Tasks
from alcove.gui.theme import Theme
from alcove.gui.widgets.machine_facts import FindingRow
from alcove.hardware.machine import Machine, Memory
from fit.past import answer, load
from gui.hand_fed_calibration import HandFedCalibration, speeds_of

WAIT = 20_000


class Gauge:
    """A memory that shrinks by a gigabyte whenever it is read."""

    def __init__(self) -> None:
        self.free = 20_000_000_000

    def read(self) -> Memory:
        self.free -= 1_000_000_000
        return Memory(total_bytes=32_000_000_000, available_bytes=self.free)


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "alcove.db")


@pytest.fixture
def measurement() -> Iterator[HandFedCalibration]:
    made = HandFedCalibration()
    yield made
    made.ended.set()


@pytest.fixture
def learning(
    tasks: Tasks, inventory: Inventory, tmp_path: Path, measurement: HandFedCalibration
) -> Learning:
    return Learning(tasks, inventory, tmp_path / "alcove.db", measurement)


@pytest.fixture
def page(
    qtbot: QtBot,
    inventory: Inventory,
    learning: Learning,
    theme: Theme,
    icons: Icons,
) -> Iterator[SystemPage]:
    made = SystemPage(inventory, learning, theme, icons, Gauge().read, every_ms=10)
    qtbot.addWidget(made)
    yield made
    made.hide()


def test_memory_is_read_while_the_page_is_seen(qtbot: QtBot, page: SystemPage) -> None:
    assert page.memory.text() == ""
    page.show()
    assert page.memory.text() == "19.0 GB of 32.0 GB free"
    qtbot.waitUntil(lambda: page.memory.text() == "17.0 GB of 32.0 GB free", timeout=WAIT)
    page.hide()
    assert not page.watching


def test_an_idle_gpu_comes_with_the_command_that_wakes_it(
    qtbot: QtBot, page: SystemPage, inventory: Inventory, machine_with: Callable[..., Machine]
) -> None:
    inventory.machine = machine_with(16, 8, usable=False)
    inventory.machine_changed.emit()
    copies = [
        button
        for row in page.findChildren(FindingRow)
        for button in row.findChildren(QToolButton)
        if button.accessibleName() == "Copy"
    ]
    assert len(copies) == 1
    qtbot.mouseClick(copies[0], Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == "pip install llama-cpp-python"


def test_free_memory_is_said_once(
    page: SystemPage, inventory: Inventory, machine_with: Callable[..., Machine]
) -> None:
    inventory.machine = machine_with(16)
    inventory.machine_changed.emit()
    page.show()
    said = [one.text() for row in page.findChildren(FindingRow) for one in row.findChildren(QLabel)]
    assert any("llama.cpp" in sentence for sentence in said)
    assert not any("RAM are free" in sentence for sentence in said)


@pytest.fixture
def known(qtbot: QtBot, page: SystemPage, learning: Learning, inventory: Inventory) -> SystemPage:
    """The page, in view, once the ledger was read."""
    page.resize(816, 600)
    page.show()
    with qtbot.waitSignal(learning.changed, timeout=WAIT):
        inventory.machine_changed.emit()
    return page


def texts(widget: QWidget) -> list[str]:
    return [one.text() for one in widget.findChildren(QLabel) if one.isVisible()]


def until(qtbot: QtBot, learning: Learning, state: LearningState) -> None:
    qtbot.waitUntil(lambda: learning.state is state, timeout=WAIT)


def test_the_speed_is_measured_with_progress_and_then_said(
    qtbot: QtBot, known: SystemPage, learning: Learning, measurement: HandFedCalibration
) -> None:
    card = known.speed
    assert card.measure.text() == "Measure now"
    assert "20 seconds" in card.sentence.text()
    with qtbot.waitSignal(learning.progressed, timeout=WAIT):
        qtbot.mouseClick(card.measure, Qt.MouseButton.LeftButton)
    assert card.progress.words.text() == "Measuring the processor"
    assert card.progress.isVisible()
    assert not card.measure.isVisible()
    with qtbot.waitSignal(learning.calibrated, timeout=WAIT):
        measurement.ended.set()
    assert card.measure.text() == "Measure again"
    assert card.sentence.text() == (
        "Models run fastest here with 8 threads for answers and 16 for prompts."
    )
    wanted = {"AMD Ryzen 7 7840U", "Q4_K", "18", "48", "F16", "23", "89"}
    qtbot.waitUntil(lambda: wanted <= set(texts(card)), timeout=WAIT)
    assert any("1 Mar 2026" in text for text in texts(card))
    assert not card.progress.isVisible()


def test_a_calibration_cut_short_says_so(
    qtbot: QtBot, known: SystemPage, learning: Learning, inventory: Inventory, ledger: Ledger
) -> None:
    assert inventory.machine is not None
    short = speeds_of(inventory.machine)
    keep_speeds(ledger, short)
    learning.read()
    until(qtbot, learning, LearningState.DONE)
    assert f"3 of {KINDS} kinds of weights" in known.speed.remark.text()
    assert known.speed.remark.isVisible()
    every = KernelSpeeds(dict.fromkeys([one.name for one in TENSOR_TYPES.values()][:KINDS], 1e10))
    keep_speeds(ledger, replace(short, cpu=replace(short.cpu, dense=every)))
    with qtbot.waitSignal(learning.changed, timeout=WAIT):
        learning.read()
    assert not known.speed.remark.isVisible()


def test_the_memory_is_as_fast_as_it_was_at_best(
    qtbot: QtBot, known: SystemPage, learning: Learning, inventory: Inventory, ledger: Ledger
) -> None:
    assert inventory.machine is not None
    ledger.keep_bandwidth(speeds_key(inventory.machine), 80e9)
    with qtbot.waitSignal(inventory.insight_changed, timeout=WAIT):
        learning.read()
    said = {one.text() for one in known.findChildren(QLabel)}
    assert {"RAM is read at 80.0 GB/s.", "80.0 GB/s"} <= said


def test_every_graphics_card_has_its_own_figures(
    qtbot: QtBot,
    known: SystemPage,
    learning: Learning,
    inventory: Inventory,
    ledger: Ledger,
    machine_with: Callable[..., Machine],
) -> None:
    inventory.machine = machine_with(16, 8)
    keep_speeds(ledger, speeds_of(inventory.machine))
    inventory.machine_changed.emit()
    until(qtbot, learning, LearningState.DONE)
    wanted = {"AMD Ryzen 7 7840U", "NVIDIA GeForce RTX 4060"}
    qtbot.waitUntil(lambda: wanted <= set(texts(known.speed)), timeout=WAIT)
    assert texts(known.speed).count("Q4_K") == 2


def test_a_failed_measurement_keeps_the_figures_of_an_earlier_one(
    qtbot: QtBot,
    known: SystemPage,
    learning: Learning,
    measurement: HandFedCalibration,
) -> None:
    measurement.ended.set()
    learning.calibrate()
    until(qtbot, learning, LearningState.DONE)
    measurement.failure = EngineStopped("It ended.", "Close other programs.", Remedy.RETRY)
    qtbot.mouseClick(known.speed.measure, Qt.MouseButton.LeftButton)
    until(qtbot, learning, LearningState.FAILED)
    assert known.speed.failure.text() == "It ended. Close other programs."
    assert known.speed.measure.text() == "Try again"
    assert "Q4_K" in texts(known.speed)


def test_answers_appear_while_the_page_is_seen(
    qtbot: QtBot, known: SystemPage, learning: Learning, ledger: Ledger
) -> None:
    rows = known.ledger.table.view.model()
    assert known.ledger.table.empty.isVisible()
    assert not known.ledger.panel.isVisible()
    assert not known.ledger.forget.isVisible()
    kept = ledger.record_load(load())
    ledger.record_answer(kept, answer())
    with qtbot.waitSignal(learning.recorded, timeout=WAIT):
        learning.read()
    assert rows.rowCount() == 1
    assert known.ledger.panel.sentence.text().startswith("1 answer:")

    known.hide()
    ledger.record_answer(kept, answer())
    ledger.record_load(load(name="Gemma"))
    with qtbot.waitSignal(learning.recorded, timeout=WAIT):
        learning.read()
    assert rows.rowCount() == 1  # nobody looks
    known.show()
    assert rows.rowCount() == 2
    assert known.ledger.panel.sentence.text().startswith("2 answers:")


def test_forgetting_asks_first(
    qtbot: QtBot, known: SystemPage, learning: Learning, ledger: Ledger
) -> None:
    ledger.record_answer(ledger.record_load(load()), answer())
    with qtbot.waitSignal(learning.recorded, timeout=WAIT):
        learning.read()
    qtbot.mouseClick(known.ledger.forget, Qt.MouseButton.LeftButton)
    (dialog,) = known.findChildren(ConfirmDialog)
    assert len(ledger.loads()) == 1
    with qtbot.waitSignal(learning.recorded, timeout=WAIT):
        qtbot.mouseClick(dialog.agree, Qt.MouseButton.LeftButton)
    assert ledger.loads() == ()
    assert known.ledger.table.empty.isVisible()
    assert not known.ledger.forget.isVisible()


def test_a_ledger_that_cannot_be_read_says_so_on_its_card(
    qtbot: QtBot, page: SystemPage, learning: Learning, inventory: Inventory, tmp_path: Path
) -> None:
    (tmp_path / "alcove.db").write_bytes(b"no database" * 1000)
    page.show()
    with qtbot.waitSignal(learning.changed, timeout=WAIT):
        inventory.machine_changed.emit()
    assert "alcove.db" in page.ledger.trouble.text()
    assert page.ledger.trouble.isVisible()
    assert not page.ledger.table.isVisible()


@pytest.mark.parametrize(("width", "side_by_side"), [(1196, True), (1000, True), (816, False)])
def test_a_wide_page_has_two_columns(
    qtbot: QtBot, known: SystemPage, width: int, side_by_side: bool
) -> None:
    known.resize(width, 600)

    def left(one: QWidget) -> int:
        return one.mapTo(known, one.rect().topLeft()).x()

    qtbot.waitUntil(
        lambda: (left(known.facts) > left(known.speed) + known.speed.width()) == side_by_side,
        timeout=WAIT,
    )
    (scroll,) = [one for one in known.findChildren(QScrollArea) if one.widget() is not None]
    content = scroll.widget()
    assert content.width() == scroll.viewport().width()
    assert content.minimumSizeHint().width() <= content.width()


def test_nothing_is_cut_off_in_a_small_window(
    qtbot: QtBot, known: SystemPage, learning: Learning, ledger: Ledger, inventory: Inventory
) -> None:
    assert inventory.machine is not None
    keep_speeds(ledger, speeds_of(inventory.machine))
    ledger.record_answer(ledger.record_load(load(name="A model with a long name " * 6)), answer())
    with qtbot.waitSignal(learning.recorded, timeout=WAIT):
        learning.read()
    known.grab()
    (scroll,) = [one for one in known.findChildren(QScrollArea) if one.widget() is not None]
    content = scroll.widget()
    assert content.minimumSizeHint().width() <= scroll.viewport().width()

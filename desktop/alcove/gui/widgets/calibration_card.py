"""The card about how fast this computer runs models."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QDateTime, QLocale, Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QVBoxLayout, QWidget

from alcove.fit.formula import targets
from alcove.fit.summary import Pace, left_out, paces
from alcove.gui.inventory import Inventory
from alcove.gui.learning import Learning, LearningState
from alcove.gui.models.ledger import speed_figure
from alcove.gui.widgets.calibration_progress import CalibrationProgress
from alcove.gui.widgets.card import card
from alcove.gui.widgets.elided_label import ElidedLabel
from alcove.gui.widgets.parts import button, clear, column, label
from alcove.i18n import _, ngettext

if TYPE_CHECKING:
    from alcove.fit.speeds import DeviceSpeeds, Speeds
    from alcove.hardware.machine import Machine

_MAIN_TYPES = ("Q4_K", "Q5_K", "Q6_K", "Q8_0", "F16")
_CPU_SECONDS, _GPU_SECONDS = 20, 10


class CalibrationCard(QWidget):
    """Says what was measured, or why it was not, and measures."""

    def __init__(
        self, learning: Learning, inventory: Inventory, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._learning = learning
        self._inventory = inventory
        self._shown: Speeds | None = None
        self.sentence = label(wrap=True)
        self.remark = label(role="fair", wrap=True)
        self.failure = label(role="bad", wrap=True)
        self.progress = CalibrationProgress(learning)
        self._figures = QVBoxLayout()
        self._figures.setSpacing(12)
        self.date = label(role="caption", wrap=True)
        self.measure = button("")
        self.measure.clicked.connect(learning.calibrate)
        section = column(self.failure, self.sentence, self.remark, self.progress, spacing=10)
        section.addLayout(self._figures)
        section.addWidget(self.date)
        self.setLayout(column(card(_("Speed of this computer"), section, self.measure)))
        learning.changed.connect(self._show)
        inventory.machine_changed.connect(self._show)
        self._show()

    def _show(self) -> None:
        state, learning = self._learning.state, self._learning
        self._say(self.failure, str(learning.failure) if state is LearningState.FAILED else "")
        self._say(self.sentence, _sentence(learning, self._inventory.machine))
        self._say(self.remark, _remark(learning))
        self.measure.setText(_verb(learning))
        self.measure.setEnabled(self._inventory.machine is not None)
        running = state is LearningState.RUNNING
        self.progress.take_turns(running, self.measure, self.measure)
        self._show_figures(learning.speeds)

    @staticmethod
    def _say(where: QLabel, sentence: str) -> None:
        where.setText(sentence)
        where.setVisible(bool(sentence))

    def _show_figures(self, speeds: Speeds | None) -> None:
        self._say(self.date, _date(speeds) if speeds else "")
        if speeds == self._shown:
            return
        self._shown = speeds
        clear(self._figures)
        if speeds is not None:
            for name, device in _devices(speeds, self._inventory.machine):
                self._figures.addWidget(_DeviceFigures(name, device))


class _DeviceFigures(QWidget):
    """The types of weights from left to right, and what was measured with each beneath."""

    def __init__(self, name: str, device: DeviceSpeeds) -> None:
        super().__init__()
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(20)
        grid.setVerticalSpacing(4)
        grid.addWidget(ElidedLabel(name, "strong"), 0, 0)
        grid.addWidget(label(_("Weights read, GB/s"), "muted"), 1, 0)
        grid.addWidget(label(_("Prompt of a 1B model, tokens/s"), "muted"), 2, 0)
        for number, pace in enumerate(_main_paces(device), start=1):
            for line, (text, spoken) in enumerate(_figures(pace)):
                made = label(text, "caption" if line == 0 else "body")
                made.setAccessibleName(spoken)
                made.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                grid.addWidget(made, line, number)
        grid.setColumnStretch(0, 1)


def expected_seconds(machine: Machine | None) -> str:
    """Say how long measuring takes about: "20 seconds"."""
    seconds = _CPU_SECONDS + _GPU_SECONDS * (len(targets(machine)) if machine else 0)
    return ngettext("{count} second", "{count} seconds", seconds).format(count=seconds)


def _sentence(learning: Learning, machine: Machine | None) -> str:
    state = learning.state
    if state is LearningState.UNKNOWN:
        return _("Looking at this computer")
    if state is LearningState.RUNNING:
        return _("The figures are best if nothing else works meanwhile.")
    if (speeds := learning.speeds) is not None:
        return _threads(speeds)
    if state is LearningState.STALE:
        return _(
            "The hardware or llama.cpp is another than when this computer was measured, so that "
            "the old figures no longer count. Measuring takes about {time}."
        ).format(time=expected_seconds(machine))
    return _(
        "Not measured yet. Measuring takes about {time}. Speeds are then forecast from what "
        "llama.cpp really does here, rather than guessed."
    ).format(time=expected_seconds(machine))


def _remark(learning: Learning) -> str:
    """Say why nothing was measured, or not everything."""
    if learning.remark or learning.state is LearningState.RUNNING or learning.speeds is None:
        return learning.remark
    return left_out(learning.speeds) or ""


def _verb(learning: Learning) -> str:
    if learning.state is LearningState.FAILED:
        return _("Try again")
    never = learning.state in (LearningState.NEVER, LearningState.UNKNOWN)
    return _("Measure now") if never else _("Measure again")


def _threads(speeds: Speeds) -> str:
    if speeds.threads == speeds.batch_threads:
        return _("Models run fastest here with {count} threads.").format(count=speeds.threads)
    return _(
        "Models run fastest here with {count} threads for answers and {prompt} for prompts."
    ).format(count=speeds.threads, prompt=speeds.batch_threads)


def _date(speeds: Speeds) -> str:
    when = datetime.fromisoformat(speeds.date).timestamp()
    date = QLocale().toString(QDateTime.fromSecsSinceEpoch(int(when)), "d MMM yyyy, HH:mm")
    return _("Measured on {date} with the kernels of llama.cpp that run models.").format(date=date)


def _devices(speeds: Speeds, machine: Machine | None) -> Iterator[tuple[str, DeviceSpeeds]]:
    yield machine.cpu.name if machine else _("Processor"), speeds.cpu
    if machine is not None:
        yield from zip((gpu.name for gpu in targets(machine)), speeds.gpus, strict=False)


def _main_paces(device: DeviceSpeeds) -> list[Pace]:
    plain = {pace.type: pace for pace in paces(device) if not pace.experts}
    return [plain[kind] for kind in _MAIN_TYPES if kind in plain]


def _figures(pace: Pace) -> Iterator[tuple[str, str]]:
    """Yield what stands in each line of a column, and what it is for a screen reader."""
    yield pace.type, pace.type
    read = speed_figure(pace.generation / 1e9)
    yield read, _("{type}: {speed} gigabytes per second").format(type=pace.type, speed=read)
    prompt = speed_figure(pace.prompt) if pace.prompt else "–"
    yield (
        prompt,
        _("{type}: {speed} tokens of a prompt per second").format(type=pace.type, speed=prompt),
    )

"""The way to a forecast of speed where there is none before this computer was measured."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from alcove.gui.learning import Learning, LearningState
from alcove.gui.widgets.calibration_progress import CalibrationProgress
from alcove.gui.widgets.parts import button, column, label, row
from alcove.i18n import _


class CalibrationButton(QWidget):
    """Measures this computer, or says why not. ``changed``: ``helps`` may be another."""

    changed = Signal()

    def __init__(self, learning: Learning, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._learning = learning
        self.measure = button(_("Measure this computer"))
        self.measure.clicked.connect(learning.calibrate)
        self.remark = label(role="fair", wrap=True)
        self.progress = CalibrationProgress(learning)
        self._start = QWidget()
        self._start.setLayout(row(self.measure, None))
        layout = column(self._start, self.progress, self.remark, spacing=4)
        layout.setContentsMargins(0, 6, 0, 0)
        self.setLayout(layout)
        learning.changed.connect(self._show)
        self._show()

    @property
    def helps(self) -> bool:
        """Whether this computer was not measured yet."""
        return self._learning.speeds is None

    def _show(self) -> None:
        state, learning = self._learning.state, self._learning
        running = state is LearningState.RUNNING
        self.progress.take_turns(running, self._start, self.measure)
        failed = state is LearningState.FAILED
        self.remark.setText(str(learning.failure) if failed else learning.remark)
        self.remark.setVisible(bool(self.remark.text()))
        self.changed.emit()

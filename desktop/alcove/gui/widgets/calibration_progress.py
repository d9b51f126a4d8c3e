"""How far the measurement of this computer is, with a way to stop it."""

from __future__ import annotations

from PySide6.QtWidgets import QProgressBar, QPushButton, QWidget

from alcove.gui.learning import Learning
from alcove.gui.widgets.elided_label import ElidedLabel
from alcove.gui.widgets.parts import button, row
from alcove.i18n import _

_STEPS = 1000


class CalibrationProgress(QWidget):
    """What is being measured, a bar, and Stop."""

    def __init__(self, learning: Learning, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._learning = learning
        self.words = ElidedLabel(role="muted")
        self.bar = QProgressBar()
        self.bar.setRange(0, _STEPS)
        self.bar.setTextVisible(False)
        self.bar.setMinimumWidth(80)
        self.stop = button(_("Stop"), "quiet")
        self.stop.setAccessibleName(_("Stop measuring this computer"))
        self.stop.clicked.connect(learning.stop)
        layout = row(self.words, self.bar, self.stop, spacing=16)
        layout.setStretch(1, 1)
        self.setLayout(layout)
        learning.progressed.connect(self._show)
        learning.changed.connect(self._show)
        self._show()

    def take_turns(self, running: bool, other: QWidget, start: QPushButton) -> None:
        """Show either this or ``other``; the focus goes from Stop to ``start`` in it, and back."""
        left, entered = (start, self.stop) if running else (self.stop, start)
        focused = left.hasFocus()
        (self if running else other).setVisible(True)
        if focused:
            entered.setFocus()
        (other if running else self).setVisible(False)

    def _show(self) -> None:
        self.words.setText(self._learning.words)
        self.bar.setAccessibleName(self._learning.words)
        self.bar.setValue(round(_STEPS * self._learning.fraction))

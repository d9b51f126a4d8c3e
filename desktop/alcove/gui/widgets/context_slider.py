"""The context slider: powers of two up to what the model was trained for."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt, QTimer, Signal
from PySide6.QtWidgets import QSlider, QWidget

from alcove.gui.widgets.parts import column, label, row
from alcove.i18n import _
from alcove.words import tokens

_SHORTEST = 2048
_PAUSE_MS = 250


def context_steps(longest: int) -> tuple[int, ...]:
    """Return the contexts, in tokens, that the slider offers; the last one is ``longest``."""
    steps = [min(_SHORTEST, longest)]
    while steps[-1] < longest:
        steps.append(min(steps[-1] * 2, longest))
    return tuple(steps)


class ContextSlider(QWidget):
    """Chooses a context in tokens.

    ``moved`` follows the handle; ``released`` comes once, when it was let go or came to rest.
    """

    moved = Signal(int)
    released = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._steps: tuple[int, ...] = (_SHORTEST,)
        self._value = label(role="strong")
        self._longest = label(role="caption")
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setAccessibleName(_("Context in tokens"))
        self.slider.setPageStep(1)
        layout = column(spacing=4)
        layout.addLayout(row(label(_("Context"), "section"), None, self._value))
        layout.addWidget(self.slider)
        layout.addWidget(self._longest)
        self.setLayout(layout)
        self._pause = QTimer(self, singleShot=True, interval=_PAUSE_MS)
        self._pause.timeout.connect(lambda: self.released.emit(self.context))
        self.slider.valueChanged.connect(self._change)
        self.slider.sliderReleased.connect(self._pause.start)

    @property
    def context(self) -> int:
        """The context that is chosen, in tokens."""
        return self._steps[self.slider.value()]

    @property
    def others(self) -> tuple[int, ...]:
        """The contexts that could be chosen instead, the nearest first."""
        here = self.slider.value()
        order = sorted(range(len(self._steps)), key=lambda number: abs(number - here))
        return tuple(self._steps[number] for number in order[1:])

    def offer(self, longest: int, context: int) -> None:
        """Offer contexts up to ``longest`` and put the handle on the one next below ``context``."""
        self._steps = context_steps(longest)
        below = [number for number, step in enumerate(self._steps) if step <= context]
        with QSignalBlocker(self.slider):
            self.slider.setRange(0, len(self._steps) - 1)
            self.slider.setValue(below[-1] if below else 0)
        self._show()

    def say_longest(self, text: str) -> None:
        """Show a line below the slider."""
        self._longest.setText(text)

    def _change(self) -> None:
        self._show()
        self.moved.emit(self.context)
        if not self.slider.isSliderDown():
            self._pause.start()

    def _show(self) -> None:
        self._value.setText(_("{count} tokens").format(count=tokens(self.context)))

"""Where cyclic garbage is collected: on the GUI thread alone.

Python collects it on whichever thread allocates. An object of Qt's that ended on the thread of a
task would hold a lock of Qt while it waits for the interpreter, which the GUI thread may hold while
it waits for that lock: the window would stand still for ever.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

_LOOK_MS = 1000


class Collector(QObject):
    """Stands in for the automatic collection of Python until it is closed."""

    def __init__(self, parent: QObject | None = None, every_ms: int = _LOOK_MS) -> None:
        super().__init__(parent)
        self._timer = QTimer(self, interval=every_ms)
        self._timer.timeout.connect(self._look)
        self._timer.start()
        gc.disable()

    def close(self) -> None:
        """Leave it to Python again."""
        self._timer.stop()
        gc.enable()

    def _look(self) -> None:
        """Collect the oldest generation that has come of age, as Python would."""
        ages = zip(gc.get_count(), gc.get_threshold(), strict=True)
        due = [generation for generation, (count, limit) in enumerate(ages) if count > limit]
        if due:
            gc.collect(max(due))

"""A look at free memory again and again, while a page is seen."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QWidget

from alcove.gui.inventory import Inventory

MEMORY_MS = 5000
"""Often enough for a list of what fits, and no load on the computer."""


class MemoryWatch(QObject):
    """Refreshes the inventory's memory when ``page`` is shown, and then every ``every_ms``."""

    def __init__(self, page: QWidget, inventory: Inventory, every_ms: int = MEMORY_MS) -> None:
        super().__init__(page)
        self._inventory = inventory
        self._timer = QTimer(self, interval=every_ms)
        self._timer.timeout.connect(inventory.refresh_memory)
        page.installEventFilter(self)

    @property
    def active(self) -> bool:
        """Whether it looks; only while the page is seen."""
        return self._timer.isActive()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Show:
            self._inventory.refresh_memory()
            self._timer.start()
        elif event.type() == QEvent.Type.Hide:
            self._timer.stop()
        return super().eventFilter(watched, event)

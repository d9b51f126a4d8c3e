"""A list and the details of one of its items: side by side, or one over the other."""

from __future__ import annotations

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

_ENOUGH = 940
_DETAIL = 400


class ListDetail(QWidget):
    """Shows both where there is room for both, else the details only when asked for.

    ``covered_changed``: the details began or ceased to hide the list.
    """

    covered_changed = Signal(bool)

    def __init__(self, items: QWidget, detail: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._items, self._detail = items, detail
        self._asked = False
        self._was_covered = False
        self._available = False
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(items, 1)
        layout.addWidget(detail)
        self._arrange()

    @property
    def wide(self) -> bool:
        """Whether there is room for both."""
        return self.width() >= _ENOUGH

    @property
    def covered(self) -> bool:
        """Whether the details hide the list."""
        return self._asked and self._available and not self.wide

    def set_available(self, available: bool) -> None:
        """Say whether there are details to show."""
        self._available = available
        self._arrange()

    def ask(self, wanted: bool) -> None:
        """Show the details over the list, or the list again, where there is no room for both."""
        self._asked = wanted
        self._arrange()

    def minimumSizeHint(self) -> QSize:
        """One of them is enough: a narrower window shows the list alone."""
        least = super().minimumSizeHint()
        return QSize(self._items.minimumSizeHint().width(), least.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        self._detail.setMinimumWidth(_DETAIL if self.wide else 0)
        self._detail.setMaximumWidth(_DETAIL if self.wide else 16777215)
        self._detail.setVisible(self._available and (self.wide or self._asked))
        self._items.setVisible(not self.covered)
        if self.covered != self._was_covered:
            self._was_covered = self.covered
            self.covered_changed.emit(self.covered)

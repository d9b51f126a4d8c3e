"""The thin bar at the bottom of the window: the download that runs, or why none does."""

from __future__ import annotations

import time

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QFrame, QProgressBar, QWidget

from alcove.gui.theme import Theme
from alcove.gui.transfer_words import STEPS, reason_in_words, status_in_words, steps, verb
from alcove.gui.transfers import Transfers
from alcove.gui.widgets.elided_label import ElidedLabel
from alcove.gui.widgets.parts import button, label, row
from alcove.gui.widgets.steady_label import SteadyLabel
from alcove.hub.items import Item
from alcove.i18n import _, ngettext

_TICK_MS = 1000
_NAME_WIDTH = 260
_FIGURES_WIDTH = 280
_BAR_WIDTH = 80


class TransferBar(QFrame):
    """Name, progress, speed and time left; hidden where nothing is left to do, or all is shown.

    ``opened``: the user wants to see all downloads.
    """

    opened = Signal()

    def __init__(self, transfers: Transfers, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._transfers = transfers
        self._gives_way = False
        self.setProperty("role", "bar")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._make_parts(theme)
        layout = row(self._name, self.progress, self.figures, self._waiting, spacing=16)
        for made in (self.act, self.all):
            layout.addWidget(made)
        layout.setContentsMargins(24, 6, 12, 6)
        layout.setStretch(1, 1)
        self.setLayout(layout)
        self._timer = QTimer(self, interval=_TICK_MS)
        self._timer.timeout.connect(self._show_figures)
        transfers.changed.connect(self._show)
        transfers.progressed.connect(self._show_figures)
        self._show()

    def give_way(self, wanted: bool) -> None:
        """Hide while the page with all downloads is shown."""
        self._gives_way = wanted
        self._show()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self.rect().contains(event.position().toPoint()):
            self.opened.emit()

    def _make_parts(self, theme: Theme) -> None:
        self._name = ElidedLabel(role="strong")
        self._name.setMaximumWidth(_NAME_WIDTH)
        self.progress = QProgressBar()
        self.progress.setRange(0, STEPS)
        self.progress.setTextVisible(False)
        self.progress.setMinimumWidth(_BAR_WIDTH)
        self.figures = SteadyLabel(theme, width=_FIGURES_WIDTH)
        self._waiting = label(role="caption")
        self.act = button("", "quiet")
        self.act.clicked.connect(self._act)
        self.all = button(_("Downloads"), "quiet")
        self.all.setAccessibleName(_("Show all downloads"))
        self.all.clicked.connect(self.opened)

    def _show(self) -> None:
        item = self._transfers.current
        self.setVisible(item is not None and not self._gives_way)
        if item is None:
            self._timer.stop()
            return
        self._name.setText(item.name)
        self.progress.setVisible(item.state != "failed")
        self.progress.setAccessibleName(_("Download of {name}").format(name=item.name))
        self.act.setText(verb(item))
        self.act.setAccessibleName(f"{self.act.text()}: {item.name}")
        more = len(self._transfers.unfinished) - 1
        self._waiting.setVisible(more > 0)
        self._waiting.setText(ngettext("{count} more", "{count} more", more).format(count=more))
        self._tick_while_needed(item)
        self._show_figures()

    def _tick_while_needed(self, item: Item) -> None:
        if item.state == "waiting" and item.retry_at is not None:
            self._timer.start()
        else:
            self._timer.stop()

    def _show_figures(self) -> None:
        item = self._transfers.current
        if item is None:
            return
        self.progress.setValue(steps(item))
        self.figures.say(
            status_in_words(item, time.time()), "bad" if item.state == "failed" else "muted"
        )
        self.figures.setToolTip(reason_in_words(item))

    def _act(self) -> None:
        if (item := self._transfers.current) is not None:
            self._transfers.act(item)

"""The downloads below one another, in the order in which they are fetched; what is done is last."""

from __future__ import annotations

import time
from functools import partial
from itertools import pairwise

from PySide6.QtCore import QPoint, Signal
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from alcove.gui.icons import Icons
from alcove.gui.theme import Theme
from alcove.gui.transfers import Transfers
from alcove.gui.widgets.parts import column, label
from alcove.gui.widgets.transfer_row import Actions, TransferRow
from alcove.hub.items import Item
from alcove.i18n import _

_GAP = 8


class TransferList(QWidget):
    """One row per item, which lives as long as the item is in the queue.

    ``cancel_asked`` and ``chat_asked`` carry the Item.
    """

    cancel_asked = Signal(object)
    chat_asked = Signal(object)

    def __init__(
        self,
        transfers: Transfers,
        actions: Actions,
        theme: Theme,
        icons: Icons,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._transfers, self._actions = transfers, actions
        self._theme, self._icons = theme, icons
        self._rows: dict[int, TransferRow] = {}
        self._order: list[int] = []
        self._running = column(spacing=_GAP)
        self._finished = label(_("Finished"), "section")
        self._done = column(spacing=_GAP)
        self.setObjectName("content")
        self._layout = layout = column(spacing=_GAP)
        layout.setContentsMargins(0, 0, 8, 24)
        layout.addLayout(self._running)
        layout.addSpacing(4)
        layout.addWidget(self._finished)
        layout.addLayout(self._done)
        layout.addStretch(1)
        self.setLayout(layout)
        self._mark = QFrame(self)
        self._mark.setObjectName("insertion")
        self._mark.hide()
        transfers.changed.connect(self._show)
        transfers.progressed.connect(self.refresh)
        self._show()

    @property
    def rows(self) -> list[TransferRow]:
        """The rows from top to bottom."""
        return [self._rows[number] for number in self._order]

    def refresh(self) -> None:
        """Show the figures as they are now."""
        now = time.time()
        for item in self._transfers.items:
            if item.id in self._rows:
                self._rows[item.id].show_item(item, now)

    def _show(self) -> None:
        """Show the items that there are now; no row is drawn before it has its place."""
        self.setUpdatesEnabled(False)
        self._show_rows(self._transfers.items)
        self._layout.activate()
        self.setUpdatesEnabled(True)

    def _show_rows(self, items: tuple[Item, ...]) -> None:
        ongoing = [item for item in items if item.state != "done"]
        done = [item for item in items if item.state == "done"]
        for item in items:
            if item.id not in self._rows:
                self._rows[item.id] = self._row(item)
        gone = self._rows.keys() - {item.id for item in items}
        for number in gone:
            self._remove(self._rows[number])
        for number in gone:
            del self._rows[number]
        _arrange(self._running, [self._rows[item.id] for item in ongoing])
        _arrange(self._done, [self._rows[item.id] for item in done])
        self._order = [item.id for item in (*ongoing, *done)]
        self._finished.setVisible(bool(done))
        self._keep_tab_order()
        self.refresh()

    def _row(self, item: Item) -> TransferRow:
        made = TransferRow(item, self._transfers, self._actions, self._theme, self._icons, self)
        made.cancel_asked.connect(self.cancel_asked)
        made.chat_asked.connect(self.chat_asked)
        made.stepped.connect(partial(self._step, made))
        made.neighbour_asked.connect(partial(self._focus_neighbour, made))
        made.handle.dragged.connect(partial(self._drag, made))
        made.handle.let_go.connect(partial(self._drop, made))
        return made

    def _remove(self, gone: TransferRow) -> None:
        """Delete a row; if it had the focus, the one that takes its place gets it."""
        if gone.isAncestorOf(self.focusWidget()) or gone.hasFocus():
            self._focus_neighbour(gone, 1)
        for layout in (self._running, self._done):
            layout.removeWidget(gone)
        gone.hide()
        gone.deleteLater()

    def _keep_tab_order(self) -> None:
        """Let Tab go from top to bottom, wherever rows were put."""
        parts: list[QWidget] = []
        for each in self.rows:
            parts += [each, each.handle, *each.remedies, each.act, each.cancel]
        for before, after in pairwise(parts):
            self.setTabOrder(before, after)

    def _focus_neighbour(self, row: TransferRow, step: int) -> None:
        rows = self.rows
        if row in rows and 0 <= (place := rows.index(row) + step) < len(rows):
            rows[place].setFocus()

    def _step(self, row: TransferRow, step: int) -> None:
        ongoing = self._ongoing()
        if row in ongoing:
            self._move(row, ongoing.index(row) + step)

    def _drag(self, row: TransferRow, y: int) -> None:
        """Show where a row would come to lie, were it let go at ``y`` on the screen."""
        others = [each for each in self._ongoing() if each is not row]
        place = self._place(others, y)
        if not others:
            return
        if place < len(others):
            line = others[place].y() - _GAP // 2
        else:
            line = others[-1].geometry().bottom() + _GAP // 2
        self._mark.setGeometry(0, line - 1, self.width() - 8, 2)
        self._mark.raise_()
        self._mark.show()

    def _drop(self, row: TransferRow, y: int) -> None:
        self._mark.hide()
        self._move(row, self._place([each for each in self._ongoing() if each is not row], y))

    def _place(self, others: list[TransferRow], y: int) -> int:
        height = self.mapFromGlobal(QPoint(0, y)).y()
        return sum(each.geometry().center().y() < height for each in others)

    def _ongoing(self) -> list[TransferRow]:
        return [each for each in self.rows if each.item.state != "done"]

    def _move(self, row: TransferRow, place: int) -> None:
        """Give a row a place among those that are not done, counted without itself."""
        others = [item for item in self._transfers.items if item.id != row.item.id]
        ongoing = [item for item in others if item.state != "done"]
        if place < 0 or not ongoing:
            return
        before = ongoing[place] if place < len(ongoing) else None
        whole = others.index(before) if before else others.index(ongoing[-1]) + 1
        self._transfers.move(row.item, whole)


def _arrange(layout: QVBoxLayout, rows: list[TransferRow]) -> None:
    """Let a layout hold these rows in this order; those in their places are not touched."""
    for place, each in enumerate(rows):
        if layout.indexOf(each) != place:
            layout.removeWidget(each)
            layout.insertWidget(place, each)
            each.show()

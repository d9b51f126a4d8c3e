"""The ledger on the System page: each load's forecast beside what was measured."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QFocusEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from alcove.fit.records import Entry, Load
from alcove.gui.delegates.ledger import ROW_HEIGHT, LedgerDelegate
from alcove.gui.models.ledger import (
    MEMORY_FORECAST,
    MODEL,
    SPEED_FORECAST,
    WHEN,
    LedgerModel,
    LedgerRow,
    ledger_rows,
)
from alcove.gui.theme import Theme
from alcove.gui.widgets.parts import button, column, label, row
from alcove.i18n import _

_FEW_ROWS = 8
_ENOUGH = 620
"""Width in pixels below which dates and forecasts go into the notes of the other columns."""


class LedgerTable(QWidget):
    """A table of loads, newest first, or a sentence where there are none.

    It is as high as its rows, so that only the page scrolls; older ones are shown on request.
    """

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: tuple[LedgerRow, ...] = ()
        self._all = False
        self._model = LedgerModel(self)
        self.view = _View(theme, self._model)
        self.empty = label(_("Nothing measured yet. Load a model and talk to it."), "muted")
        self.empty.setWordWrap(True)
        self.more = button("", "quiet")
        self.more.clicked.connect(self._turn)
        self.setLayout(column(self.view, self.empty, row(self.more, None), spacing=0))
        self.show_ledger((), ())

    def show_ledger(
        self, loads: Sequence[Load], entries: Sequence[Entry], now: datetime | None = None
    ) -> None:
        """Show loads and the answers that they gave; ``now`` is for tests."""
        self._rows = ledger_rows(loads, entries, now or datetime.now(UTC))
        self.view.setVisible(bool(loads))
        self.empty.setVisible(not loads)
        self._show_rows()

    def _show_rows(self) -> None:
        self._model.show_rows(self._rows if self._all else self._rows[:_FEW_ROWS])
        count = len(self._rows)
        self.more.setText(
            _("Show fewer") if self._all else _("Show all {count} loads").format(count=count)
        )
        self.more.setVisible(count > _FEW_ROWS)
        self.view.fit_rows()

    def _turn(self) -> None:
        self._all = not self._all
        self._show_rows()


class _View(QTableView):
    """Shows all of its rows at once and leaves columns out where it is narrow."""

    def __init__(self, theme: Theme, model: LedgerModel) -> None:
        super().__init__()
        self.setModel(model)
        self._delegate = LedgerDelegate(theme, self)
        self.setItemDelegate(self._delegate)
        self.setAccessibleName(_("Forecasts and measurements"))
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setDefaultSectionSize(ROW_HEIGHT)
        header = self.horizontalHeader()
        header.setAccessibleName(_("Columns"))
        header.setSectionsClickable(False)
        header.setHighlightSections(False)
        header.setMinimumSectionSize(40)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(MODEL, QHeaderView.ResizeMode.Stretch)
        theme.changed.connect(self.viewport().update)

    def fit_rows(self) -> None:
        """Take the height of the rows."""
        header = self.horizontalHeader().sizeHint().height()
        self.setFixedHeight(header + self.model().rowCount() * ROW_HEIGHT)

    def minimumSizeHint(self) -> QSize:
        return QSize(260, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._delegate.compact = self.width() < _ENOUGH
        for spare in (WHEN, MEMORY_FORECAST, SPEED_FORECAST):
            self.setColumnHidden(spare, self._delegate.compact)
        super().resizeEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.StyleChange, QEvent.Type.FontChange):
            self.fit_rows()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if not self.currentIndex().isValid() and self.model().rowCount():
            self.selectRow(0)

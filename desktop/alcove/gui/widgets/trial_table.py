"""A table of a run: as high as its rows, or scrolling; narrow windows leave columns out."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from alcove.gui.models.trial_tables import CellTable, Index

_ROW_HEIGHT = 34
_NAME_WIDTH = 180
_COLUMN_WIDTH = 120


class TrialTable(QTableView):
    """Shows a CellTable; ``chosen`` carries the row on which Enter is pressed."""

    chosen = Signal(int)

    def __init__(
        self, model: CellTable, name: str, *, whole: bool = False, parent: QWidget | None = None
    ) -> None:
        """``whole``: it takes the height of all its rows, so that only the page scrolls."""
        super().__init__(parent)
        self._whole = whole
        self.spare: Callable[[int], tuple[int, ...]] = lambda _width: ()
        """Returns the columns to leave out at a width."""
        self.setModel(model)
        self.setAccessibleName(name)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        if whole:
            self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
            self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        rows = self.verticalHeader()
        rows.hide()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setDefaultSectionSize(_ROW_HEIGHT)
        header = self.horizontalHeader()
        header.setSectionsClickable(False)
        header.setHighlightSections(False)
        header.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        model.modelReset.connect(self._fit)

    def minimumSizeHint(self) -> QSize:
        return QSize(260, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_columns()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        current: Index = self.currentIndex()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and current.isValid():
            self.chosen.emit(current.row())
            return
        super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if not self.currentIndex().isValid() and self.model().rowCount():
            self.selectRow(0)

    def _fit(self) -> None:
        self._fit_columns()
        if self._whole:
            header = self.horizontalHeader().sizeHint().height()
            self.setFixedHeight(header + self.model().rowCount() * _ROW_HEIGHT + 2)

    def _fit_columns(self) -> None:
        """Give the names what the other columns leave, but a third of the width at least."""
        count = self.model().columnCount()
        spare = self.spare(self.width())
        for section in range(count):
            self.setColumnHidden(section, section in spare)
        shown = count - len(spare)
        if shown < 2:
            return
        room = self.viewport().width()
        wide = max(_COLUMN_WIDTH, (room - max(_NAME_WIDTH, room // 3)) // (shown - 1))
        for section in range(1, count):
            self.horizontalHeader().resizeSection(section, wide)
        self.horizontalHeader().resizeSection(0, max(_NAME_WIDTH, room - wide * (shown - 1)))

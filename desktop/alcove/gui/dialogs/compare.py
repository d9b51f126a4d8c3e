"""Models in columns: what each takes here, may be used for, and scores."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from PySide6.QtCore import QRect, Qt, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from alcove.errors import AlcoveError
from alcove.gui.comparison import Comparison
from alcove.gui.widgets.parts import button, column, label, row
from alcove.i18n import _
from alcove.words import tokens

if TYPE_CHECKING:
    from alcove.library.comparison import Compared

_SHARE = 0.92
"""What of the window the dialog takes at most."""
_WIDEST, _HIGHEST = 1100, 760
_PADDING = 24


class CompareDialog(QDialog):
    """Opens at once; the columns come when the models are judged."""

    @classmethod
    def ask(cls, comparison: Comparison, context: int, parent: QWidget) -> Self:
        """Compare at a context in tokens."""
        dialog = cls(comparison, context, parent)
        dialog.open()
        comparison.compare(context)
        return dialog

    def __init__(self, comparison: Comparison, context: int, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(_("Compare models"))
        size = parent.window().size() * _SHARE
        self.resize(min(size.width(), _WIDEST), min(size.height(), _HIGHEST))
        self.sentence = label(_("Judging the models …"), "muted", wrap=True)
        self._context = context
        self.table = QTableWidget()
        self.table.setAccessibleName(_("Models in columns"))
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.setShowGrid(False)
        self.table.setWordWrap(True)
        self.table.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.table.horizontalHeader().setSectionsClickable(False)
        self.table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
        self.table.verticalHeader().setSectionsClickable(False)
        self.table.verticalHeader().setDefaultAlignment(
            Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        )
        self._fit = QTimer(self, singleShot=True, interval=0)
        self._fit.timeout.connect(self._settle_rows)
        self.table.setCornerButtonEnabled(False)
        self.close_button = button(_("Close"), "primary")
        self.close_button.clicked.connect(self.accept)
        layout = column(
            label(_("Compare models"), "heading"),
            self.sentence,
            self.table,
            row(None, self.close_button),
            spacing=12,
            margins=24,
        )
        layout.setStretch(2, 1)
        self.setLayout(layout)
        comparison.compared.connect(self._show)
        comparison.failed.connect(self._failed)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit.start()

    def _settle_rows(self) -> None:
        """Make each row as high as its texts; Qt would forget the padding of the style sheet."""
        for line in range(self.table.rowCount()):
            heights = [
                self._height(item)
                for place in range(self.table.columnCount())
                if (item := self.table.item(line, place)) is not None
            ]
            self.table.setRowHeight(line, max(heights, default=0) + _PADDING // 2)

    def _height(self, item: QTableWidgetItem) -> int:
        area = QRect(0, 0, self.table.columnWidth(item.column()) - _PADDING, 10_000)
        words = Qt.TextFlag.TextWordWrap
        return self.table.fontMetrics().boundingRect(area, words, item.text()).height()

    def _show(self, models: list[Compared]) -> None:
        from alcove.library.comparison import rows

        said = _("On this computer, with a context of {count} tokens. Scores are the publishers'.")
        self.sentence.setText(said.format(count=tokens(self._context)))
        listed = rows(models)
        self.table.setColumnCount(len(models))
        self.table.setRowCount(len(listed))
        self.table.setHorizontalHeaderLabels([one.name for one in models])
        self.table.setVerticalHeaderLabels([each.title for each in listed])
        for line, each in enumerate(listed):
            for place, value in enumerate(each.values):
                item = QTableWidgetItem(value)
                item.setTextAlignment(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
                spoken = _("{model}, {fact}: {value}").format(
                    model=models[place].name, fact=each.title, value=value or _("not known")
                )
                item.setData(Qt.ItemDataRole.AccessibleTextRole, spoken)
                self.table.setItem(line, place, item)
        self._fit.start()
        self.table.setFocus()

    def _failed(self, error: AlcoveError) -> None:
        self.sentence.setText(str(error))

"""The journal of requests as a table, read as far as somebody scrolls."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)

from alcove.i18n import _
from alcove.network.entry import Entry
from alcove.words import exact_size

Index = QModelIndex | QPersistentModelIndex

PAGE = 200
"""Requests that are read at a time."""

_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


@dataclass(frozen=True)
class Column:
    """What a column says of a request; ``figure`` stands at the right."""

    title: str
    text: Callable[[Entry], str]
    figure: bool = False


WHEN, WHAT, HOST, PATH, SENT, RECEIVED, RESULT = range(7)
"""The columns."""


def columns() -> tuple[Column, ...]:
    """Return the columns from left to right."""
    return (
        Column(_("Time"), _when),
        Column(_("What for"), lambda entry: entry.why),
        Column(_("Host"), lambda entry: entry.place),
        Column(_("Path"), lambda entry: f"{entry.method} {entry.path}"),
        Column(_("Sent"), lambda entry: exact_size(entry.sent_bytes), figure=True),
        Column(_("Received"), lambda entry: exact_size(entry.received_bytes), figure=True),
        Column(_("Result"), lambda entry: entry.answer),
    )


class JournalModel(QAbstractTableModel):
    """Requests, newest first. ``more_wanted`` carries the id of the oldest that is known."""

    more_wanted = Signal(int)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._columns = columns()
        self._entries: list[Entry] = []
        self._asked = False
        self._whole = True

    @property
    def entries(self) -> Sequence[Entry]:
        """The requests that were read so far."""
        return self._entries

    def begin(self, entries: Sequence[Entry]) -> None:
        """Show these first requests in place of all others."""
        self.beginResetModel()
        self._entries = list(entries)
        self._asked, self._whole = False, len(entries) < PAGE
        self.endResetModel()

    def append(self, entries: Sequence[Entry]) -> None:
        """Add older requests, those that ``more_wanted`` asked for."""
        self._asked, self._whole = False, len(entries) < PAGE
        if entries:
            first = len(self._entries)
            self.beginInsertRows(QModelIndex(), first, first + len(entries) - 1)
            self._entries += entries
            self.endInsertRows()

    def ask_again(self) -> None:
        """Take note that no older requests come, so that they are asked for again."""
        self._asked = False

    def refresh(self, newest: Sequence[Entry]) -> None:
        """Take in what the newest requests are now; what was read of older ones stays."""
        known = {entry.id: row for row, entry in enumerate(self._entries[: len(newest)])}
        new = [entry for entry in newest if entry.id not in known]
        if len(new) == len(newest):
            self.begin(newest)
            return
        for entry in newest:
            row = known.get(entry.id)
            if row is not None and self._entries[row] != entry:
                self._entries[row] = entry
                self.dataChanged.emit(self.index(row, 0), self.index(row, self.columnCount() - 1))
        if new:
            self.beginInsertRows(QModelIndex(), 0, len(new) - 1)
            self._entries[:0] = new
            self.endInsertRows()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 0 if parent.isValid() else len(self._entries)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 0 if parent.isValid() else len(self._columns)

    def canFetchMore(self, parent: Index) -> bool:  # noqa: N802 - Qt's name
        return not (parent.isValid() or self._whole or self._asked)

    def fetchMore(self, parent: Index) -> None:  # noqa: N802 - Qt's name
        if self.canFetchMore(parent) and (oldest := self._entries[-1].id) is not None:
            self._asked = True
            self.more_wanted.emit(oldest)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401
        if not index.isValid():
            return None
        entry, column = self._entries[index.row()], self._columns[index.column()]
        if role == Qt.ItemDataRole.DisplayRole:
            return column.text(entry)
        if role == Qt.ItemDataRole.ToolTipRole:
            return _whole(entry)
        if role == Qt.ItemDataRole.TextAlignmentRole and column.figure:
            return _RIGHT
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:  # noqa: ANN401
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._columns[section].title
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _RIGHT if self._columns[section].figure else _LEFT
        return None


def _when(entry: Entry) -> str:
    return f"{entry.when.astimezone():%Y-%m-%d %H:%M:%S}"


def _whole(entry: Entry) -> str:
    """Say all of a request that the table has no room for."""
    address = f"{entry.method} {entry.scheme}://{entry.host}:{entry.port}{entry.path}"
    return "\n".join(filter(None, (address, entry.why, entry.process, entry.proxy, entry.failure)))

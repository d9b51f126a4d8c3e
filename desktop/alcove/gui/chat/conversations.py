"""The list of conversations: a model over the store."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QMimeData,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)

from alcove.chat.conversation import Conversation
from alcove.chat.search import Found, find
from alcove.chat.store import ConversationStore
from alcove.errors import StorageError
from alcove.gui.chat.rows import Entry, Heading, Row, arranged, found_rows
from alcove.gui.latest import Latest
from alcove.gui.tasks import Tasks
from alcove.i18n import _

_ROOT = QModelIndex()
_DRAGGED = "application/x-alcove-conversation"

Index = QModelIndex | QPersistentModelIndex

RowRole = Qt.ItemDataRole.UserRole


class ConversationModel(QAbstractListModel):
    """All conversations under their headings, or those found; titles are editable.

    ``searched`` follows when what was searched for is listed. ``failed`` carries an error to show.
    """

    searched = Signal()
    failed = Signal(object)

    def __init__(
        self, tasks: Tasks, store: ConversationStore, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._store = store
        self._searching = Latest(tasks, self)
        self._folded: set[tuple[bool, str]] = set()
        self._rows: tuple[Row, ...] = ()
        self.sought = ""
        """What is searched for."""
        self.refresh()

    @property
    def uniform(self) -> bool:
        """Whether all rows are titles alone, and so equally high."""
        return all(isinstance(row, Entry) and row.message is None for row in self._rows)

    def search(self, text: str) -> None:
        """List the conversations that have the words of ``text``; all, if there are none."""
        self.sought = text.strip()
        self.refresh()

    def refresh(self) -> None:
        """Read the list anew."""
        if self.sought:
            operation = partial(_find, self._store, self.sought)
            self._searching.ask(operation, self._show_found, self.failed.emit)
            return
        self._searching.forget()
        self._change(lambda: self._show(arranged(self._store.conversations(), self._is_folded)))

    def toggle(self, heading: Heading) -> None:
        """Hide what is below a heading, or show it again."""
        self._folded ^= {_name(heading)}
        self.refresh()

    def pin(self, conversation: Conversation, *, pinned: bool) -> None:
        """Keep a conversation above the others, or no more."""
        self._change(lambda: self._store.pin(conversation.id, pinned=pinned))
        self.refresh()

    def move(self, conversation: int, folder: str) -> None:
        """Put a conversation into a folder, or with an empty name into none."""
        self._change(lambda: self._store.move(conversation, folder))
        self.refresh()

    def remove_folder(self, folder: str) -> None:
        """Take the conversations out of a folder, which is gone by that."""
        self._change(lambda: self._store.rename_folder(folder, ""))
        self.refresh()

    def folders(self) -> tuple[str, ...]:
        """Return the names of the folders."""
        try:
            names = {one.folder for one in self._store.conversations()} - {""}
        except StorageError as error:
            self.failed.emit(error)
            return ()
        return tuple(sorted(names, key=str.casefold))

    def row(self, index: Index) -> Row | None:
        """Return what stands at ``index``."""
        return self._rows[index.row()] if index.isValid() else None

    def conversation(self, index: Index) -> Conversation | None:
        """Return the conversation at ``index``."""
        row = self.row(index)
        return row.conversation if isinstance(row, Entry) else None

    def index_of(self, conversation: int) -> QModelIndex:
        """Return where a conversation stands; an invalid index if it is not shown."""
        for number, row in enumerate(self._rows):
            if isinstance(row, Entry) and row.conversation.id == conversation:
                return self.index(number)
        return QModelIndex()

    def index_of_folder(self, folder: str) -> QModelIndex:
        """Return where the heading of a folder stands; an invalid index if it is not shown."""
        for number, row in enumerate(self._rows):
            if isinstance(row, Heading) and row.folder == folder:
                return self.index(number)
        return QModelIndex()

    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401
        row = self.row(index)
        if row is None:
            return None
        if role == RowRole:
            return row
        text = row.text if isinstance(row, Heading) else row.conversation.title
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return _spoken(row, text)
        return text if role in _TEXT_ROLES else None

    def flags(self, index: Index) -> Qt.ItemFlag:
        row = self.row(index)
        flags = super().flags(index)
        if isinstance(row, Heading):
            flags &= ~Qt.ItemFlag.ItemIsSelectable
            flags |= Qt.ItemFlag.ItemIsDropEnabled
        elif row is not None:
            flags |= Qt.ItemFlag.ItemIsDragEnabled
        editable = isinstance(row, Entry) or (row is not None and row.folder)
        return flags | Qt.ItemFlag.ItemIsEditable if editable else flags

    def setData(  # noqa: N802 - a Qt override
        self,
        index: Index,
        value: Any,  # noqa: ANN401 - as Qt has it
        role: int = Qt.ItemDataRole.EditRole,
    ) -> bool:
        row, text = self.row(index), str(value).strip()
        if row is None or role != Qt.ItemDataRole.EditRole or not text:
            return False
        if isinstance(row, Heading):
            done = self._change(lambda: self._store.rename_folder(row.folder, text))
        else:
            done = self._change(lambda: self._store.rename(row.conversation.id, text))
        if done:
            self.refresh()
        return done

    def supportedDropActions(self) -> Qt.DropAction:  # noqa: N802 - a Qt override
        return Qt.DropAction.MoveAction

    def mimeTypes(self) -> list[str]:  # noqa: N802 - a Qt override
        return [_DRAGGED]

    def mimeData(self, indexes: Any) -> QMimeData:  # noqa: ANN401, N802 - a Qt override
        made = QMimeData()
        if (conversation := self.conversation(indexes[0])) is not None:
            made.setData(_DRAGGED, str(conversation.id).encode())
        return made

    def canDropMimeData(  # noqa: N802 - a Qt override
        self, data: QMimeData, action: Qt.DropAction, row: int, column: int, parent: Index
    ) -> bool:
        del action, row, column
        return data.hasFormat(_DRAGGED) and isinstance(self.row(parent), Heading)

    def dropMimeData(  # noqa: N802 - a Qt override
        self, data: QMimeData, action: Qt.DropAction, row: int, column: int, parent: Index
    ) -> bool:
        heading = self.row(parent)
        if not self.canDropMimeData(data, action, row, column, parent) or heading is None:
            return False
        assert isinstance(heading, Heading)
        conversation = int(data.data(_DRAGGED).data())
        self._change(lambda: self._store.pin(conversation, pinned=heading.pinned))
        if not heading.pinned:
            self._change(lambda: self._store.move(conversation, heading.folder))
        self.refresh()
        return True

    def _is_folded(self, heading: Heading) -> bool:
        return _name(heading) in self._folded

    def _show_found(self, found: tuple[Found, ...]) -> None:
        self._show(found_rows(found))
        self.searched.emit()

    def _show(self, rows: tuple[Row, ...]) -> None:
        self.beginResetModel()
        self._rows = rows
        self.endResetModel()

    def _change(self, change: Callable[[], None]) -> bool:
        """Do what works on the store; whether it could be done."""
        try:
            change()
        except StorageError as error:
            self.failed.emit(error)
            return False
        return True


def _find(store: ConversationStore, sought: str, report: object) -> tuple[Found, ...]:
    del report
    return find(store.path, sought)


def _name(heading: Heading) -> tuple[bool, str]:
    return heading.pinned, heading.folder


def _spoken(row: Row, text: str) -> str:
    if isinstance(row, Entry):
        return ", ".join(filter(None, (text, row.snippet.text)))
    return _("{heading}, folded").format(heading=text) if row.folded else text


_TEXT_ROLES = {
    Qt.ItemDataRole.DisplayRole,
    Qt.ItemDataRole.EditRole,
    Qt.ItemDataRole.ToolTipRole,
}

"""The list of conversations: a model over the store, and the side bar that shows it."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)

from alcove.chat.conversation import Conversation
from alcove.chat.store import ConversationStore
from alcove.errors import StorageError

_ROOT = QModelIndex()

Index = QModelIndex | QPersistentModelIndex


class ConversationModel(QAbstractListModel):
    """The conversations that contain the text searched for, newest first; titles are editable."""

    failed = Signal(object)

    def __init__(self, store: ConversationStore, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store = store
        self._containing = ""
        self._rows: tuple[Conversation, ...] = ()
        self.refresh()

    def search(self, text: str) -> None:
        """Show the conversations that contain ``text``."""
        self._containing = text.strip()
        self.refresh()

    def refresh(self) -> None:
        """Read the list anew."""
        try:
            rows = self._store.conversations(self._containing)
        except StorageError as error:
            self.failed.emit(error)
            return
        self.beginResetModel()
        self._rows = rows
        self.endResetModel()

    def conversation(self, index: Index) -> Conversation | None:
        """Return the conversation at ``index``."""
        return self._rows[index.row()] if index.isValid() else None

    def index_of(self, conversation: int) -> QModelIndex:
        """Return where a conversation stands; an invalid index if it is not shown."""
        for number, one in enumerate(self._rows):
            if one.id == conversation:
                return self.index(number)
        return QModelIndex()

    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401
        if not index.isValid():
            return None
        title = self._rows[index.row()].title
        return title if role in _TEXT_ROLES else None

    def flags(self, index: Index) -> Qt.ItemFlag:
        flags = super().flags(index)
        return flags | Qt.ItemFlag.ItemIsEditable if index.isValid() else flags

    def setData(  # noqa: N802 - a Qt override
        self,
        index: Index,
        value: Any,  # noqa: ANN401 - as Qt has it
        role: int = Qt.ItemDataRole.EditRole,
    ) -> bool:
        conversation, title = self.conversation(index), str(value).strip()
        if conversation is None or role != Qt.ItemDataRole.EditRole or not title:
            return False
        try:
            self._store.rename(conversation.id, title)
        except StorageError as error:
            self.failed.emit(error)
            return False
        self.refresh()
        return True


_TEXT_ROLES = {
    Qt.ItemDataRole.DisplayRole,
    Qt.ItemDataRole.EditRole,
    Qt.ItemDataRole.ToolTipRole,
    Qt.ItemDataRole.AccessibleTextRole,
}

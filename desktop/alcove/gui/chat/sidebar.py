"""The side bar: a new conversation, a search, the conversations, and the way to get one back."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QLineEdit, QListView, QMenu, QWidget

from alcove.chat.conversation import Conversation
from alcove.gui.chat.conversations import ConversationModel
from alcove.gui.icons import Icons
from alcove.gui.widgets.parts import button, column, label, row
from alcove.i18n import _

_UNDO_MS = 10_000


class Sidebar(QFrame):
    """Leads to the conversations."""

    new_requested = Signal()
    opened = Signal(int)
    delete_requested = Signal(object)
    restore_requested = Signal(int)
    export_requested = Signal(object)

    def __init__(
        self, model: ConversationModel, icons: Icons, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("sidebar")
        self.setFixedWidth(232)
        self._model = model
        self._selected: int | None = None
        self.new = button(_("New chat"))
        self.new.setObjectName("newChat")
        self.new.setToolTip(_("New chat (Ctrl+N)"))
        icons.put(self.new, "note-pencil", "text", 16)
        self.new.clicked.connect(self.new_requested)
        self.search = QLineEdit()
        self.search.setPlaceholderText(_("Search chats"))
        self.search.setAccessibleName(_("Search chats"))
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(model.search)
        self.list = self._make_list()
        model.modelReset.connect(lambda: self.select(self._selected))
        self.undo = UndoStrip()
        self.undo.undone.connect(self.restore_requested)
        layout = column(self.new, self.search, spacing=8, margins=12)
        layout.addWidget(self.list, 1)
        layout.addWidget(self.undo)
        self.setLayout(layout)

    def select(self, conversation: int | None) -> None:
        """Mark the conversation in view, now and whenever the list is read anew."""
        self._selected = conversation
        selection = self.list.selectionModel()
        index = self._model.index_of(-1 if conversation is None else conversation)
        if index.isValid():
            selection.setCurrentIndex(index, selection.SelectionFlag.ClearAndSelect)
        else:
            selection.clear()

    def rename(self, conversation: int) -> None:
        """Let the user type another title."""
        index = self._model.index_of(conversation)
        if index.isValid():
            self.list.setFocus()
            self.list.edit(index)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.list.doItemsLayout()  # the style sheet is known from now on

    def _make_list(self) -> QListView:
        made = QListView()
        made.setObjectName("conversations")
        made.setAccessibleName(_("Conversations"))
        made.setModel(self._model)
        made.setFrameShape(QFrame.Shape.NoFrame)
        made.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        made.setTextElideMode(Qt.TextElideMode.ElideRight)
        made.setEditTriggers(QAbstractItemView.EditTrigger.EditKeyPressed)
        made.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        made.customContextMenuRequested.connect(self._open_menu)
        made.clicked.connect(self._open_current)
        made.activated.connect(self._open_current)
        delete = QShortcut(QKeySequence.StandardKey.Delete, made, self._delete_current)
        delete.setContext(Qt.ShortcutContext.WidgetShortcut)
        return made

    def _current(self) -> Conversation | None:
        return self._model.conversation(self.list.currentIndex())

    def _open_current(self) -> None:
        if (conversation := self._current()) is not None:
            self.opened.emit(conversation.id)

    def _delete_current(self) -> None:
        if (conversation := self._current()) is not None:
            self.delete_requested.emit(conversation)

    def _open_menu(self, place: QPoint) -> None:
        conversation = self._model.conversation(self.list.indexAt(place))
        if conversation is None:
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        fill_menu(menu, self, conversation)
        menu.popup(self.list.viewport().mapToGlobal(place))


def fill_menu(menu: QMenu, sidebar: Sidebar, conversation: Conversation) -> None:
    """Add what can be done with a conversation to ``menu``."""
    menu.addAction(_("Rename"), lambda: sidebar.rename(conversation.id))
    menu.addAction(_("Save as Markdown …"), lambda: sidebar.export_requested.emit(conversation))
    menu.addSeparator()
    menu.addAction(_("Delete"), lambda: sidebar.delete_requested.emit(conversation))


class UndoStrip(QFrame):
    """Offers for some seconds to get a deleted conversation back."""

    undone = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("undo")
        self._conversation = 0
        self.button = button(_("Undo"), "quiet")
        self.button.clicked.connect(self._undo)
        layout = row(label(_("Chat deleted")), None, self.button)
        layout.setContentsMargins(12, 4, 4, 4)
        self.setLayout(layout)
        self._timer = QTimer(self, singleShot=True, interval=_UNDO_MS)
        self._timer.timeout.connect(self.hide)
        self.hide()

    def offer(self, conversation: int) -> None:
        """Offer to restore ``conversation``."""
        self._conversation = conversation
        self.show()
        self._timer.start()

    def _undo(self) -> None:
        self._timer.stop()
        self.hide()
        self.undone.emit(self._conversation)

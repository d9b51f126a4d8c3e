"""The side bar: a new conversation, a search, the conversations, and the way to get one back."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QModelIndex, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QContextMenuEvent, QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QLineEdit,
    QListView,
    QMenu,
    QToolButton,
    QWidget,
)

from alcove.chat.conversation import Conversation
from alcove.gui.chat.conversation_menu import fill_folder_menu, fill_menu
from alcove.gui.chat.conversations import ConversationModel
from alcove.gui.chat.row_delegate import RowDelegate
from alcove.gui.chat.rows import Entry, Heading
from alcove.gui.icons import Icons
from alcove.gui.theme import Theme
from alcove.gui.widgets.parts import button, column, icon_button, label, row
from alcove.i18n import _

_UNDO_MS = 10_000


class Sidebar(QFrame):
    """Leads to the conversations.

    ``found`` carries the conversation and the message of it that was chosen among those found.
    """

    new_requested = Signal()
    opened = Signal(int)
    found = Signal(int, int)
    copy_requested = Signal(object)
    delete_requested = Signal(object)
    restore_requested = Signal(int)
    export_requested = Signal(object)
    export_all_requested = Signal()
    import_requested = Signal()

    def __init__(
        self,
        model: ConversationModel,
        theme: Theme,
        icons: Icons,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("sidebar")
        self.setFixedWidth(232)
        self.model = model
        self._selected: int | None = None
        self.new = button(_("New chat"))
        self.new.setObjectName("newChat")
        self.new.setToolTip(_("New chat (Ctrl+N)"))
        icons.put(self.new, "note-pencil", "text", 16)
        self.new.clicked.connect(self.new_requested)
        self.more = icon_button(icons, "dots-three", _("All chats"))
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.menu = QMenu(self.more)
        self.menu.addAction(_("Import chats …"), self.import_requested.emit)
        self.menu.addAction(_("Export all chats …"), self.export_all_requested.emit)
        self.more.setMenu(self.menu)
        self.search = QLineEdit()
        self.search.setPlaceholderText(_("Search chats"))
        self.search.setAccessibleName(_("Search chats"))
        self.search.setClearButtonEnabled(True)
        self.search.setToolTip(_("Search chats (Ctrl+Shift+F)"))
        self.search.textChanged.connect(model.search)
        self.search.returnPressed.connect(self._open_first)
        _on_key(self.search, Qt.Key.Key_Down, self._go_to_list)
        self.nothing = label(role="muted", wrap=True)
        self.nothing.hide()
        self.list = self._make_list(theme)
        model.modelReset.connect(self._listed)
        self.undo = UndoStrip()
        self.undo.undone.connect(self.restore_requested)
        self.note = label(role="caption", wrap=True)
        self.note.hide()
        head = row(spacing=4)
        head.addWidget(self.new, 1)
        head.addWidget(self.more)
        layout = column(head, self.search, self.nothing, spacing=8, margins=12)
        layout.addWidget(self.list, 1)
        layout.addWidget(self.note)
        layout.addWidget(self.undo)
        self.setLayout(layout)

    def say(self, sentence: str) -> None:
        """Show below the list what is being done with chats, or was; nothing, if nothing is."""
        self.note.setText(sentence)
        self.note.setVisible(bool(sentence))

    def take_search(self) -> None:
        """Let the user type what to search for."""
        self.search.setFocus()
        self.search.selectAll()

    def select(self, conversation: int | None) -> None:
        """Mark the conversation in view, now and whenever the list is read anew."""
        self._selected = conversation
        selection = self.list.selectionModel()
        index = self.model.index_of(-1 if conversation is None else conversation)
        if index.isValid():
            selection.setCurrentIndex(index, selection.SelectionFlag.ClearAndSelect)
        else:
            selection.clear()

    def rename(self, conversation: int) -> None:
        """Let the user type another title."""
        self._edit(self.model.index_of(conversation))

    def rename_folder(self, folder: str) -> None:
        """Let the user type another name of a folder."""
        self._edit(self.model.index_of_folder(folder))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.list.doItemsLayout()  # the style sheet is known from now on

    def _edit(self, index: QModelIndex) -> None:
        if index.isValid():
            self.list.setFocus()
            self.list.scrollTo(index)
            self.list.edit(index)

    def _listed(self) -> None:
        self.list.setUniformItemSizes(self.model.uniform)
        self.select(self._selected)
        nothing = bool(self.model.sought) and self.model.rowCount() == 0
        self.nothing.setText(_("No chat has “{text}”.").format(text=self.model.sought))
        self.nothing.setVisible(nothing)

    def _make_list(self, theme: Theme) -> QListView:
        made = _List()
        made.setItemDelegate(RowDelegate(theme, made))
        made.setObjectName("conversations")
        made.setAccessibleName(_("Conversations"))
        made.setModel(self.model)
        made.setFrameShape(QFrame.Shape.NoFrame)
        made.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        made.setTextElideMode(Qt.TextElideMode.ElideRight)
        made.setEditTriggers(QAbstractItemView.EditTrigger.EditKeyPressed)
        made.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        made.setMouseTracking(True)  # for what is under the pointer to be drawn so
        made.setResizeMode(QListView.ResizeMode.Adjust)
        made.menu_asked.connect(self._open_menu)
        made.clicked.connect(self._open_current)
        _on_key(made, QKeySequence.StandardKey.Delete, self._delete_current)
        for key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            _on_key(made, key, self._open_current)
        return made

    def _current(self) -> Conversation | None:
        return self.model.conversation(self.list.currentIndex())

    def _open_current(self) -> None:
        index = self.list.currentIndex()
        row = self.model.row(index)
        if isinstance(row, Heading):
            self.model.toggle(row)
            selection = self.list.selectionModel()
            place = self.model.index(index.row())  # headings above it stay as they are
            selection.setCurrentIndex(place, selection.SelectionFlag.NoUpdate)
        elif isinstance(row, Entry) and row.message is not None:
            self.found.emit(row.conversation.id, row.message)
        elif row is not None:
            self.opened.emit(row.conversation.id)

    def _open_first(self) -> None:
        """Open the first conversation that was found."""
        if self.model.sought and self.model.rowCount():
            self.list.setCurrentIndex(self.model.index(0))
            self._open_current()

    def _go_to_list(self) -> None:
        self.list.setFocus()
        if not self.list.currentIndex().isValid():
            self.list.setCurrentIndex(self.model.index(0))

    def _delete_current(self) -> None:
        if (conversation := self._current()) is not None:
            self.delete_requested.emit(conversation)

    def _open_menu(self, index: QModelIndex, place: QPoint) -> None:
        row = self.model.row(index)
        if row is None or (isinstance(row, Heading) and not row.folder):
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if isinstance(row, Heading):
            fill_folder_menu(menu, self, row)
        else:
            fill_menu(menu, self, row.conversation)
        menu.popup(place)


class _List(QListView):
    """Asks for the menu of a row, by the mouse or, for the current one, by keyboard."""

    menu_asked = Signal(QModelIndex, QPoint)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if event.reason() is QContextMenuEvent.Reason.Keyboard:
            index = self.currentIndex()
            place = self.visualRect(index).center()
        else:
            index, place = self.indexAt(event.pos()), event.pos()
        self.menu_asked.emit(index, self.viewport().mapToGlobal(place))


def _on_key(
    widget: QWidget, key: Qt.Key | QKeySequence.StandardKey, run: Callable[[], None]
) -> None:
    """Run something when a key is pressed while ``widget`` has the focus."""
    QShortcut(QKeySequence(key), widget, run).setContext(Qt.ShortcutContext.WidgetShortcut)


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

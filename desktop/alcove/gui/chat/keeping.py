"""What is done with whole conversations: deleted, brought back, copied, exported, imported."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from alcove.chat.conversation import Conversation
from alcove.gui.chat.conversation_menu import fill_menu
from alcove.gui.chat.dialogs import ask_what_to_import, ask_where_to_save
from alcove.gui.chat.dialogue import Dialogue
from alcove.gui.chat.exchange import Exchange
from alcove.gui.chat.header import ChatHeader
from alcove.gui.chat.sidebar import Sidebar
from alcove.i18n import _


class Keeping(QObject):
    """Does what the side bar and the menu in the head ask for.

    ``leave`` is called before another conversation comes into view, ``begin`` to begin a new one.
    """

    def __init__(
        self,
        dialogue: Dialogue,
        exchange: Exchange,
        sidebar: Sidebar,
        header: ChatHeader,
        leave: Callable[[], None],
        begin: Callable[[], None],
        page: QWidget,
    ) -> None:
        super().__init__(page)
        self._dialogue = dialogue
        self._exchange = exchange
        self._sidebar = sidebar
        self._header = header
        self._leave = leave
        self._begin = begin
        self._page = page
        sidebar.delete_requested.connect(self._delete)
        sidebar.restore_requested.connect(self._restore)
        sidebar.copy_requested.connect(self._copy)
        sidebar.export_requested.connect(self._export)
        sidebar.export_all_requested.connect(self._export_all)
        sidebar.import_requested.connect(self._import)
        exchange.told.connect(sidebar.say)
        exchange.imported.connect(self._show_imported)
        exchange.failed.connect(dialogue.failed)
        header.menu.aboutToShow.connect(self._fill_menu)

    def _delete(self, conversation: Conversation) -> None:
        if self._dialogue.delete(conversation.id):
            self._sidebar.undo.offer(conversation.id)
            if self._dialogue.conversation == conversation.id:
                self._begin()

    def _restore(self, conversation: int) -> None:
        self._leave()
        self._dialogue.restore(conversation)

    def _fill_menu(self) -> None:
        self._header.menu.clear()
        conversation = self._dialogue.known()
        if conversation is not None:
            fill_menu(self._header.menu, self._sidebar, conversation)

    def _copy(self, conversation: Conversation) -> None:
        QGuiApplication.clipboard().setText(self._dialogue.markdown(conversation))

    def _export(self, conversation: Conversation) -> None:
        save = partial(self._exchange.export, conversation)
        ask_where_to_save(conversation.title, ("md", "json"), save, self._page)

    def _export_all(self) -> None:
        save = partial(self._exchange.export, None)
        ask_where_to_save(_("Chats"), ("json",), save, self._page)

    def _import(self) -> None:
        ask_what_to_import(self._exchange.take_in, self._page)

    def _show_imported(self, conversations: list[int]) -> None:
        self._dialogue.listed.emit()
        self._leave()
        self._dialogue.open(conversations[0])

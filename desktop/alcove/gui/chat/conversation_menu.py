"""What can be done with a conversation, and with a folder of them, as menus."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import count
from typing import Protocol

from PySide6.QtCore import SignalInstance
from PySide6.QtWidgets import QMenu

from alcove.chat.conversation import Conversation
from alcove.gui.chat.conversations import ConversationModel
from alcove.gui.chat.rows import Heading
from alcove.i18n import _


class Listing(Protocol):
    """The side bar, as menus need it."""

    model: ConversationModel
    copy_requested: SignalInstance
    export_requested: SignalInstance
    delete_requested: SignalInstance

    def rename(self, conversation: int) -> None:
        """Let the user type another title."""

    def rename_folder(self, folder: str) -> None:
        """Let the user type another name of a folder."""


def fill_menu(menu: QMenu, listing: Listing, conversation: Conversation) -> None:
    """Add what can be done with a conversation to ``menu``."""
    pinned = conversation.pinned
    menu.addAction(_("Rename"), lambda: listing.rename(conversation.id))
    menu.addAction(
        _("Unpin") if pinned else _("Pin"),
        lambda: listing.model.pin(conversation, pinned=not pinned),
    )
    _fill_folders(menu.addMenu(_("Move to folder")), listing, conversation)
    menu.addSeparator()
    menu.addAction(_("Copy as Markdown"), lambda: listing.copy_requested.emit(conversation))
    menu.addAction(_("Export …"), lambda: listing.export_requested.emit(conversation))
    menu.addSeparator()
    menu.addAction(_("Delete"), lambda: listing.delete_requested.emit(conversation))


def fill_folder_menu(menu: QMenu, listing: Listing, heading: Heading) -> None:
    """Add what can be done with a folder to ``menu``."""
    menu.addAction(_("Rename folder"), lambda: listing.rename_folder(heading.folder))
    menu.addAction(
        _("Remove folder, keep its chats"), lambda: listing.model.remove_folder(heading.folder)
    )


def _fill_folders(menu: QMenu, listing: Listing, conversation: Conversation) -> None:
    model, folders = listing.model, listing.model.folders()
    for folder in folders:
        _add_choice(
            menu, folder, conversation.folder == folder, partial(_move, model, conversation, folder)
        )
    menu.addSeparator()
    if conversation.folder:
        menu.addAction(_("No folder"), partial(_move, model, conversation, ""))
    menu.addAction(_("New folder"), lambda: _move_to_new(listing, conversation, folders))


def _add_choice(menu: QMenu, text: str, chosen: bool, run: Callable[[], None]) -> None:
    action = menu.addAction(text.replace("&", "&&"), run)
    action.setCheckable(True)
    action.setChecked(chosen)


def _move(model: ConversationModel, conversation: Conversation, folder: str) -> None:
    model.pin(conversation, pinned=False)
    model.move(conversation.id, folder)


def _move_to_new(listing: Listing, conversation: Conversation, folders: tuple[str, ...]) -> None:
    """Make a folder whose name the user types at once."""
    names = (_("New folder") + (f" {number}" if number > 1 else "") for number in count(1))
    name = next(name for name in names if name not in folders)
    _move(listing.model, conversation, name)
    listing.rename_folder(name)

"""Chats leave by the menus as files and come back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog

from alcove.chat.store import ConversationStore
from alcove.errors import ImportFailed, StorageError
from gui.chat.conftest import Chat
from gui.chat.test_sidebar import menu_of, shown, tell


def dialog_of(chat: Chat) -> QFileDialog:
    return next(one for one in chat.page.findChildren(QFileDialog) if one.isVisible())


def choose(chat: Chat, *paths: Path) -> None:
    """Choose files in the dialog that is open, and wait until something came of it."""
    dialog = dialog_of(chat)
    chosen = [str(path) for path in paths]
    before = len(chat.failures)
    told: list[str] = []
    chat.page.exchange.told.connect(told.append)
    dialog.fileSelected.emit(chosen[0])
    dialog.filesSelected.emit(chosen)
    dialog.close()
    done = ("Saved as", "imported.")
    chat.qtbot.waitUntil(
        lambda: len(chat.failures) > before or bool(told and any(one in told[-1] for one in done))
    )


def export(chat: Chat, conversation: int, path: Path) -> None:
    chat.page.conversations.refresh()
    menu_of(chat, conversation)["Export …"].trigger()
    choose(chat, path)


@pytest.mark.parametrize("name", ["chat.md", "chat.json"])
def test_what_was_exported_is_imported(
    chat: Chat, store: ConversationStore, tmp_path: Path, name: str
) -> None:
    conversation = tell(store, "Why?", "# Because")
    export(chat, conversation, tmp_path / name)
    assert chat.page.sidebar.note.text() == f"Saved as {name}."
    chat.page.sidebar.menu.actions()[0].trigger()
    choose(chat, tmp_path / name)
    assert chat.page.sidebar.note.text() == "1 chat imported."
    assert shown(chat) == ["Why?", "Why?"]
    assert chat.page.dialogue.conversation not in {None, conversation}
    assert chat.texts == ["Why?", "# Because"]


def test_all_chats_go_into_one_file(chat: Chat, store: ConversationStore, tmp_path: Path) -> None:
    tell(store, "One")
    tell(store, "Two")
    chat.page.sidebar.menu.actions()[1].trigger()
    choose(chat, tmp_path / "all.json")
    document = json.loads((tmp_path / "all.json").read_text())
    assert [one["title"] for one in document["conversations"]] == ["Two", "One"]
    chat.page.sidebar.menu.actions()[0].trigger()
    choose(chat, tmp_path / "all.json", tmp_path / "all.json")
    assert chat.page.sidebar.note.text() == "4 chats imported."


def test_file_that_is_no_export_changes_nothing(
    chat: Chat, store: ConversationStore, tmp_path: Path
) -> None:
    conversation = tell(store, "Why?")
    export(chat, conversation, tmp_path / "chat.json")
    (tmp_path / "other.json").write_text("{}")
    chat.page.sidebar.menu.actions()[0].trigger()
    choose(chat, tmp_path / "chat.json", tmp_path / "other.json")
    assert isinstance(chat.failures[0], ImportFailed)
    assert shown(chat) == ["Why?"]
    assert not chat.page.sidebar.note.isVisible()


def test_folder_that_cannot_be_written_is_told(
    chat: Chat, store: ConversationStore, tmp_path: Path
) -> None:
    export(chat, tell(store, "Why?"), tmp_path / "nowhere" / "chat.md")
    assert isinstance(chat.failures[0], StorageError)
    assert "could not be written" in chat.failures[0].cause


def test_suffix_follows_the_kind_of_file(chat: Chat, store: ConversationStore) -> None:
    conversation = tell(store, "Why? / or: not")
    chat.page.conversations.refresh()
    menu_of(chat, conversation)["Export …"].trigger()
    dialog = dialog_of(chat)
    assert dialog.defaultSuffix() == "md"
    dialog.filterSelected.emit("JSON (*.json)")
    assert dialog.defaultSuffix() == "json"
    dialog.close()


def test_deleted_chat_can_be_restored_after_an_export(
    chat: Chat, store: ConversationStore, tmp_path: Path
) -> None:
    gone, kept = tell(store, "gone"), tell(store, "kept")
    chat.page.conversations.refresh()
    menu_of(chat, gone)["Delete"].trigger()
    export(chat, kept, tmp_path / "kept.json")
    chat.page.sidebar.undo.button.click()
    assert chat.texts == ["gone"]

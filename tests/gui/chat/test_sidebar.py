"""The side bar: pinned, in folders, searched."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QModelIndex, QPoint, Qt
from PySide6.QtGui import QAction, QContextMenuEvent, QGuiApplication
from PySide6.QtWidgets import QApplication, QLineEdit, QMenu
from pytestqt.modeltest import ModelTester

from alcove.chat.drafts import Draft
from alcove.chat.store import ConversationStore
from alcove.gui.chat.conversation_menu import fill_folder_menu, fill_menu
from alcove.gui.chat.rows import Entry, Heading
from gui.chat.conftest import Chat


def tell(store: ConversationStore, *texts: str) -> int:
    """Start a conversation and return its id."""
    conversation, parent = store.create("starter").id, None
    for number, text in enumerate(texts):
        role = "assistant" if number % 2 else "user"
        parent = store.append(conversation, parent, role, text).id
    return conversation


def shown(chat: Chat) -> list[str]:
    """Return the rows of the side bar, headings with a colon."""
    model = chat.page.conversations
    rows = [model.row(model.index(number)) for number in range(model.rowCount())]
    return [f"{r.text}:" if isinstance(r, Heading) else r.conversation.title for r in rows if r]


def menu_of(chat: Chat, conversation: int) -> dict[str, QAction]:
    """Return what the menu of a conversation offers, that of its submenu included."""
    model = chat.page.conversations
    entry = model.row(model.index_of(conversation))
    assert isinstance(entry, Entry)
    menu = QMenu(chat.page)
    fill_menu(menu, chat.page.sidebar, entry.conversation)
    return {one.text(): one for one in menu.findChildren(QAction)}


def search(chat: Chat, text: str) -> None:
    with chat.qtbot.waitSignal(chat.page.conversations.searched):
        chat.page.sidebar.search.setText(text)


def test_pinned_and_folders_stand_above_the_others(chat: Chat, store: ConversationStore) -> None:
    first, second, _third = (tell(store, name) for name in ("first", "second", "third"))
    chat.page.conversations.refresh()
    assert shown(chat) == ["third", "second", "first"]
    menu_of(chat, first)["Pin"].trigger()
    assert shown(chat) == ["Pinned:", "first", "Chats:", "third", "second"]
    chat.page.conversations.move(second, "Work")
    assert shown(chat) == ["Pinned:", "first", "Work:", "second", "Chats:", "third"]
    menu_of(chat, first)["Unpin"].trigger()
    menu_of(chat, first)["Work"].trigger()
    assert shown(chat) == ["Work:", "second", "first", "Chats:", "third"]
    menu_of(chat, first)["No folder"].trigger()
    assert shown(chat) == ["Work:", "second", "Chats:", "third", "first"]


def test_new_folder_is_named_at_once(chat: Chat, store: ConversationStore) -> None:
    conversation = tell(store, "first")
    chat.page.conversations.refresh()
    menu_of(chat, conversation)["New folder"].trigger()
    assert shown(chat) == ["New folder:", "first"]
    editor = chat.page.sidebar.list.findChild(QLineEdit)
    assert editor is not None
    editor.setText("Kitchen")
    chat.qtbot.keyClick(editor, Qt.Key.Key_Return)
    chat.qtbot.waitUntil(lambda: shown(chat) == ["Kitchen:", "first"])
    menu = QMenu(chat.page)
    fill_folder_menu(menu, chat.page.sidebar, Heading("Kitchen", "Kitchen"))
    menu.actions()[1].trigger()
    assert shown(chat) == ["first"]


def test_heading_folds_by_keyboard(chat: Chat, store: ConversationStore) -> None:
    store.pin(tell(store, "first"), pinned=True)
    tell(store, "second")
    chat.page.conversations.refresh()
    view = chat.page.sidebar.list
    view.setCurrentIndex(chat.page.conversations.index(0))
    view.setFocus()
    chat.qtbot.keyClick(view, Qt.Key.Key_Return)
    assert shown(chat) == ["Pinned:", "Chats:", "second"]
    chat.qtbot.keyClick(view, Qt.Key.Key_Return)
    assert shown(chat) == ["Pinned:", "first", "Chats:", "second"]


def test_menu_opens_by_keyboard_for_the_current_row(
    chat: Chat, store: ConversationStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[QMenu] = []
    monkeypatch.setattr(QMenu, "popup", lambda menu, _place: opened.append(menu))
    tell(store, "first")
    store.move(tell(store, "second"), "Work")
    chat.page.conversations.refresh()
    view = chat.page.sidebar.list
    for row in (0, 1):
        view.setCurrentIndex(chat.page.conversations.index(row))
        event = QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, QPoint(1, 1), QPoint(1, 1))
        QApplication.sendEvent(view, event)
    folder, conversation = ([one.text() for one in menu.actions()] for menu in opened)
    assert folder == ["Rename folder", "Remove folder, keep its chats"]
    assert conversation[:3] == ["Rename", "Pin", "Move to folder"]


def test_conversation_is_dragged_onto_a_heading(chat: Chat, store: ConversationStore) -> None:
    store.move(tell(store, "first"), "Work")
    dragged = tell(store, "second")
    model = chat.page.conversations
    model.refresh()
    content = model.mimeData([model.index_of(dragged)])
    action, nowhere = Qt.DropAction.MoveAction, QModelIndex()
    assert not model.canDropMimeData(content, action, -1, -1, nowhere)
    assert not model.canDropMimeData(QMimeData(), action, -1, -1, model.index_of_folder("Work"))
    model.dropMimeData(content, action, -1, -1, model.index_of_folder("Work"))
    assert shown(chat) == ["Work:", "second", "first"]


def test_search_lists_what_has_the_words(chat: Chat, store: ConversationStore) -> None:
    tell(store, "Tell me about bread", "Use rye flour for it.")
    tell(store, "And the weather?", "今天天气很好。")
    chat.page.conversations.refresh()
    search(chat, "rye flo")
    assert shown(chat) == ["Tell me about bread"]
    entry = chat.page.conversations.row(chat.page.conversations.index(0))
    assert isinstance(entry, Entry)
    assert entry.snippet.text == "Use rye flour for it."
    search(chat, "天气")
    assert shown(chat) == ["And the weather?"]
    search(chat, "nowhere")
    assert shown(chat) == []
    assert chat.page.sidebar.nothing.text() == "No chat has “nowhere”."
    chat.page.sidebar.search.clear()
    assert shown(chat) == ["And the weather?", "Tell me about bread"]
    assert not chat.page.sidebar.nothing.isVisible()


def test_message_that_was_found_is_opened_and_marked(chat: Chat, store: ConversationStore) -> None:
    lines = [f"line {number}\n\n" * 20 for number in range(30)]
    lines[3] = "Here is the needle."
    conversation = tell(store, *lines)
    chat.page.sidebar.take_search()
    search(chat, "needle")
    chat.qtbot.keyClick(chat.page.sidebar.search, Qt.Key.Key_Return)
    assert chat.page.dialogue.conversation == conversation
    assert chat.page.find_bar.isVisible()
    assert chat.page.find_bar.count.text() == "message 1 of 1"
    view = next(
        one for one in chat.page.transcript.views if one.message and one.message.text == lines[3]
    )
    chat.qtbot.waitUntil(lambda: not view.visibleRegion().isEmpty())


def test_message_of_another_branch_is_brought_into_view(
    chat: Chat, store: ConversationStore
) -> None:
    conversation = tell(store, "Q", "the first answer")
    question = store.branch(conversation)[0]
    store.append(conversation, question.id, "assistant", "another one")
    search(chat, "first")
    chat.page.sidebar.list.setCurrentIndex(chat.page.conversations.index(0))
    chat.page.sidebar.list.setFocus()
    chat.qtbot.keyClick(chat.page.sidebar.list, Qt.Key.Key_Return)
    assert chat.texts == ["Q", "the first answer"]


def test_search_of_a_file_that_is_gone_is_told(
    chat: Chat, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "broken.db"
    broken.write_bytes(b"this is no database" * 1000)
    monkeypatch.setattr(chat.store, "path", broken)
    chat.page.sidebar.search.setText("anything")
    chat.qtbot.waitUntil(lambda: bool(chat.failures))
    assert "damaged" in chat.failures[0].cause


def test_conversation_is_copied_as_markdown(chat: Chat, store: ConversationStore) -> None:
    conversation = tell(store, "Why?", "Because.")
    chat.page.conversations.refresh()
    menu_of(chat, conversation)["Copy as Markdown"].trigger()
    assert (
        QGuiApplication.clipboard().text() == "# Why?\n\n## You\n\nWhy?\n\n## Answer\n\nBecause.\n"
    )


def test_list_is_a_proper_model(
    chat: Chat, store: ConversationStore, qtmodeltester: ModelTester
) -> None:
    store.pin(tell(store, "first"), pinned=True)
    tell(store, "second")
    chat.page.conversations.refresh()
    qtmodeltester.check(chat.page.conversations)
    search(chat, "sec")


def test_drafts_belong_to_their_conversations_and_survive(
    chat: Chat, make_chat: Callable[[], Chat], store: ConversationStore
) -> None:
    first, second = tell(store, "first"), tell(store, "second")
    chat.page.composer.set_text("for a new one")
    chat.page.show_conversation(first)
    assert chat.page.composer.text == ""
    chat.page.composer.set_text("for the first")
    chat.page.show_conversation(second)
    assert chat.page.composer.text == ""
    chat.page.show_conversation(first)
    assert chat.page.composer.text == "for the first"
    chat.page.stop()
    again = make_chat()
    assert again.page.composer.text == "for a new one"
    again.page.show_conversation(first)
    assert again.page.composer.text == "for the first"


def test_draft_is_kept_while_it_is_typed(chat: Chat, store: ConversationStore) -> None:
    chat.page.composer.set_text("half a ques")
    chat.qtbot.waitUntil(lambda: store.drafts.read(None).text == "half a ques")


def test_sent_message_leaves_no_draft(chat: Chat, store: ConversationStore) -> None:
    chat.start()
    chat.page.composer.set_text("Hello?")
    chat.qtbot.waitUntil(lambda: store.drafts.read(None).text == "Hello?")
    chat.ask("Hello?", "Hi")
    conversation = chat.page.dialogue.conversation
    assert store.drafts.read(None) == Draft()
    assert store.drafts.read(conversation) == Draft()


def test_draft_comes_back_after_an_edit(chat: Chat, store: ConversationStore) -> None:
    chat.start()
    chat.ask("Hello?", "Hi")
    chat.page.composer.set_text("next")
    chat.page.transcript.edit_requested.emit(store.branch(chat.page.dialogue.conversation or 0)[0])
    assert chat.page.composer.text == "Hello?"
    chat.page.show_conversation(None)
    assert chat.page.composer.text == ""
    chat.page.show_conversation(store.conversations()[0].id)
    assert chat.page.composer.text == "next"

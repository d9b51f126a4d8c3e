"""Focus, colours and long names."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget

from alcove.gui.chat.code_view import CodeView
from alcove.gui.theme import DARK, Theme
from gui.chat.conftest import Chat


def focused() -> QWidget:
    widget = QApplication.focusWidget()
    assert widget is not None
    return widget


def walk(chat: Chat) -> list[str]:
    """Return the names of what Tab leads to, from New chat until it comes there again."""
    chat.page.activateWindow()
    chat.page.sidebar.new.setFocus()
    names: list[str] = []
    while not names or focused() is not chat.page.sidebar.new:
        assert len(names) < 100
        names.append(focused().accessibleName() or getattr(focused(), "text", str)())
        chat.qtbot.keyClick(focused(), Qt.Key.Key_Tab)
    return names


def test_tab_leads_to_everything_and_to_text_before_its_buttons(chat: Chat) -> None:
    chat.start()
    chat.ask("Hello?", "Look:\n\n```python\npass\n```\n\nThere.")
    chat.ask("And?", "Done.")
    assert walk(chat) == [
        "New chat",
        "All chats",
        "Search chats",
        "Conversations",
        "Model: SmolLM2 135M Instruct",
        "System prompt and sampling",
        "More",
        "Conversation",
        *("You", "Copy message", "Edit message"),
        *("Answer", "Code", "Copy this code", "Answer", "Copy answer", "Answer again"),
        *("You", "Copy message", "Edit message"),
        *("Answer", "Copy answer", "Answer again"),
        "Attach files",
        "Your message",
    ]


def test_page_takes_the_focus_to_the_draft(chat: Chat) -> None:
    chat.page.sidebar.new.setFocus()
    chat.page.take_focus()
    assert chat.page.composer.draft.hasFocus()


def test_new_colours_keep_the_place_and_spare_what_is_out_of_sight(
    chat: Chat, theme: Theme
) -> None:
    conversation = chat.store.create("starter").id
    parent = None
    for number in range(40):
        role = "assistant" if number % 2 else "user"
        text = f"{number}\n\n```python\nx = {number}\n```\n"
        parent = chat.store.append(conversation, parent, role, text).id
    chat.page.show_conversation(conversation)
    transcript = chat.page.transcript
    bar = transcript.verticalScrollBar()
    bar.setValue(bar.maximum() - 2 * transcript.viewport().height())
    end = lambda: bar.value() + transcript.viewport().height()  # noqa: E731
    chat.qtbot.waitUntil(lambda: chat.answers[-1].y() > end())
    views, below = transcript.views, chat.answers[-1]
    marked = next(view for view in views if view.y() >= bar.value())
    place = marked.y() - bar.value()
    theme.choose("dark")
    assert transcript.views == views
    QApplication.processEvents()
    assert marked.y() - bar.value() == place
    assert below.y() > end()
    last = below.markdown.segments[1]
    assert isinstance(last, CodeView)
    assert not colours_of(last) & {DARK.text, DARK.compute}
    bar.setValue(below.y())
    assert colours_of(last) & {DARK.text, DARK.compute}


def colours_of(view: CodeView) -> set[str]:
    """Return the colours of the code that is shown, as #rrggbb."""
    block = view.text.document().firstBlock()
    return {one.format.foreground().color().name() for one in block.textFormats()}


def test_long_names_need_no_room(chat: Chat) -> None:
    before = chat.page.minimumSizeHint().width()
    name = "An-Extraordinarily-Long-Name-Of-A-Model-" * 5
    chat.model = replace(chat.model, name=name)
    chat.page.set_installed([chat.model])
    assert chat.page.minimumSizeHint().width() <= before
    chat.start()
    chat.ask("Hello?", "Hi")
    assert chat.page.minimumSizeHint().width() < 700
    assert chat.page.header.picker.toolTip() == name
    hint = chat.page.composer.draft.placeholderText()
    assert "…" in hint
    assert chat.page.composer.draft.fontMetrics().horizontalAdvance(hint) < 700

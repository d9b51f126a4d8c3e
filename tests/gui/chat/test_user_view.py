"""The words of the user, whole, however long they are."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication

from alcove.gui.chat.user_view import UserView
from gui.chat.conftest import Chat

TWO_LINES = "A question that is so long that it does not fit into one line of the bubble. " * 2


def ask(chat: Chat, text: str) -> UserView:
    chat.start()
    chat.ask(text, "Yes.")
    QApplication.sendPostedEvents()
    view = chat.page.transcript.views[0]
    assert isinstance(view, UserView)
    return view


@pytest.mark.parametrize("text", [TWO_LINES, "x" * 400, "one\ntwo\n\nfour", "Hi"])
def test_every_line_is_in_the_bubble(chat: Chat, text: str) -> None:
    words = ask(chat, text.strip()).words
    for width in (900, 720, 1280):
        chat.page.resize(width, 600)
        chat.qtbot.waitUntil(lambda: words.height() >= words.document().size().height())
        assert words.document().size().width() <= words.viewport().width()
        assert words.toPlainText() == text.strip()


def test_bubble_is_as_wide_as_its_words(chat: Chat) -> None:
    words = ask(chat, "Hi").words
    assert words.width() < 40
    assert words.height() < 40


def test_very_long_message_is_folded_and_opens_in_steps(chat: Chat) -> None:
    view = ask(chat, "word " * 10_000)
    assert len(view.words.toPlainText()) < 3_000
    view.more.click()
    assert 20_000 < len(view.words.toPlainText()) < 25_000
    while view.more.isVisible():
        view.more.click()
    assert view.words.toPlainText() == ("word " * 10_000).strip()

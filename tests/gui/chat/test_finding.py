"""Ctrl+F: words in the conversation in view."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QTextEdit

from alcove.chat.store import ConversationStore
from gui.chat.conftest import Chat
from gui.chat.test_sidebar import tell

TEXTS = (
    "Where is the Café?",
    "The café is here.\n\n```\ncafe = 1\n```",
    "Thanks",
    "No cafés: 咖啡",
)


@pytest.fixture
def finding(chat: Chat, store: ConversationStore) -> Chat:
    chat.page.show_conversation(tell(store, *TEXTS))
    chat.qtbot.waitUntil(lambda: len(chat.page.transcript.views) == len(TEXTS))
    with chat.qtbot.waitActive(chat.page):
        chat.page.activateWindow()
    chat.qtbot.keyClick(chat.page, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    assert chat.page.find_bar.isVisible()
    return chat


def marked(chat: Chat) -> list[str]:
    """Return the texts that are marked."""
    return [
        mark.cursor.selectedText()
        for edit in chat.page.transcript.findChildren(QTextEdit)
        for mark in edit.extraSelections()
    ]


def test_steps_go_from_place_to_place_and_round(finding: Chat) -> None:
    bar = finding.page.find_bar
    bar.field.setText("cafe")
    assert bar.count.text() == "message 3 of 3"
    assert marked(finding) == ["café"]
    finding.qtbot.keyClick(bar.field, Qt.Key.Key_Return)
    assert bar.count.text() == "message 1 of 3"
    assert marked(finding) == ["Café"]
    bar.next.click()
    assert bar.count.text() == "message 2 of 3"
    assert marked(finding) == ["café", "cafe"]
    bar.next.click()
    assert bar.count.text() == "message 2 of 3"
    bar.next.click()
    assert bar.count.text() == "message 3 of 3"
    finding.qtbot.keyClick(bar.field, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    assert bar.count.text() == "message 2 of 3"


def test_chinese_is_found(finding: Chat) -> None:
    finding.page.find_bar.field.setText("咖啡")
    assert marked(finding) == ["咖啡"]


def test_what_is_not_there_is_said(finding: Chat) -> None:
    bar = finding.page.find_bar
    bar.field.setText("tea")
    assert bar.count.text() == "not in this chat"
    assert not bar.next.isEnabled()
    assert marked(finding) == []


def test_escape_closes_the_bar_and_takes_the_marks_away(finding: Chat) -> None:
    finding.page.find_bar.field.setText("cafe")
    finding.qtbot.keyClick(finding.page.find_bar.field, Qt.Key.Key_Escape)
    assert not finding.page.find_bar.isVisible()
    assert marked(finding) == []
    assert finding.page.composer.draft.hasFocus()


def test_another_conversation_is_searched_for_the_same(
    finding: Chat, store: ConversationStore
) -> None:
    finding.page.find_bar.field.setText("cafe")
    finding.page.show_conversation(tell(store, "One cafe", "Two"))
    assert finding.page.find_bar.count.text() == "in 1 message"
    finding.page.find_bar.next.click()
    assert marked(finding) == ["cafe"]


def test_place_that_left_with_its_view_is_forgotten(finding: Chat) -> None:
    finding.page.find_bar.field.setText("cafe")
    finding.page.show_conversation(None)
    finding.qtbot.waitUntil(lambda: not finding.page.transcript.findChildren(QTextEdit))
    finding.page.find_bar.field.setText("caf")
    assert finding.page.find_bar.count.text() == "not in this chat"

"""The Chat page, from the first message to the death of the model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QAbstractButton, QLineEdit, QPlainTextEdit, QPushButton

from alcove.engine.answer import Delta, PromptProgress, Turn
from alcove.errors import LoadError, RequestError
from alcove.gui.chat.dialogs import ask_to_open
from alcove.gui.session import SessionState
from alcove.gui.theme import Theme
from gui.chat.conftest import Chat


def buttons(chat: Chat) -> list[QPushButton]:
    """Return the buttons in the middle of an empty page."""

    def visible() -> list[QPushButton]:
        return [one for one in chat.page.welcome.findChildren(QPushButton) if one.isVisible()]

    chat.qtbot.waitUntil(lambda: bool(visible()))
    return visible()


def test_start_of_an_installed_model_is_one_click(chat: Chat) -> None:
    start, _connect = buttons(chat)
    assert start.text().startswith("Start SmolLM2 135M Instruct")
    start.click()
    chat.qtbot.waitUntil(lambda: chat.session.state is SessionState.READY)
    assert chat.starter.engine.options.context == 2048


def test_without_a_model_the_page_leads_to_discover(chat: Chat) -> None:
    chat.page.set_installed([])
    find, connect = buttons(chat)
    with chat.qtbot.waitSignal(chat.page.connect_requested):
        connect.click()
    with chat.qtbot.waitSignal(chat.page.discover_requested):
        find.click()


def test_example_is_sent_by_one_click(chat: Chat) -> None:
    chat.start()
    examples = buttons(chat)
    assert len(examples) == 3
    text = examples[0].text()
    examples[0].click()
    assert chat.texts == [text, ""]
    chat.client.answer("It pumps heat.")
    chat.until_answer_is("It pumps heat.")


def test_answer_streams_into_the_view_and_the_store(chat: Chat) -> None:
    chat.start()
    chat.write("Hello?")
    chat.client.say("Good ", "day")
    chat.until_answer_is("Good day")
    chat.client.answer("!")
    chat.until_answer_is("Good day!")
    chat.qtbot.waitUntil(lambda: chat.page.dialogue.answering is None)
    (conversation,) = chat.store.conversations()
    question, answer = chat.store.branch(conversation.id)
    assert (question.text, answer.text, answer.state) == ("Hello?", "Good day!", "complete")
    assert answer.figures is not None
    assert conversation.target == "starter"
    assert "31.5 tokens/s" in chat.answers[0].readout.text()
    assert chat.page.header.used.text() == "15 of 2,048 tokens"
    assert chat.page.composer.text == ""


def test_request_carries_the_branch_and_the_advised_sampling(chat: Chat) -> None:
    chat.start()
    chat.ask("One?", "1")
    chat.ask("Two?", "2")
    request = chat.client.requests[-1]
    assert request.turns == (Turn("user", "One?"), Turn("assistant", "1"), Turn("user", "Two?"))
    assert (request.temperature, request.top_p) == (0.6, 0.95)


def test_prompt_progress_is_shown_before_the_first_token(chat: Chat) -> None:
    chat.start()
    chat.write("A long story")
    chat.client.events.put(PromptProgress(0, 3000, 0))
    chat.client.events.put(PromptProgress(1024, 3000, 0))
    view = chat.answers[0]
    chat.qtbot.waitUntil(lambda: "1,024 of 3,000" in view.readout.text())
    chat.client.answer("x")
    chat.qtbot.waitUntil(lambda: "31.5 tokens/s" in view.readout.text())


def test_reasoning_is_folded_and_timed(chat: Chat) -> None:
    chat.start()
    chat.client.events.put(Delta(reasoning="Let me see."))
    chat.ask("Why?", "So.")
    view = chat.answers[0]
    assert view.text == "So."
    assert view.reasoning.disclosure.text().startswith("▸  Thought for ")
    view.reasoning.disclosure.click()
    assert view.reasoning.text == "Let me see."


def test_stop_keeps_the_text_and_closes_the_stream(chat: Chat) -> None:
    chat.start()
    chat.write("Count.")
    chat.client.say("1 2 3")
    chat.until_answer_is("1 2 3")
    chat.qtbot.keyClick(chat.page.composer.draft, Qt.Key.Key_Escape)
    assert chat.page.dialogue.answering is None
    answer = chat.store.branch(chat.store.conversations()[0].id)[-1]
    assert (answer.text, answer.state) == ("1 2 3", "partial")
    assert chat.answers[0].notice.text() == "Stopped."
    chat.qtbot.waitUntil(lambda: chat.client.streams_closed == 1)
    assert chat.answers[0].text == "1 2 3"


def test_send_button_stops_while_an_answer_is_written(chat: Chat) -> None:
    chat.start()
    send = chat.page.composer.send
    assert not send.isEnabled()
    chat.write("Count.")
    assert send.accessibleName() == "Stop (Esc)"
    send.click()
    assert chat.page.dialogue.answering is None
    assert send.accessibleName() == "Send (Enter)"


def test_process_death_keeps_the_text_and_reload_goes_on(chat: Chat) -> None:
    chat.start()
    chat.write("Tell me.")
    chat.client.say("Once upon")
    chat.until_answer_is("Once upon")
    chat.starter.engine.die()
    bar = chat.page.session_bar
    chat.qtbot.waitUntil(bar.isVisible)
    (reload,) = bar.buttons
    assert reload.text() == "Load again"
    assert "ended unexpectedly" in bar.sentence.text()
    assert chat.texts == ["Tell me.", "Once upon"]
    answer = chat.store.branch(chat.store.conversations()[0].id)[-1]
    assert (answer.text, answer.state) == ("Once upon", "failed")
    reload.click()
    chat.qtbot.waitUntil(lambda: chat.session.state is SessionState.READY)
    assert not bar.isVisible()
    chat.ask("Go on.", " a time")
    assert chat.texts == ["Tell me.", "Once upon", "Go on.", " a time"]


def test_refused_request_says_why(chat: Chat) -> None:
    chat.start()
    chat.client.events.put(RequestError("The conversation is longer than the context."))
    with chat.qtbot.waitSignal(chat.page.dialogue.settled):
        chat.write("Too long")
    assert chat.answers[0].notice.text() == "The conversation is longer than the context."
    assert chat.session.state is SessionState.READY


def test_failed_load_offers_reload(chat: Chat) -> None:
    chat.starter.failure = LoadError("The file is damaged.")
    chat.page.open_model(chat.model)
    chat.qtbot.waitUntil(lambda: chat.session.state is SessionState.FAILED)
    (reload,) = buttons(chat)
    assert reload.text() == "Load again"
    reload.click()
    chat.qtbot.waitUntil(lambda: chat.session.state is SessionState.READY)


def test_regenerating_makes_a_branch(chat: Chat) -> None:
    chat.start()
    chat.ask("Name a colour.", "Red")
    chat.client.answer("Blue")
    with chat.qtbot.waitSignal(chat.page.dialogue.settled):
        chat.answers[0].regenerate.click()
    assert chat.texts == ["Name a colour.", "Blue"]
    assert chat.client.requests[-1].turns == (Turn("user", "Name a colour."),)
    chat.answers[0].branches.previous.click()
    assert chat.texts == ["Name a colour.", "Red"]
    chat.answers[0].branches.next.click()
    assert chat.texts == ["Name a colour.", "Blue"]


def test_editing_a_message_makes_a_branch(chat: Chat) -> None:
    chat.start()
    chat.ask("Name a colour.", "Red")
    chat.page.transcript.edit_requested.emit(chat.page.transcript.views[0].message)
    assert chat.page.composer.text == "Name a colour."
    chat.ask("Name a fruit.", "Fig")
    assert chat.texts == ["Name a fruit.", "Fig"]
    conversation = chat.store.conversations()[0].id
    assert len(chat.store.siblings(chat.store.branch(conversation)[0])) == 2


def test_answer_goes_on_while_another_conversation_is_open(chat: Chat) -> None:
    chat.start()
    chat.write("Long one")
    chat.client.say("a")
    chat.until_answer_is("a")
    chat.page.sidebar.new.click()
    assert chat.texts == []
    chat.client.answer("b")
    chat.qtbot.waitUntil(lambda: chat.page.dialogue.answering is None)
    chat.page.show_conversation(chat.store.conversations()[0].id)
    assert chat.texts == ["Long one", "ab"]


def test_conversations_survive_a_new_page(chat: Chat, make_chat: Callable[[], Chat]) -> None:
    chat.start()
    chat.ask("Hello?", "Hi")
    again = make_chat()
    index = again.page.conversations.index(0)
    again.page.sidebar.list.setCurrentIndex(index)
    again.page.sidebar.list.clicked.emit(index)
    assert again.texts == ["Hello?", "Hi"]


def test_deleted_conversation_comes_back_by_undo(chat: Chat) -> None:
    chat.start()
    chat.ask("Precious", "Yes")
    chat.page.sidebar.list.setFocus()
    chat.qtbot.keyClick(chat.page.sidebar.list, Qt.Key.Key_Delete)
    assert chat.page.conversations.rowCount() == 0
    assert chat.texts == []
    chat.page.sidebar.undo.button.click()
    assert chat.texts == ["Precious", "Yes"]
    assert chat.page.conversations.rowCount() == 1


def test_rename_is_saved(chat: Chat) -> None:
    conversation = chat.store.create("starter")
    chat.store.append(conversation.id, None, "user", "Old")
    chat.page.conversations.refresh()
    index = chat.page.conversations.index(0)
    assert chat.page.conversations.setData(index, "  New ")
    assert not chat.page.conversations.setData(index, "  ")
    assert [one.title for one in chat.store.conversations()] == ["New"]


def test_conversation_goes_on_with_another_model(chat: Chat, tmp_path: Path) -> None:
    other = replace(chat.model, name="Other", target="other", files=(tmp_path / "other.gguf",))
    chat.page.set_installed([chat.model, other])
    chat.start()
    chat.ask("One?", "1")
    chat.page.header.models.actions()[1].trigger()
    chat.qtbot.waitUntil(lambda: chat.session.state is SessionState.READY)
    assert chat.texts == ["One?", "1"]
    chat.ask("Two?", "2")
    assert [turn.content for turn in chat.client.requests[-1].turns] == ["One?", "1", "Two?"]
    branch = chat.store.branch(chat.store.conversations()[0].id)
    assert [one.model for one in branch] == [None, chat.model.name, None, "Other"]
    assert chat.store.conversations()[0].target == "other"
    chat.page.show_conversation(None)
    assert chat.page.composer.draft.placeholderText() == "Message Other"


def test_a_file_without_a_chat_template_says_so(chat: Chat) -> None:
    chat.starter.has_chat_template = False
    chat.start()
    assert chat.page.remark.isVisible()
    assert "no chat template" in chat.page.remark.text()


def test_shift_enter_begins_a_line_and_the_draft_grows(chat: Chat) -> None:
    chat.start()
    draft = chat.page.composer.draft
    before = draft.height()
    chat.page.composer.set_text("one")
    chat.qtbot.keyClick(draft, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    assert chat.page.composer.text == "one\n"
    assert draft.height() > before
    assert chat.client.requests == []


def test_view_stays_where_the_user_reads(chat: Chat) -> None:
    chat.start()
    chat.write("Write a lot.")
    bar = chat.page.transcript.verticalScrollBar()
    chat.client.say("line\n\n" * 60)
    chat.qtbot.waitUntil(lambda: bar.maximum() > 500 and bar.value() == bar.maximum())
    bar.setValue(100)
    high = bar.maximum()
    chat.client.say("more\n\n" * 30)
    chat.qtbot.waitUntil(lambda: bar.maximum() > high)
    assert bar.value() == 100
    chat.page.transcript.to_bottom.click()
    assert bar.value() == bar.maximum()
    chat.client.answer()
    chat.qtbot.waitUntil(lambda: chat.page.dialogue.answering is None)


def test_link_shows_its_target_before_it_is_opened(chat: Chat) -> None:
    box = ask_to_open("https://example.com/?a=1", chat.page)
    assert box.informativeText() == "https://example.com/?a=1"
    copy = next(one for one in box.buttons() if one.text() == "Copy address")
    copy.click()
    assert QGuiApplication.clipboard().text() == "https://example.com/?a=1"


def test_every_control_has_an_accessible_name(chat: Chat) -> None:
    chat.start()
    chat.ask("Hello?", "```python\npass\n```\n\nand [a link](https://example.com)")
    controls = [
        *chat.page.findChildren(QAbstractButton),
        *chat.page.findChildren(QLineEdit),
        *chat.page.findChildren(QPlainTextEdit),
    ]
    visible = [one for one in controls if one.isVisible()]
    assert len(visible) > 10
    nameless = [
        one
        for one in visible
        if not (one.accessibleName() or (isinstance(one, QAbstractButton) and one.text()))
    ]
    assert nameless == []


def test_new_colours_reach_what_is_shown(chat: Chat, theme: Theme) -> None:
    chat.start()
    chat.ask("Hello?", "Hi")
    before = chat.page.styleSheet()
    theme.choose("dark")
    assert chat.page.styleSheet() != before
    assert chat.texts == ["Hello?", "Hi"]

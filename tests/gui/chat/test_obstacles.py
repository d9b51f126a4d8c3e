"""What the page does when something is in the way: no model, a failure, an answer under way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton

from alcove.chat.store import ConversationStore
from alcove.engine.answer import PromptProgress
from alcove.errors import (
    AlcoveError,
    EngineStopped,
    LoadError,
    ModelMemoryError,
    Remedy,
    StorageError,
)
from alcove.fit.plan import Wish
from alcove.gui.chat.user_view import UserView
from alcove.gui.session import SessionState
from gui.chat.conftest import Chat


def choices(chat: Chat) -> list[QPushButton]:
    return [one for one in chat.page.welcome.findChildren(QPushButton) if one.isVisible()]


def choice(chat: Chat, text: str) -> QPushButton:
    chat.qtbot.waitUntil(lambda: text in {one.text() for one in choices(chat)})
    return next(one for one in choices(chat) if one.text() == text)


def fail_to_load(chat: Chat, error: AlcoveError) -> None:
    chat.starter.failure = error
    chat.page.open_model(chat.model)
    chat.qtbot.waitUntil(lambda: chat.session.state is SessionState.FAILED)


@pytest.mark.parametrize(
    ("remedy", "text", "context"),
    [
        (Remedy.RELOAD, "Load again", 2048),
        (Remedy.RETRY, "Try again", 2048),
        (Remedy.LESS_CONTEXT, "Use less context", 1024),
    ],
)
def test_remedy_that_loads_again(chat: Chat, remedy: Remedy, text: str, context: int) -> None:
    fail_to_load(chat, ModelMemoryError("Too large.", "Do this.", remedy))
    choice(chat, text).click()
    chat.qtbot.waitUntil(lambda: chat.session.state is SessionState.READY)
    assert chat.starter.engine.options.context == context


@pytest.mark.parametrize(
    ("remedy", "text", "leads_to"),
    [
        (Remedy.SMALLER_MODEL, "Find a smaller model", "discover_requested"),
        (Remedy.DOWNLOAD_AGAIN, "Download again", "discover_requested"),
        (Remedy.CHOOSE_MODEL, "Choose a model", "library_requested"),
    ],
)
def test_remedy_that_leads_elsewhere(chat: Chat, remedy: Remedy, text: str, leads_to: str) -> None:
    fail_to_load(chat, LoadError("Damaged.", "Do this.", remedy))
    with chat.qtbot.waitSignal(getattr(chat.page, leads_to)):
        choice(chat, text).click()
    assert choice(chat, "Load again").isEnabled()


def test_remedies_stand_above_the_composer_in_a_conversation(chat: Chat) -> None:
    chat.start()
    chat.ask("Hello?", "Hi")
    chat.starter.failure = ModelMemoryError(
        "Too large.", "Do this.", Remedy.LESS_CONTEXT, Remedy.SMALLER_MODEL
    )
    chat.session.reload()
    chat.qtbot.waitUntil(lambda: chat.session.state is SessionState.FAILED)
    bar = chat.page.session_bar
    texts = [one.text() for one in bar.buttons]
    assert texts == ["Use less context", "Find a smaller model", "Load again"]
    bar.buttons[0].click()
    chat.qtbot.waitUntil(lambda: chat.session.state is SessionState.READY)
    assert chat.session.wish == Wish(1024)


def test_context_is_never_halved_below_the_least(chat: Chat) -> None:
    chat.starter.failure = ModelMemoryError("Too large.", "", Remedy.LESS_CONTEXT)
    chat.page.open_model(chat.model, Wish(600))
    chat.qtbot.waitUntil(lambda: chat.session.state is SessionState.FAILED)
    chat.starter.failure = ModelMemoryError("Too large.", "", Remedy.LESS_CONTEXT)
    choice(chat, "Use less context").click()
    chat.qtbot.waitUntil(lambda: chat.session.wish == Wish(512) and chat.starter.failure is None)
    chat.qtbot.waitUntil(lambda: chat.session.state is SessionState.FAILED)
    assert [one.text() for one in choices(chat)] == ["Load again"]


def test_conversation_without_any_model_leads_to_discover(
    chat: Chat, store: ConversationStore
) -> None:
    conversation = store.create("gone").id
    store.append(conversation, None, "user", "Hello?")
    chat.page.set_installed([])
    chat.page.show_conversation(conversation)
    find, connect = chat.page.session_bar.buttons
    with chat.qtbot.waitSignal(chat.page.connect_requested):
        connect.click()
    assert find.text() == "Find a model"
    with chat.qtbot.waitSignal(chat.page.discover_requested):
        find.click()


def test_nothing_else_can_be_asked_while_an_answer_is_written(chat: Chat) -> None:
    chat.start()
    chat.ask("One?", "1")
    regenerate = chat.answers[0].regenerate
    assert regenerate.isEnabled()
    chat.write("Two?")
    assert not regenerate.isEnabled()
    assert regenerate.toolTip() == "Another answer is being written."
    chat.page.sidebar.new.click()
    chat.qtbot.waitUntil(lambda: len(choices(chat)) == 3)
    assert [one.isEnabled() for one in choices(chat)] == [False] * 3
    chat.page.dialogue.stop()
    assert [one.isEnabled() for one in choices(chat)] == [True] * 3


def test_no_other_answer_without_a_model(chat: Chat) -> None:
    chat.start()
    chat.ask("One?", "1")
    chat.session.unload()
    assert not chat.answers[0].regenerate.isEnabled()
    assert chat.answers[0].regenerate.toolTip() == "No model is loaded."


def test_failed_answer_says_what_to_do_and_the_session_offers_it(chat: Chat) -> None:
    chat.start()
    chat.client.events.put(EngineStopped("The line is dead.", "Load it again.", Remedy.RELOAD))
    with chat.qtbot.waitSignal(chat.session.failed):
        chat.write("Hello?")
    answer = chat.store.branch(1)[-1]
    assert answer.failure == "The line is dead. Load it again."
    assert chat.answers[0].notice.text() == answer.failure
    assert [one.text() for one in chat.page.session_bar.buttons] == ["Load again"]
    chat.qtbot.waitUntil(lambda: not chat.starter.engine.alive)


def test_stopped_answer_keeps_its_figures_and_the_context(chat: Chat) -> None:
    chat.start()
    chat.ask("One?", "1")
    chat.client.events.put(PromptProgress(20, 40, 10))
    chat.write("Two?")
    chat.client.say("2", "3")
    chat.until_answer_is("23")
    chat.page.dialogue.stop()
    assert "2 tokens" in chat.answers[-1].readout.text()
    assert "to first token" in chat.answers[-1].readout.text()
    assert "prompt 40 (10 cached)" in chat.answers[-1].readout.text()
    assert chat.page.header.used.text() == "42 of 2,048 tokens"


def test_answer_whose_prompt_was_not_counted_adds_to_the_context(chat: Chat) -> None:
    chat.start()
    chat.ask("One?", "1")
    chat.write("Two?")
    chat.client.say("2", "3")
    chat.until_answer_is("23")
    chat.page.dialogue.stop()
    assert chat.page.header.used.text() == "17 of 2,048 tokens"


def test_answer_stopped_before_it_began_leaves_the_context_as_it_was(chat: Chat) -> None:
    chat.start()
    chat.ask("One?", "1")
    chat.write("Two?")
    chat.page.dialogue.stop()
    assert chat.page.header.used.text() == "15 of 2,048 tokens"
    assert chat.answers[-1].readout.text() == ""


def test_context_is_shown_once_a_model_is_loaded_again(chat: Chat) -> None:
    chat.start()
    chat.ask("One?", "1")
    chat.session.unload()
    assert not chat.page.header.used.isVisible()
    chat.session.load(chat.model, Wish(2048))
    chat.qtbot.waitUntil(chat.page.header.used.isVisible)
    assert chat.page.header.used.text() == "15 of 2,048 tokens"


def test_progress_of_loading_stays_when_the_library_changes(chat: Chat) -> None:
    chat.starter.may_start.clear()
    chat.page.open_model(chat.model)
    chat.qtbot.waitUntil(lambda: chat.session.fraction == 0.5)
    chat.page.set_installed([chat.model, replace(chat.model, target="another")])
    assert chat.page.welcome.progress.value() == 500
    assert chat.page.session_bar.progress.value() == 500
    chat.starter.may_start.set()
    chat.qtbot.waitUntil(lambda: chat.session.state is SessionState.READY)


@pytest.mark.parametrize("end", [Qt.Key.Key_Escape, Qt.Key.Key_Return])
def test_edit_gives_the_draft_back(chat: Chat, end: Qt.Key) -> None:
    chat.start()
    chat.ask("One?", "1")
    chat.page.composer.set_text("half a thought")
    view = chat.page.transcript.views[0]
    assert isinstance(view, UserView)
    view.edit_requested.emit(view.message)
    assert chat.page.composer.text == "One?"
    chat.client.answer("1")
    chat.qtbot.keyClick(chat.page.composer.draft, end)
    assert chat.page.composer.text == "half a thought"
    chat.qtbot.waitUntil(lambda: chat.page.dialogue.answering is None)


def test_selection_survives_a_search(chat: Chat) -> None:
    chat.start()
    chat.ask("Alpha?", "1")
    chat.page.sidebar.search.setText("Alp")
    assert [index.row() for index in chat.page.sidebar.list.selectedIndexes()] == [0]
    chat.page.sidebar.search.setText("nothing like it")
    chat.page.sidebar.search.clear()
    assert [index.row() for index in chat.page.sidebar.list.selectedIndexes()] == [0]


def test_deleting_the_conversation_that_is_answered_ends_the_answer(chat: Chat) -> None:
    chat.start()
    chat.write("Precious")
    chat.client.say("a")
    chat.until_answer_is("a")
    chat.page.sidebar.delete_requested.emit(chat.store.conversations()[0])
    assert chat.page.dialogue.answering is None
    assert chat.texts == []
    chat.qtbot.waitUntil(lambda: chat.client.streams_closed == 1)
    chat.page.sidebar.undo.button.click()
    assert chat.texts == ["Precious", "a"]


def test_quitting_while_an_answer_is_written_keeps_its_text(chat: Chat) -> None:
    chat.start()
    chat.write("Count.")
    chat.client.say("1 2")
    chat.until_answer_is("1 2")
    chat.page.stop()
    chat.session.close()
    assert not chat.starter.engine.alive
    answer = chat.store.branch(1)[-1]
    assert (answer.text, answer.state) == ("1 2", "partial")


def test_storage_that_fails_is_reported_wherever_it_happens(
    chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    chat.start()
    chat.ask("One?", "1")
    conversation = chat.store.conversations()[0]
    (answer,) = chat.answers

    def fail(*_arguments: object) -> None:
        raise StorageError("The disk is gone.")

    for name in ("branch", "siblings", "conversation", "delete", "restore", "choose"):
        monkeypatch.setattr(chat.store, name, fail)
    attempts: list[Callable[[], object]] = [
        lambda: chat.page.dialogue.settled.emit(answer.message),
        lambda: chat.page.set_installed([chat.model]),
        lambda: chat.page.sidebar.delete_requested.emit(conversation),
        lambda: chat.page.sidebar.restore_requested.emit(conversation.id),
        lambda: answer.sibling_requested.emit(1),
        lambda: chat.page.sidebar.copy_requested.emit(conversation),
    ]
    for attempt in attempts:
        chat.failures.clear()
        attempt()
        assert "The disk is gone." in {str(one) for one in chat.failures}

"""An answer that was stopped or cut off goes on; a conversation longer than the context goes on."""

from __future__ import annotations

from dataclasses import replace

from alcove.chat.conversation import Figures
from alcove.engine.answer import Delta, Turn
from alcove.errors import RequestError
from gui.chat.conftest import Chat
from gui.chat.fake_engine import READOUT


def test_a_stopped_answer_goes_on_where_it_was(chat: Chat) -> None:
    chat.start()
    chat.write("Count.")
    chat.client.say("1 2 3")
    chat.until_answer_is("1 2 3")
    chat.page.dialogue.stop()
    chat.qtbot.waitUntil(lambda: chat.client.streams_closed == 1)
    view = chat.answers[-1]
    assert view.resume.isVisible()
    chat.client.answer(" 4", " 5")
    with chat.qtbot.waitSignal(chat.page.dialogue.settled):
        view.resume.click()
        assert not view.resume.isEnabled()
    assert chat.texts == ["Count.", "1 2 3 4 5"]
    assert not view.resume.isVisible()
    request = chat.client.requests[-1]
    assert request.continues
    assert request.turns == (Turn("user", "Count."), Turn("assistant", "1 2 3"))
    kept = chat.store.branch(chat.store.conversations()[0].id)[-1]
    assert (kept.text, kept.state) == ("1 2 3 4 5", "complete")
    assert kept.figures is not None
    assert kept.figures.answer_tokens == 1 + READOUT.completion_tokens
    assert kept.figures.completion_tokens == READOUT.completion_tokens


def test_an_answer_cut_off_by_its_length_goes_on(chat: Chat) -> None:
    chat.start()
    chat.client.say("Once")
    chat.client.events.put(replace(READOUT, finish_reason="length"))
    with chat.qtbot.waitSignal(chat.page.dialogue.settled):
        chat.write("A tale, please.")
    assert chat.answers[-1].resume.isVisible()
    assert "cut off at the length limit" in chat.answers[-1].readout.text()
    chat.client.answer(" upon a time.")
    with chat.qtbot.waitSignal(chat.page.dialogue.settled):
        chat.answers[-1].resume.click()
    assert chat.answers[-1].text == "Once upon a time."
    assert "ended by itself" in chat.answers[-1].readout.text()


def test_reasoning_that_was_stopped_goes_on(chat: Chat) -> None:
    chat.start()
    chat.write("Why?")
    chat.client.events.put(Delta(reasoning="Let me", tokens=1))
    chat.qtbot.waitUntil(lambda: chat.answers[-1].message.reasoning == "Let me")
    chat.page.dialogue.stop()
    chat.client.events.put(Delta(reasoning=" see.", tokens=1))
    chat.qtbot.waitUntil(lambda: chat.client.streams_closed == 1)
    while not chat.client.events.empty():
        chat.client.events.get()
    chat.client.answer("So.")
    with chat.qtbot.waitSignal(chat.page.dialogue.settled):
        chat.answers[-1].resume.click()
    assert chat.client.requests[-1].turns[-1] == Turn("assistant", "", "Let me")
    assert chat.answers[-1].message.reasoning == "Let me"
    assert chat.answers[-1].text == "So."


def test_only_the_last_answer_goes_on(chat: Chat) -> None:
    chat.start()
    chat.write("Count.")
    chat.client.say("1 2")
    chat.until_answer_is("1 2")
    chat.page.dialogue.stop()
    chat.qtbot.waitUntil(lambda: chat.client.streams_closed == 1)
    chat.ask("And now?", "3")
    first, last = chat.answers
    assert not first.resume.isVisible()
    assert not last.resume.isVisible()
    conversation = chat.page.dialogue.conversation
    chat.page.show_conversation(None)
    chat.page.show_conversation(conversation)
    assert not any(view.resume.isVisible() for view in chat.answers)


def test_what_was_written_is_kept_when_going_on_fails(chat: Chat) -> None:
    chat.start()
    chat.write("Count.")
    chat.client.say("1 2")
    chat.until_answer_is("1 2")
    chat.page.dialogue.stop()
    chat.qtbot.waitUntil(lambda: chat.client.streams_closed == 1)
    figures = chat.answers[-1].message.figures
    chat.client.events.put(RequestError("The chat template leaves no room."))
    with chat.qtbot.waitSignal(chat.page.dialogue.settled):
        chat.answers[-1].resume.click()
    view = chat.answers[-1]
    assert (view.text, view.notice.text()) == ("1 2", "The chat template leaves no room.")
    assert view.message.figures == figures
    assert view.resume.isVisible()
    chat.start()


def test_nothing_goes_on_without_a_model(chat: Chat) -> None:
    chat.start()
    chat.write("Count.")
    chat.client.say("1 2")
    chat.until_answer_is("1 2")
    chat.starter.engine.die()
    chat.qtbot.waitUntil(chat.page.session_bar.isVisible)
    assert chat.answers[-1].resume.isVisible()
    assert not chat.answers[-1].resume.isEnabled()
    assert chat.answers[-1].resume.toolTip() == "No model is loaded."


def test_what_will_be_left_out_is_said_before_it_is(chat: Chat) -> None:
    chat.start()
    conversation = chat.store.create("starter").id
    parent = None
    for number in range(10):
        role = "assistant" if number % 2 else "user"
        message = chat.store.append(conversation, parent, role, f"{number} " + "word " * 40)
        if role == "assistant":
            figures = Figures("stop", 180 * number, 0, 120, 0.1, 900.0, 40.0)
            chat.store.save(replace(message, figures=figures))
        parent = message.id
    chat.page.show_conversation(conversation)
    note = chat.page.context_note
    assert not note.isVisible()
    chat.page.composer.set_text("word " * 400)
    assert note.isVisible()
    assert "to your next message, the model answers without" in note.text()
    chat.page.composer.set_text("")
    assert not note.isVisible()
    chat.ask("word " * 400, "Well.")
    assert "no longer sees" in note.text()
    sent = chat.client.requests[-1].turns
    assert 0 < len(sent) < 11
    assert sent[0].role == "user"
    assert sent[-1].content.startswith("word")
    assert f" {11 - len(sent)} messages" in note.text()

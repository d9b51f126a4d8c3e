"""A long conversation: views for what is in sight, a place that does not move while one reads."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from alcove.gui.chat.message_column import View
from alcove.gui.chat.transcript import Transcript
from gui.chat.conftest import Chat

MESSAGES = 400


def fill(chat: Chat, messages: int = MESSAGES) -> list[int]:
    """Keep a conversation and open it; returns the ids of its messages."""
    conversation = chat.store.create("starter").id
    made: list[int] = []
    for number in range(messages):
        role: Literal["user", "assistant"] = "assistant" if number % 2 else "user"
        text = f"Message {number}.\n\n" + "Some words that fill a line and more. " * (number % 23)
        parent = made[-1] if made else None
        made.append(chat.store.append(conversation, parent, role, text).id)
    chat.page.show_conversation(conversation)
    return made


def seen(transcript: Transcript) -> list[View]:
    """Return the views that are in sight."""
    bar = transcript.verticalScrollBar()
    top, bottom = bar.value(), bar.value() + transcript.viewport().height()
    return [one for one in transcript.views if one.y() < bottom and one.y() + one.height() > top]


def ids(views: list[View]) -> list[int]:
    return [view.message.id for view in views if view.message]


def covered(transcript: Transcript) -> bool:
    """Whether messages stand wherever they should in sight."""
    bar, views = transcript.verticalScrollBar(), transcript.views
    top, bottom = bar.value(), bar.value() + transcript.viewport().height()
    above = views[0].y() <= top or bar.value() <= 24
    below = views[-1].y() + views[-1].height() >= bottom or bar.value() >= bar.maximum() - 24
    return above and below


def test_a_long_conversation_opens_at_its_end_with_few_views(chat: Chat) -> None:
    made = fill(chat)
    transcript = chat.page.transcript
    bar = transcript.verticalScrollBar()
    assert ids(seen(transcript))[-1] == made[-1]
    assert bar.value() == bar.maximum()
    assert bar.maximum() > MESSAGES * 60
    assert len(transcript.views) < 40
    assert covered(transcript)


def test_every_message_is_met_on_the_way_up_and_none_moves(chat: Chat) -> None:
    made = fill(chat)
    transcript = chat.page.transcript
    bar = transcript.verticalScrollBar()
    met: set[int] = set()
    while bar.value() > 0:
        marked = seen(transcript)[0]
        before = marked.y() - bar.value()
        bar.setValue(bar.value() - 150)
        assert covered(transcript)
        assert bar.value() == 0 or abs(marked.y() - bar.value() - before - 150) <= 1
        met |= set(ids(seen(transcript)))
        QApplication.processEvents()
    assert met == set(made)
    assert ids(list(transcript.views))[0] == made[0]


def test_views_far_out_of_sight_are_forgotten(chat: Chat) -> None:
    fill(chat)
    transcript = chat.page.transcript
    bar = transcript.verticalScrollBar()
    for _step in range(60):
        bar.setValue(bar.value() - 400)
        QApplication.processEvents()
    chat.qtbot.waitUntil(lambda: len(transcript.views) < 60)
    assert covered(transcript)


def test_a_jump_into_the_middle_shows_what_is_there(chat: Chat) -> None:
    made = fill(chat)
    transcript = chat.page.transcript
    bar = transcript.verticalScrollBar()
    bar.setValue(bar.maximum() // 2)
    assert covered(transcript)
    assert 100 < made.index(ids(seen(transcript))[0]) < 300
    bar.setValue(0)
    assert covered(transcript)
    assert ids(seen(transcript))[0] == made[0]
    transcript.to_bottom.click()
    assert covered(transcript)
    assert ids(seen(transcript))[-1] == made[-1]
    assert bar.value() == bar.maximum()


def test_a_message_is_revealed_wherever_it_is(chat: Chat) -> None:
    made = fill(chat)
    transcript = chat.page.transcript
    for place in (200, 3, 399, 1):
        transcript.reveal(made[place])
        assert made[place] in ids(seen(transcript))
        assert covered(transcript)
    transcript.reveal(10**9)
    assert covered(transcript)


def test_another_version_stays_in_sight(chat: Chat) -> None:
    chat.start()
    made = fill(chat, 60)
    other = chat.store.append(chat.page.dialogue.conversation or 0, made[10], "assistant", "Other")
    for number in range(12):
        role: Literal["user", "assistant"] = "assistant" if number % 2 else "user"
        chat.store.append(other.conversation, other.id, role, "more")
    chat.page.dialogue.choose(made[11])
    transcript = chat.page.transcript
    transcript.reveal(made[11])
    view = transcript.answer(made[11])
    assert view is not None
    view.branches.next.click()
    assert other.id in ids(seen(transcript))


def test_an_answer_out_of_sight_is_whole_when_one_comes_back(chat: Chat) -> None:
    chat.start()
    fill(chat, 100)
    transcript = chat.page.transcript
    bar = transcript.verticalScrollBar()
    chat.write("Go on.")
    chat.client.say("One")
    chat.until_answer_is("One")
    answer = ids(list(transcript.views))[-1]
    bar.setValue(0)
    chat.qtbot.waitUntil(lambda: transcript.answer(answer) is None)
    chat.client.say(" two")
    chat.qtbot.waitUntil(lambda: chat.page.dialogue.answering.message.text == "One two")
    assert bar.value() == 0
    transcript.to_bottom.click()
    assert chat.answers[-1].text == "One two"
    assert not chat.answers[-1].notice.isVisible()
    bar.setValue(0)
    chat.qtbot.waitUntil(lambda: transcript.answer(answer) is None)
    chat.client.answer(" three")
    chat.qtbot.waitUntil(lambda: chat.page.dialogue.answering is None)
    transcript.to_bottom.click()
    assert chat.answers[-1].text == "One two three"
    assert "31.5 tokens/s" in chat.answers[-1].readout.text()


def test_what_has_the_focus_is_not_forgotten(chat: Chat) -> None:
    fill(chat)
    transcript = chat.page.transcript
    chat.page.activateWindow()
    last = transcript.views[-1]
    last.focus_stops[0].setFocus()
    bar = transcript.verticalScrollBar()
    for _step in range(30):
        bar.setValue(bar.value() - 300)
        QApplication.processEvents()
    assert last in transcript.views
    bar.setValue(0)
    assert last not in transcript.views
    assert transcript.hasFocus()


def test_tab_walks_on_where_no_view_was_yet(chat: Chat) -> None:
    made = fill(chat, 60)
    transcript = chat.page.transcript
    chat.page.activateWindow()
    transcript.reveal(made[0])
    QApplication.processEvents()
    transcript.setFocus()
    met: set[int] = set()
    for _step in range(600):
        focused = QApplication.focusWidget()
        assert focused is not None
        if focused is chat.page.composer.draft:
            break
        met |= {
            one for one in made if (v := transcript._column.view(one)) and v.isAncestorOf(focused)
        }
        chat.qtbot.keyClick(focused, Qt.Key.Key_Tab)
        QApplication.processEvents()
    assert met == set(made)


def test_what_grows_above_moves_nothing_in_sight(chat: Chat) -> None:
    conversation = chat.store.create("starter").id
    long = "".join(f"Paragraph {number}.\n\n" for number in range(1500))
    first = chat.store.append(conversation, None, "user", "Much, please.")
    answer = chat.store.append(conversation, first.id, "assistant", long)
    last = chat.store.append(conversation, answer.id, "user", "And?\n" * 20)
    chat.page.show_conversation(conversation)
    transcript = chat.page.transcript
    bar = transcript.verticalScrollBar()
    chat.qtbot.waitUntil(lambda: transcript.answer(answer.id) is not None)
    view = transcript.answer(answer.id)
    assert view is not None
    bar.setValue(bar.maximum() - 100)
    marked = transcript.views[-1]
    assert marked.message.id == last.id
    place = marked.y() - bar.value()
    before = view.height()
    chat.qtbot.waitUntil(lambda: view.markdown.whole)
    QApplication.processEvents()
    assert view.height() > before
    assert abs(marked.y() - bar.value() - place) <= 1

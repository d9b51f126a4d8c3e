"""The drawer: system prompt, presets, sampling."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt

from alcove.catalog.model import Sampling
from alcove.chat.setup import Setup
from alcove.chat.store import ConversationStore
from alcove.engine.answer import Turn
from alcove.gui.chat.sampling_card import AdvisedField
from gui.chat.conftest import SAMPLING, Chat
from gui.chat.test_sidebar import tell


def open_drawer(chat: Chat) -> None:
    chat.page.header.drawer.click()
    assert chat.page.drawer.isVisible()


def field(chat: Chat, name: str) -> AdvisedField:
    return chat.page.drawer.sampling.fields[name]


def type_number(chat: Chat, name: str, text: str) -> None:
    field(chat, name).selectAll()
    chat.qtbot.keyClick(field(chat, name), Qt.Key.Key_Backspace)
    chat.qtbot.keyClicks(field(chat, name), text)


def prompt(chat: Chat, text: str) -> None:
    """Type a system prompt and wait until it is kept."""
    with chat.qtbot.waitSignal(chat.page.drawer.decided):
        chat.page.drawer.prompt.text.setPlainText(text)


def test_system_prompt_and_sampling_go_with_the_request(chat: Chat) -> None:
    chat.start()
    open_drawer(chat)
    chat.page.drawer.prompt.text.setPlainText("Answer in rhymes.")
    type_number(chat, "temperature", "0.25")
    type_number(chat, "top_k", "7")
    type_number(chat, "max_tokens", "99")
    type_number(chat, "seed", "5")
    chat.ask("Hello?", "Hi")
    request = chat.client.requests[-1]
    assert request.turns == (Turn("system", "Answer in rhymes."), Turn("user", "Hello?"))
    assert (request.temperature, request.top_k, request.top_p) == (0.25, 7, SAMPLING.top_p)
    assert (request.max_tokens, request.seed) == (99, 5)


def test_what_was_decided_belongs_to_the_chat(
    chat: Chat, make_chat: Callable[[], Chat], store: ConversationStore
) -> None:
    other = tell(store, "Q", "A")
    chat.start()
    open_drawer(chat)
    prompt(chat, "Be brief.")
    chat.ask("Hello?", "Hi")
    mine = chat.page.dialogue.conversation
    chat.page.drawer.prompt.text.setPlainText("Be very brief.")
    chat.page.show_conversation(other)
    assert chat.page.drawer.prompt.prompt == ""
    chat.page.show_conversation(None)
    assert chat.page.drawer.prompt.prompt == ""
    again = make_chat()
    again.page.show_conversation(mine)
    assert again.page.drawer.prompt.prompt == "Be very brief."
    assert store.setup(other) == Setup()


def test_new_chat_keeps_what_was_decided_until_it_begins(
    chat: Chat, store: ConversationStore
) -> None:
    other = tell(store, "Q")
    prompt(chat, "Be brief.")
    chat.page.show_conversation(other)
    chat.page.show_conversation(None)
    assert chat.page.drawer.prompt.prompt == "Be brief."


def test_advice_is_shown_and_comes_back(chat: Chat) -> None:
    chat.start()
    open_drawer(chat)
    temperature = field(chat, "temperature")
    assert temperature.placeholderText() == "0.60 (advised)"
    assert field(chat, "seed").placeholderText() == "default"
    chat.qtbot.keyClick(temperature, Qt.Key.Key_Up)
    assert temperature.text() == "0.65"
    assert chat.page.dialogue.setup.sampling == Sampling(temperature=0.65)
    chat.page.drawer.sampling.reset.click()
    assert temperature.text() == ""
    assert chat.page.dialogue.setup == Setup()
    assert not chat.page.drawer.sampling.reset.isVisible()


def test_number_out_of_bounds_is_not_taken(chat: Chat) -> None:
    open_drawer(chat)
    with chat.qtbot.waitActive(chat.page):
        chat.page.activateWindow()
    field(chat, "top_k").setFocus()
    type_number(chat, "top_p", "0.9")
    type_number(chat, "top_p", "7")
    assert chat.page.dialogue.setup.sampling.top_p is None
    type_number(chat, "top_k", "12")
    chat.qtbot.keyClicks(field(chat, "top_k"), "x99999")
    chat.page.composer.draft.setFocus()
    assert chat.page.dialogue.setup.sampling.top_k == 129
    assert field(chat, "top_k").text() == "129"
    for _step in range(3):
        chat.qtbot.keyClick(field(chat, "min_p"), Qt.Key.Key_Down)
        chat.qtbot.keyClick(field(chat, "temperature"), Qt.Key.Key_Down)
    assert field(chat, "min_p").text() == "0.02"


def test_prompt_becomes_a_preset_of_other_chats(chat: Chat, store: ConversationStore) -> None:
    open_drawer(chat)
    card = chat.page.drawer.prompt
    assert not card.keep.isVisible()
    prompt(chat, "Rhyme.")
    card.name.setText("Poet")
    card.keep.click()
    assert card.preset.currentText() == "Poet"
    assert [one.name for one in store.presets.read()] == ["Poet"]
    chat.page.show_conversation(tell(store, "Q"))
    assert card.preset.currentText() == "No preset"
    place = card.preset.findText("Poet")
    card.preset.setCurrentIndex(place)
    card.preset.activated.emit(place)
    assert card.prompt == "Rhyme."
    assert chat.page.dialogue.setup.prompt == "Rhyme."
    prompt(chat, "Rhyme now.")
    assert card.preset.currentText() == "Written for this chat"


def test_deleted_preset_leaves_the_prompt(chat: Chat, store: ConversationStore) -> None:
    open_drawer(chat)
    card = chat.page.drawer.prompt
    prompt(chat, "Rhyme.")
    card.name.setText("Poet")
    card.keep.click()
    card.delete.click()
    assert store.presets.read() == ()
    assert card.prompt == "Rhyme."
    assert not card.delete.isEnabled()


def test_presets_that_cannot_be_saved_are_told(chat: Chat, store: ConversationStore) -> None:
    open_drawer(chat)
    prompt(chat, "Rhyme.")
    chat.page.drawer.prompt.name.setText("Poet")
    store.close()
    chat.page.drawer.prompt.keep.click()
    assert chat.failures
    assert chat.page.drawer.prompt.prompt == "Rhyme."


def test_side_bar_makes_room_for_the_drawer(chat: Chat) -> None:
    chat.page.resize(800, 600)
    open_drawer(chat)
    assert not chat.page.sidebar.isVisible()
    chat.page.drawer.close_button.click()
    assert chat.page.sidebar.isVisible()
    chat.page.resize(1200, 600)
    open_drawer(chat)
    assert chat.page.sidebar.isVisible()
    assert chat.page.minimumSizeHint().width() < 812  # beside the rail, in a window of 900
    chat.page.resize(910, 600)
    assert not chat.page.sidebar.isVisible()

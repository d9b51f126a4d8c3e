"""What the context and the KV cache cost is said before the model is loaded again."""

from __future__ import annotations

from alcove.errors import ModelFileError
from alcove.fit.plan import Wish
from alcove.gui.session import SessionState
from gui.chat.conftest import Chat
from gui.conftest import make_machine


def open_card(chat: Chat) -> None:
    chat.start()
    chat.page.header.drawer.click()
    chat.qtbot.waitUntil(lambda: bool(chat.page.memory.cost.text()))


def choose_kv(chat: Chat, name: str | None) -> None:
    select = chat.page.memory.kv_type
    select.setCurrentIndex(select.findData(name))


def cost_of(chat: Chat, before: str) -> str:
    chat.qtbot.waitUntil(lambda: chat.page.memory.cost.text() != before)
    return chat.page.memory.cost.text()


def test_context_and_kv_cache_are_priced(chat: Chat) -> None:
    open_card(chat)
    card = chat.page.memory
    assert card.isVisible()
    assert card.context.context == 2048
    first = card.cost.text()
    assert first.startswith("47 MB for the conversation")
    assert not card.load.isVisible()
    choose_kv(chat, "q8_0")
    second = cost_of(chat, first)
    assert second.startswith("25 MB for the conversation")
    card.context.slider.setValue(1)
    assert cost_of(chat, second).startswith("50 MB for the conversation")
    assert "Fits in memory" in card.verdict.text()


def test_model_is_loaded_again_as_chosen(chat: Chat) -> None:
    open_card(chat)
    card = chat.page.memory
    before = card.cost.text()
    choose_kv(chat, "q8_0")
    cost_of(chat, before)
    chat.qtbot.waitUntil(card.load.isVisible)
    card.load.click()
    assert chat.session.state is SessionState.LOADING
    assert not card.isVisible()
    chat.qtbot.waitUntil(lambda: chat.session.state is SessionState.READY)
    assert chat.session.wish == Wish(2048, kv_type="q8_0")
    chat.qtbot.waitUntil(card.isVisible)
    assert card.kv_type.currentData() == "q8_0"


def test_what_does_not_fit_is_not_offered(chat: Chat) -> None:
    open_card(chat)
    card, before = chat.page.memory, chat.page.memory.cost.text()
    chat.pricing.machine = make_machine(0.05)
    card.context.slider.setValue(1)
    cost_of(chat, before)
    assert "Needs" in card.verdict.text()
    assert not card.load.isVisible()


def test_file_that_cannot_be_priced_says_why(chat: Chat) -> None:
    chat.pricing.failure = ModelFileError("The file is gone.", "Find it.")
    chat.start()
    chat.page.header.drawer.click()
    verdict = chat.page.memory.verdict
    chat.qtbot.waitUntil(lambda: verdict.text() == "The file is gone. Find it.")


def test_without_a_model_there_is_nothing_to_price(chat: Chat) -> None:
    chat.page.header.drawer.click()
    assert not chat.page.memory.isVisible()
    chat.start()
    chat.qtbot.waitUntil(chat.page.memory.isVisible)
    chat.page.header.unload_requested.emit()
    assert not chat.page.memory.isVisible()

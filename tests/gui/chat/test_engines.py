"""The window's chat with engines elsewhere: llama.cpp's own server, one that is gone, none."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from alcove.engine.elsewhere import EngineModel, with_engine
from alcove.gui.chat.answer_view import AnswerView
from alcove.gui.chat_room import ChatRoom
from alcove.gui.dialogs.connect import ConnectDialog
from alcove.gui.icons import Icons
from alcove.gui.inventory import Inventory
from alcove.gui.messages import Messages
from alcove.gui.preferences import Preferences
from alcove.gui.session import SessionState
from alcove.gui.tasks import Tasks
from alcove.gui.theme import Theme
from alcove.network.journal import Journal
from alcove.paths import Paths
from alcove.settings import Engine
from engine.test_remote import plain as plain
from engine.test_remote import server as server

_ANSWER_MS = 60_000


@pytest.fixture
def room(
    qtbot: QtBot,
    tasks: Tasks,
    inventory: Inventory,
    preferences: Preferences,
    messages: Messages,
    theme: Theme,
    icons: Icons,
) -> Iterator[ChatRoom]:
    paths = Paths.from_environment()
    made = ChatRoom(paths, tasks, inventory, preferences, messages, theme, icons)
    qtbot.addWidget(made.page)
    yield made
    made.close()


@pytest.fixture
def parent(qtbot: QtBot) -> QWidget:
    made = QWidget()
    qtbot.addWidget(made)
    return made


@pytest.fixture
def dialog(parent: QWidget, tasks: Tasks, preferences: Preferences, theme: Theme) -> ConnectDialog:
    online = partial(preferences.update, offline=False)
    return ConnectDialog.ask(tasks, preferences.network, online, theme, parent)


def asked(qtbot: QtBot, dialog: ConnectDialog, address: str, key: str = "") -> Engine:
    """Type an address and a key, and press Enter."""
    dialog.address.setText(address)
    dialog.key.setText(key)
    with qtbot.waitSignal(dialog.chosen, timeout=_ANSWER_MS) as chosen:
        QTest.keyClick(dialog.key, Qt.Key.Key_Return)
    (engine,) = chosen.args
    assert isinstance(engine, Engine)
    return engine


def test_a_chat_with_llama_server_is_like_any_other(
    qtbot: QtBot, room: ChatRoom, preferences: Preferences, dialog: ConnectDialog, server: str
) -> None:
    engine = asked(qtbot, dialog, server.removeprefix("http://") + "/v1/")
    assert engine.url == server
    preferences.update(engines=with_engine((), engine))
    room.page.open_engine(EngineModel.of(engine))
    qtbot.waitUntil(lambda: room.session.state is SessionState.READY, timeout=_ANSWER_MS)
    assert room.page.header.detail.text() == f"at {server.removeprefix('http://')}"
    room.page.composer.set_text("Say hello.")
    with qtbot.waitSignal(room.page.dialogue.settled, timeout=_ANSWER_MS):
        room.page.composer.submit()
    view = room.page.transcript.views[-1]
    assert isinstance(view, AnswerView)
    assert view.text
    assert "tokens/s" in view.readout.text()
    assert room.page.header.used.text().endswith(" of 2,048 tokens")
    journal = Journal(preferences.network().journal)
    reasons = {entry.why for entry in journal.entries(50)}
    assert reasons == {f"engine at {server}"}
    offered = [action.text() for action in room.page.header.models.actions()]
    assert any(server.removeprefix("http://") in text for text in offered)


def test_an_engine_with_several_models_lets_one_choose(
    qtbot: QtBot, dialog: ConnectDialog, plain: tuple[str, list[dict[str, object]]]
) -> None:
    dialog.address.setText(plain[0])
    dialog.key.setText("secret")
    QTest.keyClick(dialog.key, Qt.Key.Key_Return)
    qtbot.waitUntil(dialog.models.isVisible, timeout=_ANSWER_MS)
    dialog.models.setCurrentText("b")
    with qtbot.waitSignal(dialog.chosen) as chosen:
        dialog.connect_button.click()
    assert chosen.args == [Engine(plain[0].removesuffix("/v1"), "secret", "b")]


@pytest.mark.parametrize(
    ("address", "key", "said"),
    [
        ("", "", "An address looks like"),
        ("127.0.0.1:9", "", "connection to the model was lost"),
        ("ftp://127.0.0.1", "", "An address looks like"),
    ],
)
def test_what_does_not_answer_is_said_and_can_be_mended(
    qtbot: QtBot, dialog: ConnectDialog, address: str, key: str, said: str
) -> None:
    dialog.address.setText(address)
    dialog.key.setText(key)
    dialog.connect_button.click()
    qtbot.waitUntil(lambda: said in dialog.sentence.text(), timeout=_ANSWER_MS)
    assert dialog.connect_button.isEnabled()
    dialog.address.setText("http://127.0.0.1:8000")
    assert dialog.sentence.isHidden()


def test_a_wrong_key_is_said(
    qtbot: QtBot, dialog: ConnectDialog, plain: tuple[str, list[dict[str, object]]]
) -> None:
    dialog.address.setText(plain[0])
    dialog.connect_button.click()
    qtbot.waitUntil(lambda: "No key" in dialog.sentence.text(), timeout=_ANSWER_MS)


def test_offline_another_computer_is_not_asked(
    qtbot: QtBot, dialog: ConnectDialog, preferences: Preferences
) -> None:
    preferences.update(offline=True)
    dialog.address.setText("http://192.0.2.1:8000")
    dialog.connect_button.click()
    qtbot.waitUntil(lambda: "another computer" in dialog.sentence.text(), timeout=_ANSWER_MS)
    assert Journal(preferences.network().journal).entries(5) == ()
    dialog.address.setText("http://127.0.0.1:9")
    assert dialog.online.isHidden()


def test_the_way_out_of_offline_mode_is_a_button(
    qtbot: QtBot, dialog: ConnectDialog, preferences: Preferences
) -> None:
    preferences.update(offline=True)
    dialog.address.setText("http://alcove.invalid:8000")
    dialog.connect_button.click()
    qtbot.waitUntil(dialog.online.isVisible, timeout=_ANSWER_MS)
    dialog.online.click()
    assert not preferences.settings.offline
    qtbot.waitUntil(lambda: "was lost" in dialog.sentence.text(), timeout=_ANSWER_MS)
    assert dialog.online.isHidden()


def test_an_engine_that_is_gone_can_be_connected_to_again(
    qtbot: QtBot, room: ChatRoom, plain: tuple[str, list[dict[str, object]]]
) -> None:
    room.page.open_engine(EngineModel("http://127.0.0.1:9", "a"))
    qtbot.waitUntil(lambda: room.session.state is SessionState.FAILED, timeout=_ANSWER_MS)
    model = EngineModel(plain[0], "a", "secret")
    room.page.open_engine(model)
    qtbot.waitUntil(lambda: room.session.state is SessionState.READY, timeout=_ANSWER_MS)
    room.session.unload()
    qtbot.waitUntil(lambda: room.session.state is SessionState.IDLE)
    assert room.session.client is None

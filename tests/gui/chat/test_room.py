"""The Chat page with what it works on: conversations on disk, and a model that is loaded."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from alcove.chat.store import ConversationStore
from alcove.fit.plan import Wish
from alcove.gui.chat_room import ChatRoom
from alcove.gui.icons import Icons
from alcove.gui.inventory import Inventory
from alcove.gui.messages import Messages
from alcove.gui.preferences import Preferences
from alcove.gui.session import SessionState
from alcove.gui.tasks import Tasks
from alcove.gui.theme import Theme
from alcove.library.installed import InstalledModel
from alcove.library.loading import LoadedModel, Plan, Service
from alcove.paths import Paths
from gui.chat.fake_engine import FakeEngine


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    """Folders with one conversation, and with what it left in memory."""
    paths = Paths(tmp_path, tmp_path, tmp_path)
    with closing(ConversationStore(paths.database)) as store:
        store.append(store.create("starter").id, None, "user", "My secret")
    paths.sessions.mkdir()
    for name, key in (("one", "alcove-chat-1"), ("two", "another program's")):
        (paths.sessions / f"{name}.kv").write_text("My secret")
        (paths.sessions / f"{name}.json").write_text(json.dumps({"conversation": key}))
    (paths.sessions / "three.part").write_text("My secret")
    return paths


@pytest.fixture
def room(
    qtbot: QtBot,
    paths: Paths,
    tasks: Tasks,
    inventory: Inventory,
    preferences: Preferences,
    messages: Messages,
    theme: Theme,
    icons: Icons,
) -> Iterator[ChatRoom]:
    made = ChatRoom(paths, tasks, inventory, preferences, messages, theme, icons)
    qtbot.addWidget(made.page)
    yield made
    made.close()


def delete_conversation(room: ChatRoom) -> None:
    conversations = room.page.conversations
    room.page.sidebar.delete_requested.emit(conversations.conversation(conversations.index(0)))
    assert conversations.rowCount() == 0


def test_a_conversation_that_is_deleted_leaves_nothing_in_the_sessions(
    qtbot: QtBot, room: ChatRoom, paths: Paths
) -> None:
    delete_conversation(room)
    left = [paths.sessions / "two.json", paths.sessions / "two.kv"]
    qtbot.waitUntil(lambda: sorted(paths.sessions.iterdir()) == left, timeout=20_000)


def test_a_model_is_loaded_without_the_dry_run_and_told_when_to_forget(
    qtbot: QtBot,
    room: ChatRoom,
    paths: Paths,
    installed: InstalledModel,
    appraising: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    engines: list[FakeEngine] = []

    def start(
        plan: Plan, _ledger: object, _report: object, _log: object, service: Service
    ) -> FakeEngine:
        assert service.sessions == paths.sessions
        assert appraising.made.rests == 1
        engines.append(FakeEngine(plan.options(service)))
        return engines[-1]

    monkeypatch.setattr(LoadedModel, "start", start)
    room.session.load(installed, Wish(2048))
    qtbot.waitUntil(lambda: room.session.state is SessionState.READY, timeout=20_000)
    assert appraising.made.rests == 0
    delete_conversation(room)
    qtbot.waitUntil(lambda: engines[0].forgotten == ["alcove-chat-1"], timeout=20_000)

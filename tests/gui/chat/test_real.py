"""The Chat page on a real model: it answers, is killed in the middle of an answer, and goes on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import psutil
from pytestqt.qtbot import QtBot

from alcove.catalog.model import Sampling
from alcove.chat.store import ConversationStore
from alcove.engine.process import ModelProcess
from alcove.fit.plan import Wish
from alcove.gui.chat.answer_view import AnswerView
from alcove.gui.icons import Icons
from alcove.gui.pages.chat import ChatPage
from alcove.gui.session import ModelSession, SessionState
from alcove.gui.tasks import Tasks
from alcove.gui.theme import Theme
from alcove.library.installed import InstalledModel
from gui.chat.conftest import Pricing
from gui.chat.fake_engine import plainly

_LOADING_MS = 60_000


def test_killed_model_is_reloaded_and_the_conversation_goes_on(
    qtbot: QtBot,
    tasks: Tasks,
    theme: Theme,
    icons: Icons,
    store: ConversationStore,
    tmp_path: Path,
    installed: InstalledModel,
    pricing: Pricing,
) -> None:
    started: list[ModelProcess] = []

    def start(
        model: InstalledModel, wish: Wish, report: Callable[[float], None], log: Path
    ) -> ModelProcess:
        started.append(ModelProcess.start(plainly(model, wish), report, log))
        return started[-1]

    session = ModelSession(tasks, tmp_path, start)
    greedy = Sampling(temperature=0.0)
    page = ChatPage(
        tasks,
        theme,
        icons,
        store,
        session,
        lambda _model: greedy,
        lambda: Wish(2048),
        pricing,
    )
    qtbot.addWidget(page)
    page.open_model(installed)
    qtbot.waitUntil(lambda: session.state is SessionState.READY, timeout=_LOADING_MS)

    page.composer.set_text("Count from one to three hundred, in words.")
    page.composer.submit()
    qtbot.waitUntil(lambda: len(_last(page).text) > 40, timeout=_LOADING_MS)
    with qtbot.waitSignal(session.failed):
        psutil.Process(started[-1].pid).kill()
    kept = _last(page).text
    assert len(kept) > 40
    assert store.branch(1)[-1].text == kept
    assert store.branch(1)[-1].state == "failed"

    page.session_bar.buttons[0].click()
    qtbot.waitUntil(lambda: session.state is SessionState.READY, timeout=_LOADING_MS)
    page.composer.set_text("Name one colour.")
    with qtbot.waitSignal(page.dialogue.settled, timeout=_LOADING_MS):
        page.composer.submit()
    answer = store.branch(1)[-1]
    assert answer.state == "complete"
    assert answer.text
    assert answer.figures is not None
    assert answer.figures.generation_tokens_per_second > 0
    assert page.header.used.text().endswith(" of 2,048 tokens")
    session.close()
    assert not started[-1].is_alive()


def test_a_stopped_answer_goes_on_from_what_the_model_has_read(
    qtbot: QtBot,
    tasks: Tasks,
    theme: Theme,
    icons: Icons,
    store: ConversationStore,
    tmp_path: Path,
    installed: InstalledModel,
    pricing: Pricing,
) -> None:
    def start(
        model: InstalledModel, wish: Wish, report: Callable[[float], None], log: Path
    ) -> ModelProcess:
        return ModelProcess.start(plainly(model, wish), report, log)

    session = ModelSession(tasks, tmp_path, start)
    greedy = Sampling(temperature=0.0)
    page = ChatPage(
        tasks, theme, icons, store, session, lambda _model: greedy, lambda: Wish(512), pricing
    )
    qtbot.addWidget(page)
    page.open_model(installed)
    qtbot.waitUntil(lambda: session.state is SessionState.READY, timeout=_LOADING_MS)

    page.composer.set_text("Count from one to twenty, in words.")
    page.composer.submit()
    qtbot.waitUntil(lambda: len(_last(page).text) > 20, timeout=_LOADING_MS)
    page.dialogue.stop()
    kept = store.branch(1)[-1]
    with qtbot.waitSignal(page.dialogue.settled, timeout=_LOADING_MS):
        _last(page).resume.click()
    answer = store.branch(1)[-1]
    assert answer.id == kept.id
    assert answer.text.startswith(kept.text)
    assert len(answer.text) > len(kept.text)
    assert answer.state == "complete"
    assert answer.figures is not None
    assert answer.figures.prompt_tokens - answer.figures.cached_tokens <= 8
    assert answer.figures.answer_tokens > answer.figures.completion_tokens
    session.close()


def _last(page: ChatPage) -> AnswerView:
    view = page.transcript.views[-1]
    assert isinstance(view, AnswerView)
    return view

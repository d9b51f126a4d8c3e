"""Figures of chats: a long one opened, what it takes of memory, and models that are killed."""

from __future__ import annotations

import os
import signal
import statistics
import time
from collections.abc import Iterator
from contextlib import closing

import psutil
from PySide6.QtWidgets import QApplication

from alcove.catalog.model import Sampling
from alcove.chat.store import ConversationStore
from alcove.gui.chat.answer_view import AnswerView
from alcove.gui.chat.transcript import Transcript
from alcove.gui.desktop import Desktop
from alcove.gui.session import SessionState
from benchmarks.window_figure import Figure, desktop, rest, until
from benchmarks.window_samples import MESSAGES, fill
from benchmarks.window_stage import Paints, Stage, chat_page, load_starter

OPENINGS = 9
KILLS = 50
_LONG = "Write a long story about a lighthouse keeper, with all that he sees and hears."


def opening() -> Iterator[Figure]:
    """From the click on a chat until its end is painted."""
    with chat_page(load_starter, Sampling()) as stage:
        long, short = fill(stage.store, MESSAGES), fill(stage.store, 2)
        rest(1)
        taken = []
        for _time in range(OPENINGS + 1):
            taken.append(_opened(stage, long))
            rest(1)
            _opened(stage, short)
            rest(0.2)
    told = f"opening a chat of {MESSAGES} messages, ms"
    yield Figure(f"{told}: the first time", taken[0] * 1e3, 150)
    yield Figure(f"{told}: median of {OPENINGS} more", statistics.median(taken[1:]) * 1e3, 150)


def kills() -> Iterator[Figure]:
    """Kill the model's process in the middle of an answer, and go on by one click."""
    with desktop() as opened:
        until(lambda: opened.inventory.starter is not None)
        assert opened.inventory.starter is not None
        opened.open_chat(opened.inventory.starter, None)
        survived = sum(_survives_kill(opened) for _time in range(KILLS))
    yield Figure(f"of {KILLS} kills, answered on after one click", survived, KILLS, most=False)


def _opened(stage: Stage, conversation: int) -> float:
    """Open a conversation; returns the seconds until its last message was painted."""
    paints = Paints(stage.page.transcript.viewport())
    begin = time.perf_counter()
    stage.page.show_conversation(conversation)
    while not (paints.seen and _shows_end(stage.page.transcript)):
        QApplication.processEvents()
    return time.perf_counter() - begin


def _shows_end(transcript: Transcript) -> bool:
    return bool(transcript.views) and not transcript.views[-1].visibleRegion().isEmpty()


def _survives_kill(opened: Desktop) -> bool:
    """Ask, kill, look what is left, and load again."""
    chat = opened.chat
    assert chat is not None
    page, session = chat.page, chat.session
    until(lambda: session.state is SessionState.READY)
    while page.dialogue.answering is None:  # a small model may say no more than a word
        page.show_conversation(None)
        page.composer.set_text(_LONG)
        page.composer.submit()
        until(lambda: page.dialogue.answering is None or len(_last(opened).text) > 40)
    os.kill(_model_process(), signal.SIGKILL)
    until(lambda: session.state is SessionState.FAILED)
    assert page.dialogue.conversation is not None
    with closing(ConversationStore(opened.paths.database)) as store:
        kept = store.branch(page.dialogue.conversation)[-1]
    whole = len(kept.text) > 40 and kept.text == _last(opened).text and kept.state == "failed"
    page.session_bar.buttons[0].click()
    until(lambda: session.state is SessionState.READY)
    return whole and opened.window.isVisible()


def _last(opened: Desktop) -> AnswerView:
    assert opened.chat is not None
    view = opened.chat.page.transcript.views[-1]
    assert isinstance(view, AnswerView)
    return view


def _model_process() -> int:
    """Return the id of the process that serves the model."""
    found = [
        child.pid
        for child in psutil.Process().children(recursive=True)
        if child.cmdline()[-1:] == ["alcove.engine"]
    ]
    assert len(found) == 1, found
    return found[0]

"""What is said of an answer while it is written and once it is."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from alcove.chat.conversation import Figures, Message
from alcove.engine.answer import Delta, PromptProgress, Turn
from alcove.gui.chat.live import LiveAnswer
from alcove.gui.chat.readout import duration, figures_line, live_line, number, prompt_line
from alcove.gui.chat.turns import turns_of
from gui.chat.fake_engine import READOUT

MESSAGE = Message(2, 1, 1, "assistant", "", datetime(2026, 1, 1, tzinfo=UTC), state="partial")


def test_speed_is_that_of_the_last_two_seconds() -> None:
    live = LiveAnswer(MESSAGE, 0.0)
    for tick in range(100):  # ten tokens a second, then twenty
        live.take(Delta("x", tokens=1), tick * 0.1)
    for tick in range(1, 61):
        live.take(Delta("x", tokens=1), 9.9 + tick * 0.05)
    assert live.speed(12.9) == pytest.approx(20, rel=0.05)
    assert live_line(live, 12.9).startswith("20.0 tokens/s")
    assert live.speed(20.0) is None


def test_time_left_follows_the_pace_of_the_prompt() -> None:
    live = LiveAnswer(MESSAGE, 0.0)
    assert prompt_line(live, 0.1) == "Waiting for the model"
    live.take(PromptProgress(1000, 3000, 1000), 1.0)
    assert live.prompt_seconds_left(1.0) is None
    live.take(PromptProgress(1500, 3000, 1000), 2.0)
    assert live.prompt_seconds_left(2.0) == pytest.approx(3.0)
    assert prompt_line(live, 2.0) == "Reading the prompt: 1,500 of 3,000 tokens, 3.0 s left"


def test_reasoning_is_timed_until_the_answer_begins() -> None:
    live = LiveAnswer(MESSAGE, 0.0)
    live.take(Delta(reasoning="hm", tokens=1), 1.0)
    assert live.reasoning_now
    live.take(Delta(reasoning="m"), 2.0)
    live.take(Delta("So"), 4.2)
    live.take(READOUT, 5.0)
    message = live.message
    assert (message.reasoning, message.text) == ("hmm", "So")
    assert message.reasoning_s == pytest.approx(3.2)
    assert message.state == "complete"


def test_readout_in_words() -> None:
    figures = Figures("length", 1312, 128, 1, 0.42, 890.4, 24.06)
    assert figures_line(figures).split("  ·  ") == [
        "24.1 tokens/s",
        "0.42 s to first token",
        "1 token",
        "prompt 1,312 at 890/s (128 cached)",
        "cut off at the length limit",
    ]


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.4249, "0.42 s"), (3.21, "3.2 s"), (185.9, "3 min 5 s")]
)
def test_durations(seconds: float, words: str) -> None:
    assert duration(seconds) == words


@pytest.mark.parametrize(("value", "words"), [(9.94, "9.9"), (99.94, "99.9"), (1234.5, "1,234")])
def test_numbers(value: float, words: str) -> None:
    assert number(value) == words


def test_roles_alternate_even_after_a_failed_answer() -> None:
    question = replace(MESSAGE, role="user", text="Q")
    empty = replace(MESSAGE, state="failed")
    assert turns_of([question, empty, replace(question, text="again")]) == (
        Turn("user", "Q\n\nagain"),
    )

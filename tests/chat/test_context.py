"""Which messages a model sees where its context is shorter than the conversation."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from alcove.chat.context import seen_of, tokens_of
from alcove.chat.conversation import Figures, Message

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def talk(messages: int, letters: int = 400, tokens: int = 100) -> list[Message]:
    """Make a branch of questions and answers, each of so many letters and tokens."""
    figures = Figures("stop", 0, 0, tokens, 0.1, 1.0, 1.0)
    made = []
    for number in range(messages):
        question = number % 2 == 0
        message = Message(number, 1, number - 1, "user" if question else "assistant", "x", NOW)
        text = "abcd" * (letters // 4)
        made.append(replace(message, text=text, figures=None if question else figures))
    return made


def test_everything_is_seen_while_it_fits() -> None:
    assert seen_of(talk(9), 4096).first == 0
    assert seen_of(talk(99), None).first == 0


def test_the_oldest_are_left_out_before_there_is_no_room() -> None:
    branch = talk(41)
    seen = seen_of(branch, 2048)
    assert seen.first > 0
    assert branch[seen.first].role == "user"
    assert seen.tokens + 512 <= 2048


def test_what_is_left_out_stays_the_same_for_a_while() -> None:
    firsts = [seen_of(talk(count), 4096).first for count in range(1, 80, 2)]
    assert firsts == sorted(firsts)
    changes = len(set(firsts)) - 1
    assert 1 <= changes <= 8  # of 40


def test_the_last_message_is_seen_however_long_it_is() -> None:
    branch = [*talk(2), replace(talk(3, letters=400_000)[2], id=2)]
    assert seen_of(branch, 2048).first == 2


def test_a_continued_answer_has_room() -> None:
    branch = talk(20)
    long = replace(branch[-1], text="abcd" * 1500)
    figures = replace(long.figures, completion_tokens=1500) if long.figures else None
    seen = seen_of([*branch[:-1], replace(long, figures=figures)], 4096)
    assert 0 < seen.first <= 18


def test_reasoning_is_not_counted_as_it_is_not_sent_again() -> None:
    branch = talk(2)
    thought = [branch[0], replace(branch[1], reasoning="abcd" * 300)]
    assert seen_of(thought, 4096).tokens < seen_of(branch, 4096).tokens


def test_tokens_are_estimated_by_the_answers_of_the_conversation() -> None:
    assert tokens_of("a" * 400, talk(4, tokens=400)) > 400
    assert tokens_of("a" * 400, talk(4, tokens=50)) < 100

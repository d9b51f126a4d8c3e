"""Guessing tokens: what is proposed, and when it pays."""

from __future__ import annotations

import pytest

from alcove.engine.drafting import PromptLookup, Prudence


def test_what_stood_there_before_is_proposed() -> None:
    lookup = PromptLookup([1, 2, 3, 4, 5, 6, 7, 1, 2, 3, 4])
    assert lookup.propose(3) == [5, 6, 7]
    lookup.extend([5])
    assert lookup.propose(10) == [6, 7, 1, 2, 3, 4, 5]


def test_new_text_is_not_guessed() -> None:
    assert PromptLookup([1, 2, 3, 4, 5, 6]).propose(4) == []
    assert PromptLookup([1, 2, 3]).propose(4) == []
    assert PromptLookup([]).propose(4) == []


def test_the_last_place_counts() -> None:
    lookup = PromptLookup([1, 2, 3, 4, 8, 1, 2, 3, 4, 9, 1, 2, 3, 4])
    assert lookup.propose(1) == [9]


def test_nothing_is_guessed_before_it_is_known_what_a_token_takes() -> None:
    prudence = Prudence()
    assert prudence.most() == 0
    prudence.note(0, 0, 0.01)
    assert prudence.most() > 0


def test_guesses_that_are_right_grow_longer() -> None:
    prudence = Prudence()
    prudence.note(0, 0, 0.01)
    first = prudence.most()
    prudence.note(first, first, 0.012)
    assert prudence.most() > first


@pytest.mark.parametrize("seconds", [0.0101, 0.03])
def test_guesses_that_cost_more_than_they_bring_become_rare(seconds: float) -> None:
    prudence = Prudence()
    prudence.note(0, 0, 0.01)
    lost, evaluations = 0.0, 2000
    for _ in range(evaluations):
        drafted = prudence.most()
        taken = seconds if drafted else 0.01
        lost += taken - 0.01
        prudence.note(drafted, 0, taken)
    assert lost / (evaluations * 0.01) < 0.02


def test_guesses_come_back_when_they_pay_again() -> None:
    prudence = Prudence()
    prudence.note(0, 0, 0.01)
    for _ in range(5000):
        drafted = prudence.most()
        prudence.note(drafted, 0, 0.02)
    asked = 0
    while not (drafted := prudence.most()):
        prudence.note(0, 0, 0.01)
        asked += 1
    assert asked <= 512
    for _ in range(4):
        prudence.note(drafted, drafted, 0.012)
        drafted = prudence.most()
        assert drafted > 0


def test_a_model_without_a_guess_is_asked_the_more_rarely_the_longer_it_takes() -> None:
    prudence = Prudence()
    prudence.note(0, 0, 0.01)
    lost = 0.0
    for _ in range(1000):
        if prudence.most():
            prudence.note_unsure(0.005)
            lost += 0.005
        prudence.note(0, 0, 0.01)
    assert 0 < lost < 0.12 * 1000 * 0.01

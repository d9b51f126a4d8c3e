"""Guessing tokens: what is proposed, and when it pays."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from alcove.engine.draft_model import DraftModel
from alcove.engine.drafting import PromptLookup, Prudence
from alcove.llama.batch import Batch
from alcove.llama.context import Context
from alcove.llama.model import Model
from alcove.llama.parameters import ContextOptions


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


class Counting(Context):
    """Counts the tokens of each evaluation."""

    def __init__(self, model: Model, options: ContextOptions) -> None:
        super().__init__(model, options)
        self.counts: list[int] = []

    def evaluate(self, batch: Batch) -> None:
        self.counts.append(batch.count)
        super().evaluate(batch)


@pytest.fixture
def context(smollm2: Model) -> Iterator[Counting]:
    context = Counting(smollm2, ContextOptions(length=512, batch=32))
    yield context
    context.close()


def test_a_smaller_model_reads_one_batch_at_a_time(smollm2: Model, context: Counting) -> None:
    draft = DraftModel(smollm2, context)
    text = ", ".join(str(number) for number in range(1, 31))
    tokens = smollm2.tokenize(text, special=False, begin=True)
    assert 64 < len(tokens) < 480
    for batches in range(1, len(tokens) // 32 + 1):
        assert draft.propose(tokens, 4) is None
        assert context.counts == [32] * batches
    guesses = draft.propose(tokens, 4)
    assert guesses
    assert sum(context.counts) == len(tokens) + len(guesses) - 1
    assert draft.propose([*tokens, *guesses], 4) is not None
    draft.forget()
    assert draft.propose(tokens, 4) is None

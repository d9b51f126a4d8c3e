"""The decode loop with a real model: what goes wrong with one job is its failure alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from alcove.engine.answer import Delta, PromptProgress
from alcove.engine.formats import NOTHING, Format
from alcove.engine.job import Job, Outcome
from alcove.engine.running import Engine
from alcove.engine.scheduler import Scheduler
from alcove.engine.sessions import Fetched, Sessions
from alcove.engine.slots import Checkpoints, Slot
from alcove.engine.ticket import AnswerFailed, Ticket, Yielded
from alcove.llama.context import Context
from alcove.llama.model import Model
from alcove.llama.parameters import ContextOptions
from alcove.llama.sampler import SamplerOptions

DEAD_END = 'root ::= "a" "\\U00400000"'
"""No text goes on like this: there is no such character."""


class Loop:
    """A scheduler with two slots, and what its jobs yield last."""

    def __init__(self, model: Model, context: Context, sessions: Sessions) -> None:
        self.slots = [Slot(n, context, Checkpoints(context, n, 0, 0)) for n in range(2)]
        self.scheduler = Scheduler(
            Engine(model, context, model.special_tokens), self.slots, sessions
        )
        self.tickets: list[Ticket] = []
        self._model = model
        self._sessions = sessions

    def ask(
        self, text: str, *, grammar: str = "", spoiled: bool = False, most: int | None = 8
    ) -> list[Yielded]:
        """Add a job and return what it yields, as that comes.

        ``spoiled``: nothing can be made of its answer, of ``most`` tokens.
        """
        yielded: list[Yielded] = []

        def receive(one: Yielded) -> None:
            if spoiled and isinstance(one, Delta):
                raise ZeroDivisionError("as a mistake would")
            yielded.append(one)

        tokens = tuple(self._model.tokenize(text, special=False, begin=True))
        sampling = SamplerOptions(temperature=0.0, grammar=grammar)
        job = Job(tokens, sampling, most, (), Format("plain"), NOTHING)
        self.tickets.append(Ticket(job, receive))
        self.scheduler.add(self.tickets[-1])
        return yielded

    def run(self) -> None:
        while not self.scheduler.idle:
            self.scheduler.step()

    def close(self) -> None:
        self._sessions.close()


def forgetful() -> Sessions:
    return Sessions(None, "a", 0, lambda call: call())


@pytest.fixture
def context(smollm2: Model) -> Iterator[Context]:
    context = Context(smollm2, ContextOptions(length=512, batch=32, sequences=2))
    yield context
    context.close()


@pytest.fixture
def loop(smollm2: Model, context: Context) -> Iterator[Loop]:
    loop = Loop(smollm2, context, forgetful())
    yield loop
    loop.close()


def test_what_one_answer_meets_ends_no_other(loop: Loop) -> None:
    spoiled, sound = loop.ask("One, two,", spoiled=True), loop.ask("The capital of France is")
    loop.run()
    assert isinstance(spoiled[-1], AnswerFailed)
    assert "division" not in str(spoiled[-1])
    assert isinstance(sound[-1], Outcome)
    assert "Paris" in "".join(each.text for each in sound if isinstance(each, Delta))
    assert all(slot.tokens and slot.unsaved and not slot.busy for slot in loop.slots)


def test_a_grammar_without_an_end_costs_its_answer_alone(loop: Loop) -> None:
    dead, sound = loop.ask("One, two,", grammar=DEAD_END), loop.ask("The capital of France is")
    loop.run()
    assert isinstance(dead[-1], AnswerFailed)
    assert "grammar" in str(dead[-1])
    assert isinstance(sound[-1], Outcome)
    assert all(slot.tokens and slot.unsaved and not slot.busy for slot in loop.slots)
    again = loop.ask("One, two, three, four,")
    loop.run()
    assert isinstance(again[-1], Outcome)
    assert again[-1].cached_tokens > 3


class Broken(Sessions):
    """Sessions that cannot be looked for."""

    def fetch(self, _context: Context, _tokens: Sequence[int], _known: int) -> Fetched | None:
        raise ZeroDivisionError("as a mistake would")


def test_a_job_that_cannot_begin_is_not_tried_for_ever(smollm2: Model, context: Context) -> None:
    loop = Loop(smollm2, context, Broken(None, "a", 0, lambda call: call()))
    yielded = loop.ask("One, two,")
    loop.scheduler.step()
    assert isinstance(yielded[-1], AnswerFailed)
    assert loop.scheduler.idle
    loop.close()


def test_giving_up_ends_what_waits_as_well(loop: Loop) -> None:
    asked = [loop.ask(f"{word} is a word that") for word in ("One", "Two", "Three")]
    loop.scheduler.step()
    loop.scheduler.give_up()
    assert loop.scheduler.idle
    assert all(isinstance(each[-1], AnswerFailed) for each in asked)
    assert not any(slot.tokens or slot.busy for slot in loop.slots)


def has_text(yielded: Sequence[Yielded]) -> bool:
    return any(isinstance(each, Delta) for each in yielded)


def test_answers_go_on_together_and_a_third_waits_for_a_slot(loop: Loop) -> None:
    first, second, third = (loop.ask(f"{n}, {n},", most=None) for n in ("One", "Two", "Three"))
    while not (has_text(first) and has_text(second)):
        loop.scheduler.step()
    assert third == []
    assert not isinstance(second[-1], Outcome)
    loop.tickets[0].cancelled.set()
    while not has_text(third):
        loop.scheduler.step()
    assert isinstance(first[-1], Outcome)
    assert first[-1].finish_reason == "cancelled"
    assert not isinstance(second[-1], Outcome)


def test_cancel_in_a_long_prompt_frees_the_model_at_once(loop: Loop) -> None:
    yielded = loop.ask("word " * 400)
    loop.scheduler.step()
    loop.tickets[0].cancelled.set()
    loop.run()
    assert [each.processed for each in yielded if isinstance(each, PromptProgress)] == [0, 32]
    assert isinstance(yielded[-1], Outcome)
    assert yielded[-1].finish_reason == "cancelled"


def test_the_rate_counts_from_token_to_token(loop: Loop) -> None:
    """The one that ends the answer takes as long as another, but is none of it."""
    yielded = loop.ask("One, two,", grammar='root ::= "a"')
    loop.run()
    assert isinstance(yielded[-1], Outcome)
    assert yielded[-1].finish_reason == "stop"
    assert (yielded[-1].generated_tokens, yielded[-1].generation_seconds) == (1, 0.0)


def test_prompts_that_do_not_fit_together_wait_for_one_another(loop: Loop) -> None:
    asked = [loop.ask(f"{name} {'word ' * 270}") for name in ("Apples", "Pears", "Plums")]
    loop.run()
    for yielded in asked:
        assert isinstance(yielded[-1], Outcome)
        assert yielded[-1].prompt_tokens * 2 > 512
        assert yielded[-1].finish_reason in ("stop", "length")

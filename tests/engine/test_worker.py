"""The worker with a scheduler that works when the test lets it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import Future
from queue import SimpleQueue

import pytest

from alcove.engine.formats import NOTHING, Format
from alcove.engine.job import Job, Outcome
from alcove.engine.ticket import AnswerFailed, Ticket, Yielded
from alcove.engine.worker import Worker
from alcove.llama.sampler import SamplerOptions


def job(*tokens: int) -> Job:
    return Job(tokens, SamplerOptions(), None, (), Format("plain"), NOTHING)


class Gate:
    """A scheduler that ends one job for each ``go``; one of a single token is a mistake."""

    def __init__(self) -> None:
        self.tickets: list[Ticket] = []
        self.go = threading.Semaphore(0)
        self.interrupted = 0
        self.saved = threading.Event()
        self.forgotten: list[str] = []

    @property
    def idle(self) -> bool:
        return not self.tickets

    def add(self, ticket: Ticket) -> None:
        self.tickets.append(ticket)

    def step(self) -> None:
        if not self.tickets:
            return
        self.go.acquire(timeout=10)
        ticket = self.tickets.pop(0)
        if ticket.cancelled.is_set():
            ticket.receive(Outcome("cancelled", 0, 0, 0.0, 0, 0.0))
        elif len(ticket.job.tokens) == 1:
            self.tickets.insert(0, ticket)
            raise ZeroDivisionError("as a mistake would")
        else:
            ticket.receive(Outcome("stop", len(ticket.job.tokens), 0, 0.1, 1, 0.1))

    def give_up(self) -> None:
        while self.tickets:
            self.tickets.pop().receive(AnswerFailed("a mistake"))

    def save(self) -> None:
        pass

    def close(self) -> None:
        self.saved.set()

    def forget(self, conversation: str) -> Future[None]:
        self.forgotten.append(conversation)
        gone = Future[None]()
        gone.set_result(None)
        return gone

    def interrupt(self) -> None:
        self.interrupted += 1


@pytest.fixture
def gate() -> Gate:
    return Gate()


@pytest.fixture
def worker(gate: Gate) -> Iterator[Worker]:
    worker = Worker(gate, gate.interrupt, SimpleQueue())  # type: ignore[arg-type]
    yield worker
    gate.go.release(10)
    worker.finish()


def test_an_evaluation_is_broken_off_only_if_nobody_else_needs_it(
    gate: Gate, worker: Worker
) -> None:
    yielded = SimpleQueue[Yielded]()
    first, second = (worker.submit(job(1, 2), yielded.put) for _ in range(2))
    worker.cancel(first)
    assert gate.interrupted == 0
    worker.cancel(second)
    assert gate.interrupted == 1
    gate.go.release(2)
    outcomes = [yielded.get(timeout=10), yielded.get(timeout=10)]
    assert [outcome.finish_reason for outcome in outcomes] == ["cancelled"] * 2  # type: ignore[union-attr]


def test_a_mistake_fails_an_answer_and_the_next_is_given(gate: Gate, worker: Worker) -> None:
    yielded = SimpleQueue[Yielded]()
    worker.submit(job(1), yielded.put)
    gate.go.release()
    assert isinstance(yielded.get(timeout=10), AnswerFailed)
    worker.submit(job(1, 2), yielded.put)
    gate.go.release()
    assert isinstance(yielded.get(timeout=10), Outcome)


def test_at_the_end_everything_is_cancelled_and_saved(gate: Gate, worker: Worker) -> None:
    yielded = SimpleQueue[Yielded]()
    ticket = worker.submit(job(1, 2), yielded.put)
    gate.go.release(2)
    worker.finish()
    assert ticket.done
    assert gate.saved.is_set()


def test_a_conversation_is_forgotten_between_two_evaluations(gate: Gate, worker: Worker) -> None:
    worker.forget("a chat")
    assert gate.forgotten == ["a chat"]


def test_a_ticket_yields_nothing_after_its_end() -> None:
    yielded: list[Yielded] = []
    ticket = Ticket(job(1, 2), yielded.append)
    for _ in range(2):
        ticket.receive(Outcome("stop", 2, 0, 0.1, 1, 0.1))
    assert len(yielded) == 1

"""The worker with a sequence that answers when the test lets it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import SimpleQueue

from alcove.engine.generation import Job, Outcome
from alcove.engine.reasoning import THINK
from alcove.engine.worker import AnswerFailed, Worker, Yielded
from alcove.llama.sampler import SamplerOptions


def job(*tokens: int) -> Job:
    return Job(tokens, SamplerOptions(), None, (), THINK, reasoning=False)


class Gate:
    """A sequence whose answers wait for ``go``; a job of one token fails."""

    def __init__(self) -> None:
        self.asked: list[Job] = []
        self.go = threading.Semaphore(0)
        self.interrupted = 0

    def answer(self, asked: Job, _emit: object, _cancelled: Callable[[], bool]) -> Outcome:
        self.asked.append(asked)
        self.go.acquire(timeout=10)
        if len(asked.tokens) == 1:
            raise ZeroDivisionError("as a mistake would")
        return Outcome("stop", len(asked.tokens), 0, 0.1, 1, 0.1)

    def interrupt(self) -> None:
        self.interrupted += 1


def test_a_job_that_is_cancelled_while_it_waits_is_never_begun() -> None:
    gate, yielded = Gate(), SimpleQueue[Yielded]()
    worker = Worker(gate)  # type: ignore[arg-type]
    worker.submit(job(1, 2), yielded.put)
    waiting = worker.submit(job(3, 4), yielded.put)
    worker.cancel(waiting)
    gate.go.release()
    outcomes = [yielded.get(timeout=10), yielded.get(timeout=10)]
    assert [outcome.finish_reason for outcome in outcomes] == ["stop", "cancelled"]
    assert [asked.tokens for asked in gate.asked] == [(1, 2)]
    assert gate.interrupted == 0


def test_a_mistake_fails_one_answer_and_the_next_is_given() -> None:
    gate, yielded = Gate(), SimpleQueue[Yielded]()
    worker = Worker(gate)  # type: ignore[arg-type]
    gate.go.release(2)
    worker.submit(job(1), yielded.put)
    worker.submit(job(1, 2), yielded.put)
    assert isinstance(yielded.get(timeout=10), AnswerFailed)
    assert isinstance(yielded.get(timeout=10), Outcome)

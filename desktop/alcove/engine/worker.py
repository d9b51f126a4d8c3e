"""The thread that owns the sequence, and the queue of requests that wait for it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import SimpleQueue

from alcove.engine.answer import Delta, PromptProgress
from alcove.engine.generation import Job, Outcome, Sequence
from alcove.llama.context import DecodeFailed

Receive = Callable[[PromptProgress | Delta | Outcome | DecodeFailed], None]
"""Gets what a job yields, on the worker's thread; an Outcome or a DecodeFailed comes last."""


class Ticket:
    """A job in the queue."""

    def __init__(self, job: Job, receive: Receive) -> None:
        self.job = job
        self.receive = receive
        self.cancelled = threading.Event()


class Worker:
    """Answers jobs in the order in which they came."""

    def __init__(self, sequence: Sequence) -> None:
        self._sequence = sequence
        self._queue: SimpleQueue[Ticket] = SimpleQueue()
        self._lock = threading.Lock()
        self._current: Ticket | None = None
        threading.Thread(target=self._work, name="decode", daemon=True).start()

    def submit(self, job: Job, receive: Receive) -> Ticket:
        """Queue ``job``."""
        ticket = Ticket(job, receive)
        self._queue.put(ticket)
        return ticket

    def cancel(self, ticket: Ticket) -> None:
        """End a job, whether it waits or runs; nothing happens if it is done."""
        ticket.cancelled.set()
        with self._lock:
            if self._current is ticket:
                self._sequence.interrupt()

    def _work(self) -> None:
        while True:
            ticket = self._queue.get()
            with self._lock:
                self._current = ticket
            try:
                ticket.receive(
                    self._sequence.answer(ticket.job, ticket.receive, ticket.cancelled.is_set)
                )
            except DecodeFailed as error:
                ticket.receive(error)
            finally:
                with self._lock:
                    self._current = None

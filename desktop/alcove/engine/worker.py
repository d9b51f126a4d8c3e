"""The thread that owns the sequence, and the queue of requests that wait for it."""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable
from queue import SimpleQueue

from alcove.engine.answer import Delta, PromptProgress
from alcove.engine.generation import Job, Outcome, Sequence
from alcove.i18n import _


class AnswerFailed(Exception):
    """An answer could not be generated; the reason is for people."""


Yielded = PromptProgress | Delta | Outcome | AnswerFailed
"""What a job yields; an Outcome or an AnswerFailed comes last."""


class Ticket:
    """A job in the queue. ``receive`` gets what it yields, on the worker's thread."""

    def __init__(self, job: Job, receive: Callable[[Yielded], None]) -> None:
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

    def submit(self, job: Job, receive: Callable[[Yielded], None]) -> Ticket:
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
            ticket.receive(self._answer(ticket))
            with self._lock:
                self._current = None

    def _answer(self, ticket: Ticket) -> Outcome | AnswerFailed:
        job = ticket.job
        if ticket.cancelled.is_set():
            return Outcome("cancelled", len(job.tokens), 0, 0.0, 0, 0.0)
        try:
            return self._sequence.answer(job, ticket.receive, ticket.cancelled.is_set)
        except Exception as error:  # the thread must live on: later requests wait for it
            traceback.print_exc()
            return AnswerFailed(_("The model could not answer ({reason}).").format(reason=error))

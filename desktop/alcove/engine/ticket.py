"""A job in the queue of the model process, and what it yields."""

from __future__ import annotations

import threading
from collections.abc import Callable

from alcove.engine.answer import Delta, PromptProgress
from alcove.engine.job import Job, Outcome


class AnswerFailed(Exception):
    """An answer could not be generated; the reason is for people."""


Yielded = PromptProgress | Delta | Outcome | AnswerFailed
"""What a job yields; an Outcome or an AnswerFailed comes last."""


class Ticket:
    """A job in the queue; what it yields goes to ``receive``, on the worker's thread."""

    def __init__(self, job: Job, receive: Callable[[Yielded], None]) -> None:
        self.job = job
        self.cancelled = threading.Event()
        self.done = False
        self._receive = receive

    def receive(self, yielded: Yielded) -> None:
        """Pass something on; what comes after the end is dropped."""
        if not self.done:
            self.done = isinstance(yielded, Outcome | AnswerFailed)
            self._receive(yielded)

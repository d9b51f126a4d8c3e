"""The thread that owns the sequences, and the queue of requests that wait for it."""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from queue import Empty, SimpleQueue

from alcove.engine.job import Job
from alcove.engine.scheduler import Scheduler
from alcove.engine.ticket import Ticket, Yielded

_REST_S = 20.0
"""Seconds without work after which the sequences are saved."""


Order = Ticket | Callable[[], None] | None
"""A job, or what else is to be done between two evaluations; None is the end."""


class Worker:
    """Answers jobs as soon as there is a slot, several at a time."""

    def __init__(
        self, scheduler: Scheduler, interrupt: Callable[[], None], queue: SimpleQueue[Order]
    ) -> None:
        """``interrupt`` breaks off the evaluation that runs; ``queue`` holds what is to be done."""
        self._scheduler = scheduler
        self._interrupt = interrupt
        self._queue = queue
        self._tickets: set[Ticket] = set()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._work, name="decode", daemon=True)
        self._thread.start()

    def submit(self, job: Job, receive: Callable[[Yielded], None]) -> Ticket:
        """Queue ``job``."""
        ticket = Ticket(job, receive)
        with self._lock:
            self._tickets = {*self._unfinished(), ticket}
        self._queue.put(ticket)
        return ticket

    def cancel(self, ticket: Ticket) -> None:
        """End a job, whether it waits or runs; nothing happens if it is done."""
        if ticket.done:
            return
        ticket.cancelled.set()
        with self._lock:
            others = any(not each.cancelled.is_set() for each in self._unfinished())
        if not others:
            self._interrupt()

    def forget(self, conversation: str) -> None:
        """End the answers to a conversation, and wait until nothing is left of it."""
        forgotten: Future[Future[None]] = Future()

        def forget() -> None:
            try:
                forgotten.set_result(self._scheduler.forget(conversation))
            except Exception as error:
                forgotten.set_exception(error)

        self._queue.put(forget)
        forgotten.result().result()

    def finish(self) -> None:
        """Save what the sequences hold, when what runs has ended; nothing is answered after."""
        with self._lock:
            tickets = list(self._tickets)
        for ticket in tickets:
            ticket.cancelled.set()
        self._interrupt()
        self._queue.put(None)
        self._thread.join()

    def _unfinished(self) -> list[Ticket]:
        self._tickets = {ticket for ticket in self._tickets if not ticket.done}
        return list(self._tickets)

    def _work(self) -> None:
        goes_on = True
        while goes_on:
            try:
                goes_on = self._take_in()
                self._scheduler.step()  # at the end, too: what was cancelled ends
            except Exception:  # the thread must live on: later requests wait for it
                traceback.print_exc()
                with suppress(Exception):
                    self._scheduler.give_up()
        self._scheduler.close()

    def _take_in(self) -> bool:
        """Take in what is to be done, waiting if there is nothing to do; False at the end."""
        with suppress(Empty):
            order = self._wait() if self._scheduler.idle else self._queue.get_nowait()
            while order is not None:
                if isinstance(order, Ticket):
                    self._scheduler.add(order)
                else:
                    order()
                order = self._queue.get_nowait()
            return False
        return True

    def _wait(self) -> Order:
        try:
            return self._queue.get(timeout=_REST_S)
        except Empty:
            self._scheduler.save()
            return self._queue.get()

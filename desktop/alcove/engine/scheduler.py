"""The decode loop: several jobs go on together, each in a slot of its own.

One evaluation after another holds the next token of every answer and, in the room that is left,
parts of prompts that are still read.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from alcove.engine.drafting import Prudence
from alcove.engine.job import Outcome
from alcove.engine.running import Engine, Running
from alcove.engine.sessions import Sessions
from alcove.engine.slots import Slot
from alcove.engine.ticket import AnswerFailed, Ticket
from alcove.i18n import _
from alcove.llama.batch import Batch
from alcove.llama.context import Aborted, DecodeFailed, NoRoom
from alcove.llama.sampler import GrammarRefused

_WORTH_COPYING = 32
"""Tokens in common from which another slot's beginning is taken over."""


class Scheduler:
    """Answers jobs; not thread-safe."""

    def __init__(
        self, engine: Engine, slots: Sequence[Slot], sessions: Sessions, *, speculate: bool = True
    ) -> None:
        """``sessions`` are what earlier processes remembered."""
        self._engine = engine
        self._sessions = sessions
        self._slots = slots
        self._batch = Batch(engine.context.batch)
        self._waiting: deque[Ticket] = deque()
        self._running: dict[Ticket, Running] = {}
        self._prudence = Prudence()
        self._speculate = speculate
        self._jobs = 0

    @property
    def idle(self) -> bool:
        """Whether there is nothing to do."""
        return not (self._waiting or self._running)

    def add(self, ticket: Ticket) -> None:
        """Take a job in."""
        self._waiting.append(ticket)

    def step(self) -> None:
        """Evaluate one batch."""
        self._engine.context.resume()  # an interruption may have come too late for its job
        self._drop_cancelled()
        self._admit()
        if not self._running:
            return
        batch = self._compose()
        try:
            self._engine.context.evaluate(batch)
        except Aborted:
            self._settle()  # whoever was cancelled is dropped with the next step
        except NoRoom as error:
            self._make_room(error)
        except DecodeFailed as error:
            self._fail(list(self._running), error)
        else:
            self._advance()

    def give_up(self) -> None:
        """End all jobs and forget everything, after something that must not happen."""
        error = DecodeFailed("internal error")
        self._fail(list(self._running), error)
        for slot in self._slots:
            slot.clear()

    def save(self) -> None:
        """Save what is worth it of the slots, for later processes."""
        for slot in self._slots:
            self._save(slot)

    def _drop_cancelled(self) -> None:
        for ticket in [each for each in self._waiting if each.cancelled.is_set()]:
            self._waiting.remove(ticket)
            ticket.receive(Outcome("cancelled", len(ticket.job.tokens), 0, 0.0, 0, 0.0))
        for ticket, running in list(self._running.items()):
            if ticket.cancelled.is_set():
                running.end("cancelled")
                self._finish(ticket)

    def _admit(self) -> None:
        """Give slots to jobs that wait, in the order in which they came."""
        while self._waiting and (free := [slot for slot in self._slots if not slot.busy]):
            ticket = self._waiting.popleft()
            self._jobs += 1
            slot = self._prepared(ticket, free)
            slot.busy, slot.used = True, self._jobs
            try:
                self._running[ticket] = Running(
                    ticket.job, slot, self._engine, self._prudence, ticket.receive
                )
            except GrammarRefused as error:
                slot.busy = False
                ticket.receive(_failed(error))

    def _prepared(self, ticket: Ticket, free: list[Slot]) -> Slot:
        """Choose the slot that knows most of a prompt, and bring it back to where they part.

        At least one token is left to evaluate, since an answer begins with what follows it.
        """
        tokens = ticket.job.tokens[:-1] if ticket.job.cache_prompt else ()
        knows = {slot: slot.shared(tokens) for slot in self._slots}
        best = max(free, key=lambda slot: (knows[slot], -slot.used))
        # A slot that knows nothing useful of it may hold what others come back to.
        slot = best if knows[best] >= _worth(tokens) else min(free, key=lambda one: one.used)
        kept = knows[slot]
        source = max(self._slots, key=lambda one: knows[one])
        if self._engine.context.can_rewind and knows[source] > kept + _WORTH_COPYING:
            self._save(slot)
            slot.take_from(source, knows[source])
            return slot
        if kept < len(slot.tokens):
            self._save(slot)
        slot.rewind(kept)
        self._sessions.load(self._engine.context, slot, tokens)
        return slot

    def _compose(self) -> Batch:
        batch = self._batch
        batch.clear()
        alone = self._speculate and len(self._running) == 1 and not self._waiting
        reading = []
        for running in self._running.values():
            if running.reading:
                reading.append(running)
            else:
                running.generate(batch, alone=alone)
        for running in reading:
            running.read(batch)
        return batch

    def _advance(self) -> None:
        for ticket, running in list(self._running.items()):
            try:
                running.advance()
            except (GrammarRefused, DecodeFailed) as error:
                self._fail([ticket], error)
                continue
            if running.outcome is not None:
                self._finish(ticket)

    def _finish(self, ticket: Ticket) -> None:
        running = self._running.pop(ticket)
        running.slot.busy = False
        running.slot.unsaved = True
        assert running.outcome is not None
        ticket.receive(running.outcome)

    def _make_room(self, error: NoRoom) -> None:
        """Forget what no job uses, the longest unused first; else end the newest job."""
        idle = [slot for slot in self._slots if not slot.busy and slot.tokens]
        if idle:
            slot = min(idle, key=lambda one: one.used)
            self._save(slot)
            slot.clear()
            return
        newest = max(self._running, key=lambda ticket: self._running[ticket].slot.used)
        running = self._running[newest]
        if running.reading:
            self._fail([newest], error)
        else:
            running.end("length")
            self._finish(newest)

    def _settle(self) -> None:
        for running in self._running.values():
            running.slot.settle()

    def _fail(self, tickets: list[Ticket], error: Exception) -> None:
        """End jobs; what their slots hold is not trusted any more."""
        for ticket in tickets:
            running = self._running.pop(ticket)
            running.end("cancelled")
            running.slot.clear()
            running.slot.busy = False
            ticket.receive(_failed(error))

    def _save(self, slot: Slot) -> None:
        if slot.unsaved:
            self._sessions.save(self._engine.context, slot)
            slot.unsaved = False


def _failed(error: Exception) -> AnswerFailed:
    if isinstance(error, GrammarRefused):
        return AnswerFailed(
            _("No token of this model goes on as the grammar of the request wants it.")
        )
    return AnswerFailed(_("The model could not answer ({reason}).").format(reason=error))


def _worth(tokens: tuple[int, ...]) -> int:
    """Return how many tokens a slot must know of a prompt to be taken for it."""
    return max(len(tokens) // 10, 1)

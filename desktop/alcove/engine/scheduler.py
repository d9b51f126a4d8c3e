"""The decode loop: several jobs go on together, each in a slot of its own.

One evaluation after another holds the next token of every answer and, in the room that is left,
parts of prompts that are still read.
"""

from __future__ import annotations

import traceback
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager

from alcove.engine.drafting import Prudence
from alcove.engine.job import Outcome
from alcove.engine.running import Engine, Running
from alcove.engine.sessions import Fetched, Sessions
from alcove.engine.slots import Slot, common
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
        self._fetched: dict[Ticket, Fetched | None] = {}
        """What is, or was, read from disk for jobs that wait."""
        self._running: dict[Ticket, Running] = {}
        self._paused: dict[Ticket, Running] = {}
        """Those of the jobs that wait which have begun already."""
        self._prudence = Prudence()
        self._speculate = speculate
        self._jobs = 0
        self._full = False
        """Whether the context has no room for another job until one of those that run has ended."""

    @property
    def idle(self) -> bool:
        """Whether there is nothing to do, or nothing until a session has been read."""
        return not self._running and all(map(self._awaits_disk, self._waiting))

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
        self._fail([*self._running, *self._waiting], DecodeFailed("internal error"))
        for slot in self._slots:
            slot.clear()
            slot.busy = False

    def save(self) -> None:
        """Save what is worth it of the slots, for later processes."""
        for slot in self._slots:
            self._save(slot)

    def close(self) -> None:
        """Save the slots and wait until that is on disk; nothing may be asked of it after."""
        self.save()
        self._sessions.close()

    def forget(self, conversation: str) -> Future[None]:
        """End the answers to a conversation and drop what is left of it.

        The result is there when it is gone from the disk, too.
        """
        for ticket in (*self._waiting, *self._running):
            if ticket.job.conversation == conversation:
                ticket.cancelled.set()
        self._drop_cancelled()
        for slot in self._slots:
            if slot.conversation == conversation:
                slot.clear()
        if self._engine.draft is not None:
            self._engine.draft.forget()
        return self._sessions.forget(conversation)

    def _drop_cancelled(self) -> None:
        for ticket in [each for each in self._waiting if each.cancelled.is_set()]:
            self._waiting.remove(ticket)
            self._fetched.pop(ticket, None)
            outcome = Outcome("cancelled", len(ticket.job.tokens), 0, 0.0, 0, 0.0)
            with self._alone(ticket):
                if paused := self._paused.pop(ticket, None):
                    paused.end("cancelled")
                    outcome = paused.outcome or outcome
                ticket.receive(outcome)
        for ticket in [each for each in self._running if each.cancelled.is_set()]:
            self._end(ticket, "cancelled")

    def _admit(self) -> None:
        """Give slots to jobs that wait, in the order in which they came.

        One whose session is still read lets the next ones pass.
        """
        for ticket in list(self._waiting):
            free = [slot for slot in self._slots if not slot.busy]
            if not free or self._full or self._will_be_read(ticket):
                return
            with self._alone(ticket):
                self._fetch(ticket)
                if not self._awaits_disk(ticket):
                    self._waiting.remove(ticket)
                    self._begin(ticket, free)

    def _fetch(self, ticket: Ticket) -> None:
        """Look once whether an earlier process, or another conversation, left what a job needs."""
        tokens = self._useful(ticket)
        if ticket in self._fetched or not tokens:
            return
        known = max(slot.shared(tokens) for slot in self._slots)
        self._fetched[ticket] = self._sessions.fetch(self._engine.context, tokens, known)

    def _awaits_disk(self, ticket: Ticket) -> bool:
        fetched = self._fetched.get(ticket)
        return fetched is not None and not fetched.done

    def _will_be_read(self, ticket: Ticket) -> bool:
        """Whether much of a prompt is being read for another job: then it waits for that."""
        if not self._engine.context.can_rewind or not ticket.job.cache_prompt:
            return False
        tokens = ticket.job.tokens[:-1]
        known = max(slot.shared(tokens) for slot in self._slots) + _WORTH_COPYING
        return any(
            running.reading and common(running.job.tokens, tokens) > known
            for running in self._running.values()
        )

    def _begin(self, ticket: Ticket, free: list[Slot]) -> None:
        """Give a job a slot."""
        self._jobs += 1
        try:
            slot = self._prepared(ticket, free)
        except BaseException:
            for each in free:  # whatever was being done, they are not trusted any more
                each.clear()
            raise
        slot.used = self._jobs
        slot.conversation = ticket.job.conversation
        self._running[ticket] = self._started(ticket, slot)
        slot.busy = True

    def _started(self, ticket: Ticket, slot: Slot) -> Running:
        """Begin with a job, or go on with it."""
        if ticket not in self._paused:
            return Running(ticket.job, slot, self._engine, self._prudence, ticket.receive)
        self._paused[ticket].resume(slot)
        return self._paused.pop(ticket)

    def _useful(self, ticket: Ticket) -> Sequence[int]:
        """Return what a slot may know already of what a job needs.

        At least one token is left to evaluate, since an answer begins with what follows it.
        """
        if paused := self._paused.get(ticket):
            return paused.useful
        return ticket.job.tokens[:-1] if ticket.job.cache_prompt else ()

    def _prepared(self, ticket: Ticket, free: list[Slot]) -> Slot:
        """Choose the slot that knows most of a prompt, and bring it back to where they part."""
        fetched = self._fetched.pop(ticket, None)
        tokens = self._useful(ticket)
        knows = {slot: slot.shared(tokens) for slot in self._slots}
        best = max(free, key=lambda slot: (knows[slot], -slot.used))
        # A slot that knows nothing useful of it may hold what others come back to.
        slot = best if knows[best] >= _worth(tokens) else min(free, key=lambda one: one.used)
        kept = knows[slot]
        source = max(self._slots, key=lambda one: knows[one])
        least = max(kept + _WORTH_COPYING, fetched.useful if fetched else 0)
        if self._engine.context.can_rewind and knows[source] > least:
            self._save(slot)
            slot.take_from(source, knows[source])
            return slot
        if kept < len(slot.tokens):
            self._save(slot)
        slot.rewind(kept)
        if fetched is not None:
            self._sessions.load(self._engine.context, slot, fetched)
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
            with self._alone(ticket):
                running.advance()
                if running.outcome is not None:
                    self._finish(ticket)

    @contextmanager
    def _alone(self, ticket: Ticket) -> Iterator[None]:
        """Let whatever goes wrong be the failure of one job alone."""
        try:
            yield
        except Exception as error:
            if not isinstance(error, GrammarRefused | DecodeFailed):
                traceback.print_exc()
            self._fail([ticket], error)

    def _end(self, ticket: Ticket, reason: str) -> None:
        with self._alone(ticket):
            self._running[ticket].end(reason)
            self._finish(ticket)

    def _finish(self, ticket: Ticket) -> None:
        running = self._running.pop(ticket)
        self._give_back(running.slot)
        assert running.outcome is not None
        ticket.receive(running.outcome)

    def _give_back(self, slot: Slot) -> None:
        slot.busy = False
        slot.unsaved = True
        self._full = False

    def _make_room(self, error: NoRoom) -> None:
        """Forget what no job uses, the longest unused first; else let the newest job pause.

        One that still reads its prompt goes before one that answers. The last one has all the
        room there is, so that its answer ends.
        """
        idle = [slot for slot in self._slots if not slot.busy and slot.tokens]
        if idle:
            slot = min(idle, key=lambda one: one.used)
            self._save(slot)
            slot.clear()
            return
        tickets = sorted(self._running, key=lambda each: self._running[each].slot.used)
        reading = [each for each in tickets if self._running[each].reading]
        if len(tickets) > 1:
            self._pause((reading or tickets)[-1])
        elif reading:
            self._fail(reading, error)
        else:
            self._end(tickets[0], "length")

    def _pause(self, ticket: Ticket) -> None:
        """Take a job's slot until another job has ended."""
        running = self._paused[ticket] = self._running.pop(ticket)
        running.pause()
        running.slot.busy = False
        running.slot.unsaved = True
        self._save(running.slot)
        running.slot.clear()
        self._waiting.appendleft(ticket)
        self._full = True

    def _settle(self) -> None:
        """Bring the slots back to their tokens."""
        for running in self._running.values():
            running.settle()

    def _fail(self, tickets: Iterable[Ticket], error: Exception) -> None:
        """End jobs; what an evaluation that failed left in their slots is not trusted any more."""
        for ticket in tickets:
            if ticket in self._waiting:
                self._waiting.remove(ticket)
            self._fetched.pop(ticket, None)
            if paused := self._paused.pop(ticket, None):
                paused.close()
            if running := self._running.pop(ticket, None):
                running.close()
                running.slot.settle()
                self._give_back(running.slot)
                if isinstance(error, DecodeFailed):
                    running.slot.clear()
            ticket.receive(_failed(error))

    def _save(self, slot: Slot) -> None:
        if slot.unsaved:
            self._sessions.save(self._engine.context, slot)
            slot.unsaved = False


def _failed(error: Exception) -> AnswerFailed:
    if isinstance(error, GrammarRefused):
        return AnswerFailed(
            _(
                "No token of this model goes on as the grammar of the request wants it. "
                "Ask for a less strict form."
            )
        )
    if isinstance(error, NoRoom):
        return AnswerFailed(
            _("The context, which all answers share, is full. Load it larger, or ask one by one.")
        )
    if isinstance(error, DecodeFailed):
        return AnswerFailed(
            _(
                "The model could not answer ({reason}). Ask again; if that does not help, load it "
                "with a smaller context."
            ).format(reason=error)
        )
    return AnswerFailed(
        _("Alcove could not make sense of the answer. Ask again, perhaps without tools.")
    )


def _worth(tokens: Sequence[int]) -> int:
    """Return how many tokens a slot must know of a prompt to be taken for it."""
    return max(len(tokens) // 10, 1)

"""Runs a trial or a benchmark: the models one after the other, each answer kept at once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace

from alcove.engine.answer import Delta, Event, PromptProgress, Readout
from alcove.errors import AlcoveError, Cancelled, EngineStopped, StorageError
from alcove.trials.asking import Asking
from alcove.trials.judge import Judge
from alcove.trials.run import Contestant, Reply, Run
from alcove.trials.store import TrialStore
from alcove.trials.talking import Open, Opened
from alcove.trials.time_left import seconds_left
from alcove.trials.trial import Prompt


@dataclass(frozen=True)
class Progress:
    """Where a run is. ``loaded`` is a fraction of 1 while the model is loaded, and None after.

    ``text`` is the answer so far; ``run`` has all that is kept; ``left_s`` is in seconds, None
    before anything was measured.
    """

    run: Run
    contestant: Contestant
    loaded: float | None = None
    prompt: str = ""
    text: str = ""
    read: float = 0.0
    left_s: float | None = None


Report = Callable[[Progress], None]
"""Told of every step; whatever it raises ends the run, which goes on later."""


class Runner:
    """Brings up models by ``open_``, asks them, has ``judge`` check, and keeps all in ``store``."""

    def __init__(
        self,
        store: TrialStore,
        open_: Open,
        judge: Judge,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._open = open_
        self._judge = judge
        self._clock = clock
        self._stopped = threading.Event()
        self._opened: Opened | None = None

    def stop(self) -> None:
        """End the run soon, even while an engine is silent: it ends as Cancelled. Any thread."""
        self._stopped.set()
        if (opened := self._opened) is not None:
            opened.talker.cancel()

    def go_on(self, run: Run, asking: Asking, report: Report) -> Run:
        """Ask what has no answer yet, and return all of the run.

        A model that cannot be loaded, and a prompt that it does not answer, is kept with the reason
        and the rest goes on. Raises StorageError, Cancelled and what ``report`` raises.
        """
        for contestant in run.contestants:
            while run.pending(contestant):
                run = self._visit(run, contestant, asking, report)
                contestant = next(one for one in run.contestants if one.id == contestant.id)
        return run

    def _visit(self, run: Run, contestant: Contestant, asking: Asking, report: Report) -> Run:
        """Load a model and ask it until it has answered all, or its process ended."""
        course = _Course(run, contestant, report, self._stopped)
        begun = self._clock()
        try:
            with self._open(contestant.target, course.load) as opened:
                self._opened = opened
                asking.prepare(opened, course.see)
                seconds = self._clock() - begun
                self._store.loaded(contestant.id, seconds)
                course.enter(seconds)
                self._ask_all(course, opened, asking)
        except (Cancelled, StorageError):
            raise
        except AlcoveError as error:
            course.check()
            self._store.fail(contestant.id, str(error))
        finally:
            self._opened = None
        return self._store.read(run.id)

    def _ask_all(self, course: _Course, opened: Opened, asking: Asking) -> None:
        prompts = {prompt.name: prompt for prompt in course.run.trial.prompts}
        for name, repeat in course.run.pending(course.contestant):
            course.begin(name)
            reply = self._answer(course, opened, asking, prompts[name], repeat)
            self._store.keep(reply)
            course.keep(reply)
            if isinstance(course.failure, EngineStopped):
                return

    def _answer(
        self, course: _Course, opened: Opened, asking: Asking, prompt: Prompt, repeat: int
    ) -> Reply:
        """Ask one prompt; a failure is an answer, too."""
        begun = self._clock()
        reply = Reply(course.contestant.id, prompt.name, repeat)
        try:
            with closing(opened.talker.stream(asking.request(opened, prompt, repeat))) as events:
                for event in events:
                    course.see(event)
        except Cancelled:
            raise
        except AlcoveError as error:
            course.check()
            course.failure = error
            reply = replace(reply, failure=str(error))
        reply = replace(reply, text=course.text, reasoning=course.reasoning, readout=course.readout)
        if not reply.failure:
            reply = replace(reply, findings=self._judge.findings(prompt, reply.text))
        return replace(reply, seconds=self._clock() - begun)


class _Course:
    """One model's part of a run while it goes on."""

    def __init__(
        self, run: Run, contestant: Contestant, report: Report, stopped: threading.Event
    ) -> None:
        self.run, self.contestant = run, contestant
        self.failure: AlcoveError | None = None
        self.text, self.reasoning = "", ""
        self.readout: Readout | None = None
        self._report, self._stopped = report, stopped
        self._now = Progress(run, contestant, left_s=seconds_left(run))

    def check(self) -> None:
        """Raise Cancelled if the run is to end."""
        if self._stopped.is_set():
            raise Cancelled

    def load(self, fraction: float) -> None:
        """Note how much of the model is loaded."""
        self._tell(loaded=fraction)

    def enter(self, seconds: float) -> None:
        """Note that the model is loaded, and how long that took."""
        entered = replace(self.contestant, load_seconds=seconds)
        others = self.run.contestants
        known = tuple(entered if one.id == entered.id else one for one in others)
        self.run = replace(self.run, contestants=known)
        self._tell(run=self.run, contestant=entered, loaded=None, left_s=seconds_left(self.run))

    def begin(self, prompt: str) -> None:
        """Note which prompt is asked."""
        self.text, self.reasoning, self.readout, self.failure = "", "", None, None
        self._tell(prompt=prompt, text="", read=0.0)

    def see(self, event: Event) -> None:
        """Take an event of an answer."""
        if isinstance(event, Delta):
            self.text, self.reasoning = self.text + event.text, self.reasoning + event.reasoning
            self._tell(text=self.text or self.reasoning)
        elif isinstance(event, PromptProgress):
            self._tell(read=event.processed / max(event.total, 1))
        elif isinstance(event, Readout):
            self.readout = event

    def keep(self, reply: Reply) -> None:
        """Note an answer that is there."""
        self.run = replace(self.run, replies=(*self.run.replies, reply))
        self._tell(run=self.run, left_s=seconds_left(self.run))

    def _tell(self, **changes: object) -> None:
        self.check()
        self._now = replace(self._now, **changes)  # type: ignore[arg-type]
        self._report(self._now)

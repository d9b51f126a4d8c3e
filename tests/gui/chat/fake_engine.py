"""An engine without a model: it says what a test puts into its script, and dies on command."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from alcove.engine.answer import Delta, Event, PromptProgress, Readout, Request
from alcove.engine.client import Properties
from alcove.engine.load import LoadOptions, ProcessMemory
from alcove.errors import AlcoveError, Cancelled, EngineStopped
from alcove.fit.plan import Wish
from alcove.library.installed import InstalledModel

READOUT = Readout(
    finish_reason="stop",
    prompt_tokens=12,
    cached_tokens=4,
    completion_tokens=3,
    time_to_first_token_s=0.25,
    prompt_tokens_per_second=480.0,
    generation_tokens_per_second=31.5,
    peak_memory_bytes=None,
    context=2048,
)


class FakeClient:
    """Streams what the test puts into ``events``: events, or an error to raise."""

    def __init__(self, context: int, *, has_chat_template: bool) -> None:
        self.events: queue.Queue[Event | AlcoveError] = queue.Queue()
        self.requests: list[Request] = []
        self.streams_closed = 0
        self.counts = True
        self._properties = Properties("fake", context, has_chat_template, None)

    def say(self, *texts: str) -> None:
        """Put pieces of an answer."""
        for text in texts:
            self.events.put(Delta(text, tokens=1))

    def answer(self, *texts: str) -> None:
        """Put a whole answer."""
        self.events.put(PromptProgress(12, 12, 4))
        self.say(*texts)
        self.events.put(READOUT)

    def cancel(self) -> None:
        self.events.put(Cancelled())

    def stream(self, request: Request) -> Iterator[Event]:
        self.requests.append(request)
        try:
            while True:
                event = self.events.get(timeout=10)
                if isinstance(event, AlcoveError):
                    raise event
                yield event
                if isinstance(event, Readout):
                    return
        finally:
            self.streams_closed += 1

    def count_tokens(self, text: str) -> int | None:
        """Every word is a token, unless the test says that it cannot be told."""
        return len(text.split()) if self.counts else None

    def properties(self) -> Properties:
        return self._properties

    def close(self) -> None:
        """Nothing is open."""


class FakeEngine:
    """A model process that lives in the test."""

    def __init__(self, options: LoadOptions, *, has_chat_template: bool = True) -> None:
        self.options = options
        self.talk = FakeClient(options.context, has_chat_template=has_chat_template)
        self.alive = True
        self.held = ProcessMemory(10**8, ())
        self.forgotten: list[str] = []

    def die(self) -> None:
        """End as a crashed process does: the stream breaks, the process is gone."""
        self.alive = False
        self.talk.events.put(self._ended())

    def is_alive(self) -> bool:
        return self.alive

    def client(self) -> FakeClient:
        return self.talk

    def forget(self, conversation: str) -> None:
        self.forgotten.append(conversation)

    def stop(self) -> None:
        self.alive = False

    def ended(self) -> EngineStopped | None:
        return None if self.alive else self._ended()

    def _ended(self) -> EngineStopped:
        return EngineStopped("The model process ended unexpectedly.", "Load it again.")


class FakeStarter:
    """Starts fake engines; ``failure`` is raised instead, once, if there is one.

    While ``may_start`` is cleared, every start waits for it and notices no cancelling.
    """

    def __init__(self) -> None:
        self.engines: list[FakeEngine] = []
        self.failure: AlcoveError | None = None
        self.has_chat_template = True
        self.may_start = threading.Event()
        self.may_start.set()
        self.begun = 0
        self.most_at_once = 0
        """The most engines that were started or alive at one time."""
        self._starting = 0

    @property
    def engine(self) -> FakeEngine:
        """The engine started last."""
        return self.engines[-1]

    def __call__(
        self, model: InstalledModel, wish: Wish, report: Callable[[float], None], log: Path
    ) -> FakeEngine:
        del log
        options = plainly(model, wish)
        self.begun += 1
        self._starting += 1
        alive = sum(engine.alive for engine in self.engines)
        self.most_at_once = max(self.most_at_once, self._starting + alive)
        try:
            report(0.5)
            assert self.may_start.wait(10)
            if self.failure is not None:
                failure, self.failure = self.failure, None
                raise failure
            self.engines.append(FakeEngine(options, has_chat_template=self.has_chat_template))
            return self.engine
        finally:
            self._starting -= 1


def plainly(model: InstalledModel, wish: Wish) -> LoadOptions:
    """Load a model without asking whether it fits."""
    return LoadOptions(path=model.path, name=model.name, context=wish.context)

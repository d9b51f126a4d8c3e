"""Models without a model: each answers what its script says, fails or ends where it says so."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from alcove.engine.answer import Delta, Event, PromptProgress, Readout, Request
from alcove.errors import AlcoveError, Cancelled
from alcove.trials.talking import Opened

READOUT = Readout("stop", 12, 4, 40, 0.25, 480.0, 31.5, 2_000_000_000, 2048)

Script = Mapping[str, str | AlcoveError]
"""What is answered to a prompt, by the text of its last turn; else that text itself."""


@dataclass
class ScriptedModel:
    """Answers as its script says; ``failure`` is raised instead of loading."""

    script: Script = field(default_factory=dict)
    failure: AlcoveError | None = None
    silent: str = ""
    """The prompt on which it says nothing until it is cancelled."""
    requests: list[Request] = field(default_factory=list)
    asked = 0
    opened = 0
    closed = 0

    def __post_init__(self) -> None:
        self.waiting = threading.Event()
        self._cancelled = threading.Event()

    def cancel(self) -> None:
        self._cancelled.set()

    def stream(self, request: Request) -> Generator[Event]:
        self.requests.append(request)
        text = request.turns[-1].content
        yield PromptProgress(12, 12, 4)
        if text == self.silent:
            self.waiting.set()
            assert self._cancelled.wait(30)
            raise Cancelled
        answer = self.script.get(text, text)
        if isinstance(answer, AlcoveError):
            yield Delta("Half of", tokens=2)
            raise answer
        yield Delta(answer, tokens=40)
        yield READOUT


@dataclass
class Stage:
    """Opens scripted models by their targets, one at a time."""

    models: dict[str, ScriptedModel]
    sampling: Request = field(default_factory=lambda: Request(()))
    _open: int = 0

    @contextmanager
    def __call__(self, target: str, report: Callable[[float], None]) -> Iterator[Opened]:
        model = self.models[target]
        report(0.5)
        model.opened += 1
        if model.failure is not None:
            raise model.failure
        assert not self._open, "two models at once"
        self._open += 1
        try:
            yield Opened(model, self.sampling)
        finally:
            self._open -= 1
            model.closed += 1

"""One run of a trial or a benchmark: what was asked of which models, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from alcove.engine.answer import Readout
from alcove.trials.judge import Finding, outcome
from alcove.trials.trial import Trial

Kind = Literal["trial", "bench"]


@dataclass(frozen=True)
class Contestant:
    """A model of a run. ``target`` leads to it, ``name`` is for people.

    ``quantization`` and ``size_bytes`` are of its file where that is known. ``failure`` is the
    sentence that says why it could not be loaded; ``load_seconds`` how long that took.
    """

    id: int
    target: str
    name: str
    quantization: str = ""
    size_bytes: int | None = None
    load_seconds: float | None = None
    failure: str = ""


@dataclass(frozen=True)
class Reply:
    """What one model answered to one prompt. ``repeat`` counts from 0; ``seconds`` is all of it.

    Without a ``readout`` it is ``failure`` that says why there is no whole answer.
    """

    contestant: int
    prompt: str
    repeat: int = 0
    text: str = ""
    reasoning: str = ""
    readout: Readout | None = None
    findings: tuple[Finding, ...] = ()
    failure: str = ""
    seconds: float = 0.0

    @property
    def passed(self) -> bool | None:
        """Whether its checks passed; a failure did not, where there was something to check."""
        return outcome(self.findings)


@dataclass(frozen=True)
class Heading:
    """A run in the history, without what was answered; ``asked`` of ``total`` answers are there."""

    id: int
    kind: Kind
    name: str
    created: datetime
    models: tuple[str, ...]
    asked: int
    total: int
    blind: bool = False

    @property
    def finished(self) -> bool:
        """Whether nothing is left to ask."""
        return self.asked >= self.total


@dataclass(frozen=True)
class Run:
    """All of a run. ``votes`` has, for prompts by name, the id of the model with the best answer.

    ``blind``: whose an answer is shows when it was voted on. A benchmark asks each of its prompts
    ``repeats`` times.
    """

    id: int
    kind: Kind
    trial: Trial
    created: datetime
    contestants: tuple[Contestant, ...]
    replies: tuple[Reply, ...] = ()
    votes: dict[str, int] = field(default_factory=dict)
    blind: bool = False
    repeats: int = 1

    def of(self, contestant: int, prompt: str, repeat: int = 0) -> Reply | None:
        """Return an answer, if it is there."""
        wanted = (contestant, prompt, repeat)
        found = (one for one in self.replies if (one.contestant, one.prompt, one.repeat) == wanted)
        return next(found, None)

    def pending(self, contestant: Contestant) -> tuple[tuple[str, int], ...]:
        """Return the prompts, by name and repeat, that a model has yet to answer."""
        if contestant.failure:
            return ()
        there = {
            (one.prompt, one.repeat) for one in self.replies if one.contestant == contestant.id
        }
        asked = (
            (prompt.name, repeat) for prompt in self.trial.prompts for repeat in range(self.repeats)
        )
        return tuple(one for one in asked if one not in there)

    @property
    def finished(self) -> bool:
        """Whether nothing is left to ask."""
        return not any(map(self.pending, self.contestants))

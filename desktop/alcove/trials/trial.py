"""What is asked in a trial, and how the answers are checked."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

CheckKind = Literal["equals", "contains", "matches", "json", "json_schema", "python"]


@dataclass(frozen=True)
class Check:
    """One thing that must hold of an answer; ``value`` is JSON and means what its kind says.

    ``equals``: one of some texts; ``contains``: all of some texts; ``matches``: a regular
    expression; ``json``: true; ``json_schema``: a schema; ``python``: a program that fails if the
    code of the answer is wrong.
    """

    kind: CheckKind
    value: Any


@dataclass(frozen=True)
class Options:
    """How every model answers. ``max_tokens`` bounds an answer; None leaves it to the engine."""

    max_tokens: int | None = 1024
    temperature: float | None = 0.0
    seed: int | None = None


@dataclass(frozen=True)
class Prompt:
    """One question: ``name`` tells it from the others, ``topic`` joins it with those like it.

    Where there is no check, only people can say which answer is best.
    """

    name: str
    text: str
    topic: str = ""
    system: str = ""
    checks: tuple[Check, ...] = ()


@dataclass(frozen=True)
class Trial:
    """Prompts under one name, and how they are answered."""

    name: str
    prompts: tuple[Prompt, ...]
    options: Options = Options()

    @property
    def runs_code(self) -> bool:
        """Whether code of answers is run to check it."""
        return any(check.kind == "python" for one in self.prompts for check in one.checks)

    def to_json(self) -> dict[str, Any]:
        """Return what a trial file holds; ``alcove.trials.read.parse_trial`` reads it."""
        return {
            "name": self.name,
            "options": asdict(self.options),
            "prompts": [_prompt(prompt) for prompt in self.prompts],
        }


def _prompt(prompt: Prompt) -> dict[str, Any]:
    optional = {"topic": prompt.topic, "system": prompt.system}
    return {
        "name": prompt.name,
        **{key: value for key, value in optional.items() if value},
        "prompt": prompt.text,
        "checks": {check.kind: check.value for check in prompt.checks},
    }

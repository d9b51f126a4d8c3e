"""What is to be timed, and the JSON in which the child process is told."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from alcove.fit.configuration import Configuration
from alcove.gguf.skeleton import Skeleton

Kind = Literal["token", "prompt", "sampling"]


@dataclass(frozen=True)
class Measure:
    """One figure to take: seconds for a token at ``depth``, for a prompt, for choosing a token.

    ``tokens`` is how many tokens are decoded one by one, or how long the prompt is.
    """

    kind: Kind
    threads: int
    depth: int = 0
    tokens: int = 16


@dataclass(frozen=True)
class Job:
    """Models that are loaded together, and what is measured of each, in turns.

    Turns make the figures of the models comparable, though the machine may be busier at times.
    """

    models: tuple[Skeleton, ...]
    configuration: Configuration
    measures: tuple[Measure, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the JSON object that ``from_json`` reads."""
        return {
            "models": [base64.b64encode(model.data).decode() for model in self.models],
            "configuration": asdict(self.configuration),
            "measures": [asdict(measure) for measure in self.measures],
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Job:
        """Read what ``to_json`` wrote."""
        return cls(
            models=tuple(Skeleton(base64.b64decode(data)) for data in document["models"]),
            configuration=Configuration.from_json(document["configuration"]),
            measures=tuple(Measure(**measure) for measure in document["measures"]),
        )


Timing = tuple[tuple[float, ...], ...]
"""Seconds for each measure of a job, and in it for each model: per token, or per prompt token."""

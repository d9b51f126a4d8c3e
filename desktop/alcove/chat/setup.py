"""What the user decided about a conversation: the system prompt and how answers are sampled."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from alcove.catalog.model import Sampling

_NOTHING = Sampling()
_NUMBERS = tuple(field.name for field in fields(Sampling) if field.name != "basis")


@dataclass(frozen=True)
class Setup:
    """None leaves a value to the advice for the model, and beyond that to the engine.

    ``max_tokens`` bounds the answer; ``seed`` makes answers repeatable.
    """

    prompt: str = ""
    sampling: Sampling = _NOTHING
    max_tokens: int | None = None
    seed: int | None = None


AS_ADVISED = Setup()
"""Nothing was decided."""


def sampling_of(setup: Setup, advised: Sampling) -> Sampling:
    """Return the advice with what the user decided in its place."""
    chosen = asdict(setup.sampling)
    return replace(advised, **{name: chosen[name] for name in _NUMBERS if chosen[name] is not None})


def to_document(setup: Setup) -> dict[str, Any]:
    """Return what is kept of a setup: what was decided."""
    decided = {name: value for name, value in asdict(setup.sampling).items() if value is not None}
    others = {"prompt": setup.prompt or None, "max_tokens": setup.max_tokens, "seed": setup.seed}
    return {name: value for name, value in {**others, **decided}.items() if value is not None}


def from_document(document: Mapping[str, Any]) -> Setup:
    """Read what ``to_document`` wrote; what makes no sense is left to the advice."""
    prompt = document.get("prompt")
    numbers = {name: _number(document.get(name)) for name in _NUMBERS}
    if numbers["top_k"] is not None:
        numbers["top_k"] = int(numbers["top_k"])
    return Setup(
        prompt if isinstance(prompt, str) else "",
        Sampling(**numbers),  # type: ignore[arg-type]
        _whole(document.get("max_tokens")),
        _whole(document.get("seed")),
    )


def to_text(setup: Setup) -> str:
    """Return the document as JSON."""
    return json.dumps(to_document(setup))


def from_text(text: str) -> Setup:
    """Read what ``to_text`` wrote."""
    document = json.loads(text)
    return from_document(document) if isinstance(document, dict) else AS_ADVISED


def _number(value: object) -> float | None:
    usable = isinstance(value, int | float) and not isinstance(value, bool)
    return value if usable else None  # type: ignore[return-value]


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None

"""The functions that a model is offered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Tool:
    """A function that the model may call; ``document`` is OpenAI's object of it, as it was sent."""

    document: Mapping[str, Any]

    @property
    def name(self) -> str:
        """What the model calls it by."""
        return str(self.document["function"]["name"])

    @property
    def parameters(self) -> Mapping[str, Any]:
        """The JSON schema of its arguments; empty if it has none."""
        parameters: Mapping[str, Any] = self.document["function"].get("parameters") or {}
        return parameters

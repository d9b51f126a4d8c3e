"""What a model process is told to load, and how it says that it could not."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from alcove.errors import EngineError, LoadError, ModelMemoryError, Remedy


@dataclass(frozen=True)
class LoadOptions:
    """How to load and serve a model.

    ``context`` is in tokens; ``gpu_layers`` None puts every layer on GPUs if there are any;
    ``threads`` None uses the physical cores. It is served to this machine alone: ``port`` 0 lets
    the system choose one, an empty ``key`` lets every program on the machine in.
    """

    path: Path
    name: str
    context: int = 8192
    kv_type: str = "f16"
    gpu_layers: int | None = None
    threads: int | None = None
    port: int = 0
    key: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return the JSON object that ``from_json`` reads."""
        return asdict(self) | {"path": str(self.path)}

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> LoadOptions:
        """Read what ``to_json`` wrote."""
        return cls(**(document | {"path": Path(document["path"])}))


_FAILURES: dict[str, type[EngineError]] = {
    kind.__name__: kind for kind in (LoadError, ModelMemoryError, EngineError)
}


def failure_to_json(error: EngineError) -> dict[str, Any]:
    """Return the JSON object that ``failure_from_json`` reads."""
    return {
        "kind": type(error).__name__,
        "cause": error.cause,
        "advice": error.advice,
        "remedies": [remedy.value for remedy in error.remedies],
    }


def failure_from_json(document: dict[str, Any]) -> EngineError:
    """Read what ``failure_to_json`` wrote."""
    kind = _FAILURES[document["kind"]]
    remedies = (Remedy(value) for value in document["remedies"])
    return kind(document["cause"], document["advice"], *remedies)

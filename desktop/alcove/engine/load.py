"""What a model process is told to load, and how it says what came of it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from alcove.errors import EngineError, LoadError, ModelMemoryError, Remedy
from alcove.i18n import _

FEW_TOKENS = 128
"""By how many tokens the vocabularies of two models of one family differ at most."""


@dataclass(frozen=True)
class LoadOptions:
    """How to load and serve a model.

    ``context`` and ``batch`` are in tokens; ``gpu_layers`` None puts every layer on GPUs if there
    are any; the experts of the first ``cpu_moe_layers`` layers stay in RAM; ``tensor_split`` is
    the proportion of the layers on several GPUs, empty leaves it to llama.cpp. ``threads`` are for
    generation, None uses the physical cores; ``batch_threads`` are for reading a prompt, None uses
    as many. ``slots`` answers go on at the same time; of each, ``checkpoints`` states are kept to
    go back to, and no more than ``checkpoint_bytes``. What conversations leave in memory is saved
    in the folder ``sessions``, which holds ``session_bytes`` at most. ``adapters`` are LoRA files,
    each with its scale. ``speculate``: tokens may be guessed ahead, also by the
    smaller model ``draft``. It is served to this machine
    alone, or with ``lan`` and a key to other computers too: ``port`` 0 lets the system choose one,
    an empty ``key`` lets every program on the machine in.
    """

    path: Path
    name: str
    context: int = 8192
    kv_type: str = "f16"
    gpu_layers: int | None = None
    cpu_moe_layers: int = 0
    batch: int = 512
    tensor_split: tuple[float, ...] = ()
    threads: int | None = None
    batch_threads: int | None = None
    slots: int = 1
    checkpoints: int = 1
    checkpoint_bytes: int = 256 * 2**20
    sessions: Path | None = None
    session_bytes: int = 4 * 2**30
    adapters: tuple[tuple[Path, float], ...] = ()
    speculate: bool = True
    draft: Path | None = None
    port: int = 0
    key: str = ""
    lan: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return the JSON object that ``from_json`` reads."""
        return asdict(self) | {
            "path": str(self.path),
            "sessions": str(self.sessions) if self.sessions else None,
            "draft": str(self.draft) if self.draft else None,
            "adapters": [(str(path), scale) for path, scale in self.adapters],
        }

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> LoadOptions:
        """Read what ``to_json`` wrote."""
        sessions, draft = document["sessions"], document["draft"]
        read = {
            "path": Path(document["path"]),
            "tensor_split": tuple(document["tensor_split"]),
            "sessions": Path(sessions) if sessions else None,
            "draft": Path(draft) if draft else None,
            "adapters": tuple((Path(path), scale) for path, scale in document["adapters"]),
        }
        return cls(**(document | read))


@dataclass(frozen=True)
class DeviceTaken:
    """Bytes that loading took of one GPU, by ggml's name and, where it is known, PCI address."""

    name: str
    identity: str | None
    taken_bytes: int


@dataclass(frozen=True)
class ProcessMemory:
    """What a model process took when its model was loaded.

    ``process_bytes`` is its resident memory, and what its children add to that; the compute buffers
    count only once they were used, by the first prompt. ``devices`` are the GPUs; what other
    programs took or gave back meanwhile is in their bytes too, the driver's own context is not.
    """

    process_bytes: int
    devices: tuple[DeviceTaken, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the JSON object that ``from_json`` reads."""
        return asdict(self)

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> ProcessMemory:
        """Read what ``to_json`` wrote."""
        devices = tuple(DeviceTaken(**device) for device in document["devices"])
        return cls(document["process_bytes"], devices)


def of_another_family(draft: str, name: str) -> LoadError:
    """Return the error for a smaller model whose tokens are not those of the model called so."""
    return LoadError(
        _("{draft} has another vocabulary than {name}, so that it cannot guess for it.").format(
            draft=draft, name=name
        ),
        _("Choose a smaller model of the same family."),
        Remedy.CHOOSE_MODEL,
    )


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

"""How an error travels between processes, and waits in the queue until the user reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from alcove import errors
from alcove.errors import AlcoveError, Remedy

_KINDS = {
    kind.__name__: kind
    for kind in (
        errors.HubError,
        errors.OfflineError,
        errors.BusyError,
        errors.GatedError,
        errors.StorageError,
        errors.TargetError,
        errors.TransferError,
    )
}


@dataclass(frozen=True)
class Problem:
    """An error, written down; ``kind`` is the name of its class in the tree of ``errors``."""

    kind: str
    cause: str
    advice: str = ""
    remedies: tuple[Remedy, ...] = ()

    @classmethod
    def of(cls, error: AlcoveError) -> Self:
        """Write ``error`` down."""
        names = (kind.__name__ for kind in type(error).__mro__)
        kind = next((name for name in names if name in _KINDS), AlcoveError.__name__)
        return cls(kind, error.cause, error.advice, error.remedies)

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Self:
        """Read what ``to_json`` wrote; remedies that this Alcove does not know are left out."""
        known = {remedy.value for remedy in Remedy}
        remedies = tuple(Remedy(name) for name in document["remedies"] if name in known)
        return cls(document["kind"], document["cause"], document["advice"], remedies)

    def to_json(self) -> dict[str, Any]:
        """Return it as a JSON object."""
        return {
            "kind": self.kind,
            "cause": self.cause,
            "advice": self.advice,
            "remedies": [remedy.value for remedy in self.remedies],
        }

    def error(self) -> AlcoveError:
        """Return the error again, to be raised or shown."""
        return _KINDS.get(self.kind, AlcoveError)(self.cause, self.advice, *self.remedies)

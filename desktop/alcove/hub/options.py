"""How transfers shall be done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

from alcove.network import Network

STALL_S = 30.0
"""How long a connection may bring nothing before it is given up."""


@dataclass(frozen=True)
class TransferOptions:
    """What the user chose for all transfers.

    ``limit`` is the highest speed in bytes per second, 0 for none. ``xet`` leaves the content to
    hf-xet, which begins a file anew after each pause. ``cache`` is the folder, None for the Hugging
    Face cache. ``stall_s`` is how long a connection may bring nothing.
    """

    network: Network
    limit: int = 0
    xet: bool = False
    cache: str | None = None
    stall_s: float = STALL_S

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Self:
        """Read what ``to_json`` wrote."""
        network = document["network"]
        network = Network(**network | {"journal": Path(network["journal"])})
        return cls(**{**document, "network": network})

    def to_json(self) -> dict[str, Any]:
        """Return it as a JSON object."""
        document = asdict(self)
        document["network"]["journal"] = str(self.network.journal)
        return document

"""A model file that is on this machine already."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Source = Literal["starter", "hub", "folder", "llama.cpp", "lm-studio", "jan", "gpt4all", "ollama"]
"""Whose a file is: that of the starter's package, of the Hugging Face cache, the user's own, or
that of another program.
"""


@dataclass(frozen=True)
class Place:
    """One of the places where a model lies.

    ``name`` is its owner's name of it, if it has one, ``repository`` where it was downloaded from.
    """

    source: Source
    path: Path
    name: str = ""
    repository: str | None = None


@dataclass(frozen=True)
class InstalledModel:
    """A GGUF on this machine, used where it lies.

    ``target`` is what the command line and the chat call it: a catalog id where it is one, else
    ``org/repo/file.gguf`` for the Hugging Face cache, ``ollama:name`` for Ollama, else the path.
    ``damage`` is the sentence that says why the file cannot be used, or None. ``removable``:
    whether Alcove may delete it. ``projector`` takes images or sound for it, ``adapters`` are
    LoRA files that its owner loads with it, ``owned_as`` is that owner's name of it. The same
    content lies at ``others`` too.
    """

    target: str
    name: str
    files: tuple[Path, ...]
    size_bytes: int
    source: Source
    quantization: str
    architecture: str
    catalog_id: str | None = None
    repository: str | None = None
    revision: str | None = None
    damage: str | None = None
    removable: bool = False
    projector: Path | None = None
    adapters: tuple[Path, ...] = ()
    owned_as: str = ""
    others: tuple[Place, ...] = ()

    @property
    def path(self) -> Path:
        """The file to load: the only one, or the first part."""
        return self.files[0]

    @property
    def places(self) -> tuple[Place, ...]:
        """Where its content lies; the place that is used comes first."""
        return (Place(self.source, self.path, self.owned_as, self.repository), *self.others)

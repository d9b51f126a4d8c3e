"""A model file that is on this machine already."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Source = Literal["starter", "hub", "folder"]


@dataclass(frozen=True)
class InstalledModel:
    """A GGUF on this machine, used where it lies.

    ``target`` is what the command line and the chat call it: a catalog id where it is one, else
    ``org/repo/file.gguf`` for the Hugging Face cache, else the path. ``damage`` is the sentence
    that says why the file cannot be used, or None. ``removable``: whether Alcove may delete it.
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

    @property
    def path(self) -> Path:
        """The file to load: the only one, or the first part."""
        return self.files[0]

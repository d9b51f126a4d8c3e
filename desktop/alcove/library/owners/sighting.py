"""What looking into a program's folders brings: the one interface of all owners."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from alcove.gguf.names import grouped, is_companion, is_projector
from alcove.library.installed import Source
from alcove.library.owners.system import System
from alcove.library.owners.walk import complete_models, walk


@dataclass(frozen=True)
class Found:
    """The files of one model as they lie somewhere.

    ``name`` is its owner's name of it, ``file`` the first file's path in ``repository``, ``sha256``
    that of the first file where the place says it. ``projectors`` lie beside it, and one of them
    may be its own; ``adapters`` belong to it.
    """

    source: Source
    files: tuple[Path, ...]
    name: str = ""
    repository: str | None = None
    revision: str | None = None
    file: str = ""
    sha256: str = ""
    projectors: tuple[Path, ...] = ()
    adapters: tuple[Path, ...] = ()


@dataclass(frozen=True)
class Sighting:
    """The models that an owner has, and the folders in which a new one would appear."""

    models: tuple[Found, ...] = ()
    folders: tuple[Path, ...] = ()


Look = Callable[[System], Sighting]
"""Looks into the folders of one owner. It raises nothing: what cannot be read is not there."""


def look_into(folders: Iterable[Path], source: Source) -> Sighting:
    """Look for models in ``folders`` and everything below them."""
    models: list[Found] = []
    seen: list[Path] = []
    for folder in folders:
        for parent, names in walk(folder):
            seen.append(parent)
            models += models_in(parent, names, source)
    return Sighting(tuple(models), tuple(seen))


def models_in(parent: Path, names: Iterable[str], source: Source) -> list[Found]:
    """Return the models among the files ``names`` of the folder ``parent``."""
    there = complete_models(names)
    projectors = tuple(parent / name for name in there if is_projector(name))
    return [
        Found(source, tuple(parent / file for file in files), projectors=projectors)
        for files in grouped(name for name in there if not is_companion(name))
    ]

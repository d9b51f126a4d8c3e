"""Every GGUF on this machine, whoever put it there."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from alcove.catalog.load import Catalog
from alcove.library.describe import Describer, alone_with_projectors
from alcove.library.duplicates import Candidate, merged
from alcove.library.index import Index, Seen
from alcove.library.installed import InstalledModel
from alcove.library.owners import gpt4all, hub, jan, llama_cpp, lm_studio, ollama, starter
from alcove.library.owners.sighting import Found, Look, Sighting, look_into
from alcove.library.owners.system import System
from alcove.library.target_names import with_distinct_targets
from alcove.paths import expanded

_OWNERS: tuple[Look, ...] = (
    starter.look,
    hub.look,
    llama_cpp.look,
    lm_studio.look,
    jan.look,
    gpt4all.look,
    ollama.look,
)
_SETTLING_S = 3.0
"""How long after the last byte a file counts as one that is still being written."""


@dataclass(frozen=True)
class Survey:
    """The models on this machine, and the ``folders`` in which another one would appear.

    The user's own folders come first, also one that is not there, as on a disk that is not in.
    ``unsettled`` are those of ``models`` that cannot be used because, as it seems, something is
    still writing them.
    """

    models: tuple[InstalledModel, ...]
    folders: tuple[Path, ...]
    unsettled: tuple[InstalledModel, ...] = ()


def survey(
    catalog: Catalog,
    folders: Sequence[Path],
    index: Index | None = None,
    system: System | None = None,
) -> Survey:
    """Look for every model: with the programs that keep some, then in the user's ``folders``.

    A damaged model is listed too, with the sentence that says so. Where several quantizations of
    one catalog model are installed, their targets name the quantization; no two are the same.
    """
    system, index = system or System.current(), index or Index()
    sightings = [look(system) for look in _OWNERS]
    roots = tuple(expanded(str(folder)) for folder in folders)
    sightings.append(look_into(roots, "folder"))
    found = _once(sightings)
    looked = index.look(chain.from_iterable((*one.files, *one.projectors) for one in found))
    describer, alone = Describer(catalog), alone_with_projectors(found)
    candidates = [
        Candidate(model, one.sha256)
        for one in found
        if (model := describer.describe(one, looked, alone=alone(one)))
    ]
    models = with_distinct_targets(merged(candidates, looked, index))
    now = time.time()
    unsettled = (model for model in models if model.damage and _is_fresh(model, looked, now))
    return Survey(tuple(models), (*roots, *_folders(reversed(sightings))), tuple(unsettled))


def installed_models(
    catalog: Catalog,
    folders: Sequence[Path],
    index: Index | None = None,
    system: System | None = None,
) -> list[InstalledModel]:
    """Return the models of a ``survey``."""
    return list(survey(catalog, folders, index, system).models)


def _once(sightings: Iterable[Sighting]) -> list[Found]:
    """Return what was found, each file as its first owner has it."""
    first: dict[tuple[Path, str], Found] = {}
    for found in chain.from_iterable(one.models for one in sightings):
        first.setdefault((found.files[0], found.name), found)
    return list(first.values())


def _is_fresh(model: InstalledModel, looked: Mapping[Path, Seen], now: float) -> bool:
    return any(0 <= now - looked[file].modified_s < _SETTLING_S for file in model.files)


def _folders(sightings: Iterable[Sighting]) -> tuple[Path, ...]:
    return tuple(dict.fromkeys(chain.from_iterable(one.folders for one in sightings)))

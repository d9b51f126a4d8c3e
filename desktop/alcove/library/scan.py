"""Every GGUF on this machine: the starter, the Hugging Face cache, the user's own folders."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path

from alcove.catalog.load import Catalog
from alcove.catalog.model import Model, Quantization
from alcove.errors import ModelFileError
from alcove.gguf.header import Header
from alcove.gguf.names import (
    grouped,
    is_companion,
    is_gguf,
    quantization_of,
    quantization_of_file_type,
)
from alcove.gguf.split import model_files, read_model
from alcove.hub.cache import cached_files
from alcove.hub.layout import cache_folder, size_of
from alcove.library.installed import InstalledModel, Source
from alcove.library.starter import find_starter
from alcove.paths import expanded

STARTER = "starter"
"""The word by which the starter model can always be named."""
STARTER_ID = "smollm2-135m"
"""The catalog's id of the starter model."""

_UNREADABLE = Header(version=0, metadata={}, tensors=(), data_offset=0)


@dataclass(frozen=True)
class _Place:
    """Where the files of one model were found; ``file`` is their first's path in a repository."""

    source: Source
    files: tuple[Path, ...]
    repository: str | None = None
    revision: str | None = None
    file: str = ""


def installed_models(
    catalog: Catalog, folders: Sequence[Path], cache: Path | None = None
) -> list[InstalledModel]:
    """Return what is installed: starter, Hugging Face cache, then the user's ``folders``.

    A damaged model is listed too, with the sentence that says so. Where several quantizations of
    one catalog model are installed, their targets name the quantization; no two are the same.
    """
    places = [*_starter(), *_in_cache(cache or cache_folder())]
    for folder in folders:
        places += _in_folder(expanded(str(folder)))
    first_at: dict[Path, _Place] = {}
    for place in places:
        first_at.setdefault(place.files[0].resolve(), place)
    return _with_distinct_targets([_installed(place, catalog) for place in first_at.values()])


def inspect_file(path: Path, catalog: Catalog) -> InstalledModel:
    """Return the model that the file ``path`` belongs to. Raises ModelFileError."""
    place = _Place("folder", model_files(path.absolute()))
    return _described(place, read_model(place.files), catalog)


def _starter() -> Iterator[_Place]:
    if path := find_starter():
        yield _Place("starter", (path,))


def _in_cache(cache: Path) -> Iterator[_Place]:
    snapshots = groupby(cached_files(cache), lambda cached: (cached.repository, cached.revision))
    for (repository, revision), group in snapshots:
        paths = {cached.file: cached.path for cached in group}
        for files in grouped(paths):
            found = tuple(paths[file] for file in files)
            yield _Place("hub", found, repository, revision, files[0])


def _in_folder(folder: Path) -> Iterator[_Place]:
    for parent, folders, names in os.walk(folder):
        folders.sort()
        models = (name for name in sorted(names) if is_gguf(name) and not is_companion(name))
        for files in grouped(models):
            yield _Place("folder", tuple(Path(parent, name) for name in files))


def _installed(place: _Place, catalog: Catalog) -> InstalledModel:
    try:
        return _described(place, read_model(place.files), catalog)
    except ModelFileError as error:
        return replace(_described(place, _UNREADABLE, catalog), damage=str(error))


def _described(place: _Place, header: Header, catalog: Catalog) -> InstalledModel:
    path = place.files[0]
    model, known = _catalogued(place, catalog)
    file_type = header.metadata.get("general.file_type")
    stated = quantization_of(path.name) or quantization_of_file_type(file_type) or ""
    return InstalledModel(
        target=model.id if model else _target(place),
        name=model.name if model else header.text("general.name") or path.stem,
        files=place.files,
        size_bytes=sum(size_of(file) for file in place.files),
        source=place.source,
        quantization=known.name if known else stated,
        architecture=header.architecture,
        catalog_id=model.id if model else None,
        repository=place.repository,
        revision=place.revision,
        removable=place.source == "hub",
    )


def _catalogued(
    place: _Place, catalog: Catalog
) -> tuple[Model, Quantization] | tuple[Model | None, None]:
    if place.source == "starter":
        return catalog.get(STARTER_ID), None
    path = place.files[0]
    # LM Studio, among others, keeps files as <publisher>/<repository>/<file>
    repository = place.repository or "/".join(path.parts[-3:-1])
    return catalog.find_file(repository, place.file or path.name) or (None, None)


def _target(place: _Place) -> str:
    if place.source == "starter":
        return STARTER
    return f"{place.repository}/{place.file}" if place.repository else str(place.files[0])


def _with_distinct_targets(models: list[InstalledModel]) -> list[InstalledModel]:
    """Add quantizations where they tell models apart; what is still the same goes by its path."""
    uses = Counter(model.target for model in models)
    named = [
        replace(model, target=f"{model.target}:{model.quantization}")
        if model.catalog_id and model.quantization and uses[model.target] > 1
        else model
        for model in models
    ]
    first: dict[str, Path] = {}
    for model in sorted(named, key=lambda model: model.damage is not None):
        first.setdefault(model.target, model.path)
    return [
        model if first[model.target] == model.path else replace(model, target=str(model.path))
        for model in named
    ]

"""What the hub said of repositories since the catalog was made, and the catalog with that in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from alcove.catalog.load import Catalog
from alcove.catalog.model import Model, Quantization
from alcove.gguf.names import grouped, is_companion, is_gguf, missing_parts, quantization_of
from alcove.i18n import _


@dataclass(frozen=True)
class ListedFile:
    """One file of a repository; ``sha256`` where the hub tells it."""

    path: str
    size_bytes: int
    sha256: str | None


@dataclass(frozen=True)
class Listing:
    """What a repository held at one commit, and when the hub was asked."""

    repository: str
    revision: str
    gated: bool
    files: tuple[ListedFile, ...]
    asked_at: datetime


Listings = Mapping[str, Listing]
"""Listings by the name of their repository."""


def updated(catalog: Catalog, listings: Listings) -> Catalog:
    """Return the catalog with sizes, files that came and files that went, as the hub told them.

    Models whose files were never listed come within reach once they are.
    """
    if not listings:
        return catalog
    before = (*catalog.models, *catalog.out_of_reach)
    models = [_updated(model, listings) for model in before]
    return replace(
        catalog,
        models=tuple(model for model in models if model.obstacle is None),
        out_of_reach=tuple(model for model in models if model.obstacle is not None),
    )


def repositories_of(model: Model) -> tuple[str, ...]:
    """Return the repositories that have a model's files, or may have them."""
    names = (*(one.repository for one in model.quantizations), *model.leads)
    return tuple(dict.fromkeys(names))


def has_repository(catalog: Catalog, name: str) -> bool:
    """Whether models of the catalog have files in a repository of the hub."""
    return any(name in repositories_of(model) for model in catalog.models)


def age_of(model: Model, listings: Listings) -> datetime | None:
    """Return when the hub was asked of all of a model's repositories; None where it never was."""
    asked = [listings.get(name) for name in repositories_of(model)]
    known = [listing.asked_at for listing in asked if listing]
    return min(known) if known and len(known) == len(asked) else None


def files_in_words(asked_at: datetime | None) -> str:
    """Say how old what is known of a model's files is."""
    if asked_at is None:
        return _("as they were when Alcove was published")
    return _("as the hub had them on {day}").format(day=f"{asked_at.astimezone():%Y-%m-%d %H:%M}")


def _updated(model: Model, listings: Listings) -> Model:
    there = [listings[name] for name in repositories_of(model) if name in listings]
    if not there or model.obstacle not in (None, "unlisted"):
        return model
    kept = {one.name: one for one in model.quantizations}
    for listing in there:
        _enter(kept, listing)
    if not kept:
        return model
    quantizations = tuple(sorted(kept.values(), key=lambda one: one.size_bytes))
    return replace(model, quantizations=quantizations, obstacle=None, leads=())


def _enter(kept: dict[str, Quantization], listing: Listing) -> None:
    """Enter what a repository has now; the last file of a model is never taken away."""
    found = {one.file: one for one in _quantizations(listing)}
    own = [one for one in kept.values() if one.repository == listing.repository]
    for one in own:
        if one.file in found:
            kept[one.name] = replace(found[one.file], name=one.name)
        elif len(kept) > 1:
            del kept[one.name]
    stems = {_stem(one.file) for one in own}
    for file, one in found.items():
        if one.name not in kept and (not own or _stem(file) in stems):
            kept[one.name] = one


def _quantizations(listing: Listing) -> Iterator[Quantization]:
    """Yield the models of a repository whose names tell a quantization."""
    files = {file.path: file for file in listing.files}
    for paths in grouped(path for path in files if is_gguf(path) and not is_companion(path)):
        name = quantization_of(paths[0])
        if name is None or missing_parts(paths):
            continue
        yield Quantization(
            name=name,
            repository=listing.repository,
            files=paths,
            size_bytes=sum(files[path].size_bytes for path in paths),
            revision=listing.revision,
            sha256=files[paths[0]].sha256 if len(paths) == 1 else None,
            gated=listing.gated,
        )


def _stem(file: str) -> str:
    """Return what the names of all quantizations of one model have in common."""
    name = file.rpartition("/")[2].casefold()
    quantization = (quantization_of(file) or "").casefold().removeprefix("ud-")
    before = name.rpartition(quantization)[0] if quantization in name else name
    return before.rstrip("-_.").removesuffix("ud").rstrip("-_.")

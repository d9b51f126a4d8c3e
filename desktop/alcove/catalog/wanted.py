"""What the user wants of a model: conditions that leave out whatever does not meet them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from alcove.catalog.model import Model


@dataclass(frozen=True)
class Wanted:
    """Conditions, all of which must be met; those that are left empty are none.

    ``text`` is a search; ``most_parameters`` is a count. ``commercial`` asks for a licence that
    allows commercial use without conditions, ``abilities`` are all to be there. ``language`` is a
    code; a model that states no languages does not meet it.
    """

    text: str = ""
    family: str = ""
    most_parameters: int | None = None
    commercial: bool = False
    abilities: frozenset[str] = frozenset()
    country: str = ""
    language: str = ""

    @property
    def conditions(self) -> int:
        """How many conditions there are beside the search."""
        single = (self.family, self.most_parameters, self.commercial, self.country, self.language)
        return sum(map(bool, single)) + len(self.abilities)


def countries_of(model: Model) -> tuple[str, ...]:
    """Return the countries that a model's publisher sits in."""
    return tuple(model.country.split("/")) if model.country else ()


def abilities_among(models: Iterable[Model]) -> tuple[str, ...]:
    """Return what any of the models can do beside answering in words, in the usual order."""
    found = {ability for model in models for ability in model.abilities}
    usual = ("tools", "reasoning", "code", "vision", "audio", "embedding")
    return tuple(ability for ability in usual if ability in found)


def countries_among(models: Iterable[Model]) -> tuple[str, ...]:
    """Return the countries of all publishers, by name."""
    return tuple(sorted({country for model in models for country in countries_of(model)}))


def languages_among(models: Iterable[Model]) -> tuple[str, ...]:
    """Return the codes of all languages that the models state."""
    return tuple(sorted({language for model in models for language in model.languages}))

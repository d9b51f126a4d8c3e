"""What the flags of ``alcove list`` ask of a model."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from alcove.catalog.languages import language_names
from alcove.catalog.load import Catalog
from alcove.catalog.model import Model
from alcove.catalog.wanted import Wanted, countries_among, languages_among
from alcove.errors import OptionError
from alcove.i18n import _

_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([mbt]|[mg]b)", re.IGNORECASE)
_UNITS = {"m": 1e6, "b": 1e9, "t": 1e12, "mb": 1e6, "gb": 1e9}


@dataclass(frozen=True)
class Size:
    """How large a model may be: its parameters, or the bytes of its file; None is any size."""

    parameters: int | None = None
    file_bytes: int | None = None


def parse_size(text: str) -> Size:
    """Read "8B" as parameters and "5GB" as the size of a file; raises ValueError for others."""
    match = _SIZE.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is no size")
    unit = match[2].casefold()
    count = int(float(match[1]) * _UNITS[unit])
    return Size(file_bytes=count) if len(unit) == 2 else Size(parameters=count)


def conditions(catalog: Catalog, wanted: Wanted) -> Wanted:
    """Return what is wanted in the catalog's own words.

    Raises OptionError where it has no such family, country or language, and says which it has.
    """
    models = catalog.models
    families = {model.family: model.family for model in models}
    countries = {country: country for country in countries_among(models)}
    languages = {code: language_names().get(code, code) for code in languages_among(models)}
    return Wanted(
        text=wanted.text,
        family=_known(wanted.family, families, _("The catalog has no family called {name}.")),
        most_parameters=wanted.most_parameters,
        commercial=wanted.commercial,
        abilities=wanted.abilities,
        country=_known(wanted.country, countries, _("No publisher is in a country called {name}.")),
        language=_known(
            wanted.language, languages, _("No model states that it knows the language {name}.")
        ),
    )


def candidates(catalog: Catalog, wanted: Wanted) -> list[Model]:
    """Return the models that meet all conditions, in the order of the catalog.

    Those that do not answer in words are only there where something was asked for that they are.
    """
    found = catalog.search.find(wanted)
    embedding = wanted.text or wanted.family or "embedding" in wanted.abilities
    models = catalog.models if embedding else catalog.chat_models
    return [model for model in models if model.id in found]


def _known(given: str, names: dict[str, str], problem: str) -> str:
    """Return the key by which ``names`` has what was given, a key or a name in any case."""
    if not given:
        return ""
    said = given.casefold()
    for key, name in names.items():
        if said in (key.casefold(), name.casefold()):
            return key
    raise OptionError(problem.format(name=given), _advice(given, list(names.values())))


def _advice(given: str, names: Sequence[str]) -> str:
    if close := _close(given, names):
        return _("Did you mean {names}?").format(names=", ".join(close))
    return _("It has: {names}.").format(names=", ".join(sorted(names)))


def _close(given: str, names: Iterable[str]) -> list[str]:
    lower = {name.casefold(): name for name in names}
    return [lower[one] for one in difflib.get_close_matches(given.casefold(), lower, n=3)]

"""The words that models are found by."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from alcove.catalog.languages import language_name
from alcove.catalog.model import Model

_TOKEN = re.compile(r"[^\W_]+(?:\.\d+)*[^\W_]*")
_NAMED_NUMBER = re.compile(r"([^\W\d_]{2,})(\d.*)")
"""A name that a number is written to, as in "qwen3" and "phi4"."""


def tokens(text: str) -> list[str]:
    """Split a text into words without marks: "Qwen3.5-9B" is "qwen3.5" and "9b"."""
    return _TOKEN.findall(text.casefold())


def squeezed(text: str) -> str:
    """Write a text as one word: "gpt-oss 20B" as "gptoss20b"."""
    return "".join(letter for letter in text.casefold() if letter.isalnum())


def tokens_of(model: Model) -> set[str]:
    """Return everything that a model may be found by.

    Names are there word by word, with the numbers taken off them, and squeezed, so that it does not
    matter how somebody spells them.
    """
    found = set()
    for name in _names(model):
        found.add(squeezed(name))
        found |= set(_parts(name))
    for text in _more(model):
        found |= set(tokens(text))
    return found


def names_of(model: Model) -> set[str]:
    """Return the words that somebody may misspell: those of names, of some length."""
    return _spelled(model.name, model.publisher) | family_names_of(model)


def family_names_of(model: Model) -> set[str]:
    """Return those of them that are of the family."""
    return _spelled(model.family, *model.aliases)


def _spelled(*names: str) -> set[str]:
    return {word for name in names for word in _parts(name) if _may_be_misspelt(word)}


def _may_be_misspelt(word: str) -> bool:
    return len(word) >= 3 and word[0].isalpha()


def _names(model: Model) -> Iterable[str]:
    page = model.page.removeprefix("https://huggingface.co/")
    repositories = {page, *model.leads, *(q.repository for q in model.quantizations)}
    paths = [repository.partition("/")[2] for repository in repositories]
    return {model.id, model.name, model.family, *model.aliases, *paths, *repositories}


def _more(model: Model) -> Iterator[str]:
    yield model.publisher
    yield model.country or ""
    yield model.licence.name
    yield from model.abilities
    yield from map(language_name, model.languages)
    yield from {quantization.name for quantization in model.quantizations}


def _parts(name: str) -> Iterator[str]:
    for token in tokens(name):
        yield token
        if match := _NAMED_NUMBER.fullmatch(token):
            yield from match.groups()

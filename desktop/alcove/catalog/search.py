"""Finding models as fast as somebody types, by whatever they are called."""

from __future__ import annotations

import difflib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence, Set
from functools import reduce

from alcove.catalog.model import Model
from alcove.catalog.tokens import family_names_of, names_of, squeezed, tokens, tokens_of
from alcove.catalog.wanted import Wanted, countries_of
from alcove.catalog.words import Words

_ALIKE = 0.7
"""How like a name a misspelling of it is, by difflib's ratio."""

_NEARLY = 0.04
"""How much less like it another name may be that is meant too."""


class Search:
    """Finds models, of which it is made once; then it takes a few milliseconds for thousands."""

    def __init__(self, models: Iterable[Model]) -> None:
        words: dict[str, list[str]] = defaultdict(list)
        self._facts: dict[tuple[str, object], set[str]] = defaultdict(set)
        self._sizes: list[tuple[int, str]] = []
        names: set[str] = set()
        families: set[str] = set()
        for model in models:
            for word in tokens_of(model):
                words[word].append(model.id)
            for fact in _facts(model):
                self._facts[fact].add(model.id)
            self._sizes.append((model.parameters, model.id))
            names |= names_of(model)
            families |= family_names_of(model)
        self._words = Words(words)
        self._names = _by_first(names)
        self._families = sorted(families)
        self._all = frozenset(model_id for _parameters, model_id in self._sizes)

    def find(self, wanted: Wanted) -> Set[str]:
        """Return the ids of the models that meet all conditions."""
        groups: list[Set[str]] = [self._facts.get(fact, set()) for fact in _conditions(wanted)]
        if (most := wanted.most_parameters) is not None:
            groups.append({model_id for size, model_id in self._sizes if size <= most})
        if said := self._said(wanted.text):
            groups.append(_common(said) or _common(self._said(_path(wanted.text))))
        return _common(groups) if groups else self._all

    def _said(self, text: str) -> list[Set[str]]:
        """Find what a text as a whole is the beginning of, or else what each word may mean."""
        words = tokens(text)
        if len(words) > 1 and (whole := self._words.beginning(squeezed(text))):
            return [self._words.ids(whole)]
        return list(map(self._meant, words))

    def _meant(self, word: str) -> Set[str]:
        """Find what somebody means who enters a word.

        That is what begins with it; if nothing does, what has it inside; if nothing has, what is
        spelled like it.
        """
        begun = self._words.ids(self._words.beginning_exactly(word))
        if word[0].isalpha() and (together := squeezed(word)) != word:
            begun |= self._words.ids(self._words.beginning(together))
        return begun or self._around(word) or self._alike(word)

    def _around(self, word: str) -> Set[str]:
        return self._words.ids(list(self._words.having(word))) if len(word) >= 3 else set()

    def _alike(self, word: str) -> Set[str]:
        """Find the names that a word may be a misspelling of: the first letter is mostly right."""
        close = _close(word, self._names.get(word[0], ())) or _close(word, self._families)
        numbers = map(self._words.number_of, close)
        return self._words.ids(sorted(number for number in numbers if number is not None))


def _close(word: str, names: Sequence[str]) -> list[str]:
    """Return the names that are most like a word, if any is much like it."""
    close = difflib.get_close_matches(word, names, n=8, cutoff=_ALIKE)
    matcher = difflib.SequenceMatcher(b=word)
    ratios = {name: _ratio(matcher, name) for name in close}
    return [name for name, ratio in ratios.items() if ratio >= max(ratios.values()) - _NEARLY]


def _common(groups: Sequence[Set[str]]) -> Set[str]:
    return reduce(lambda one, other: one & other, groups) if groups else frozenset()


def _path(text: str) -> str:
    """Return the name of a repository without its owner, who may be another one here."""
    return text.partition("/")[2]


def _ratio(matcher: difflib.SequenceMatcher[str], name: str) -> float:
    matcher.set_seq1(name)
    return matcher.ratio()


def _by_first(names: Iterable[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for name in sorted(names):
        found[name[0]].append(name)
    return dict(found)


def _facts(model: Model) -> Iterator[tuple[str, object]]:
    yield "family", model.family.casefold()
    if model.licence.commercial == "yes":
        yield "commercial", True
    for ability in model.abilities:
        yield "ability", ability
    for country in countries_of(model):
        yield "country", country.casefold()
    for language in model.languages:
        yield "language", language


def _conditions(wanted: Wanted) -> Iterator[tuple[str, object]]:
    if wanted.family:
        yield "family", wanted.family.casefold()
    if wanted.commercial:
        yield "commercial", True
    for ability in wanted.abilities:
        yield "ability", ability
    if wanted.country:
        yield "country", wanted.country.casefold()
    if wanted.language:
        yield "language", wanted.language

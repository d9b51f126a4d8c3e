"""Finding models as fast as somebody types, by whatever they are called."""

from __future__ import annotations

import difflib
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence, Set
from functools import reduce

from alcove.catalog.model import Model
from alcove.catalog.tokens import names_of, squeezed, tokens, tokens_of
from alcove.catalog.wanted import Wanted, countries_of

_LAST = "\U0010ffff"
_ALIKE = 0.7
"""How like a name a misspelling of it is, by difflib's ratio."""

_NEARLY = 0.04
"""How much less like it another name may be that is meant too."""


class Search:
    """Finds models, of which it is made once; then it takes a few milliseconds for thousands."""

    def __init__(self, models: Iterable[Model]) -> None:
        self._words: dict[str, list[str]] = defaultdict(list)
        self._facts: dict[tuple[str, object], set[str]] = defaultdict(set)
        self._sizes: list[tuple[int, str]] = []
        names: set[str] = set()
        for model in models:
            for word in tokens_of(model):
                self._words[word].append(model.id)
            for fact in _facts(model):
                self._facts[fact].add(model.id)
            self._sizes.append((model.parameters, model.id))
            names |= names_of(model)
        self._sorted = sorted(self._words)
        self._names = _by_first(names)
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
        if len(words) > 1 and (whole := self._beginning(squeezed(text))):
            return [self._having(whole)]
        return list(map(self._meant, words))

    def _meant(self, word: str) -> Set[str]:
        """Find what somebody means who enters a word.

        That is what begins with it; if nothing does, what has it inside; if nothing has, what is
        spelled like it.
        """
        begun = [one for one in self._beginning(word) if not _goes_on(one, len(word))]
        if not word[0].isdigit():
            begun += self._beginning(squeezed(word))
        return self._having(begun or self._around(word) or self._alike(word))

    def _having(self, words: Iterable[str]) -> Set[str]:
        return set[str]().union(*(self._words[word] for word in words))

    def _beginning(self, word: str) -> list[str]:
        first, last = bisect_left(self._sorted, word), bisect_left(self._sorted, word + _LAST)
        return self._sorted[first:last]

    def _around(self, word: str) -> list[str]:
        if len(word) < 3:
            return []
        return [found for found in self._sorted if word in found]

    def _alike(self, word: str) -> list[str]:
        """Find the names that a word may be a misspelling of, most with the same first letter."""
        for names in (self._names.get(word[0], []), self._every_name()):
            close = difflib.get_close_matches(word, names, n=8, cutoff=_ALIKE)
            if close:
                matcher = difflib.SequenceMatcher(b=word)
                ratios = {name: _ratio(matcher, name) for name in close}
                best = max(ratios.values())
                return [name for name, ratio in ratios.items() if ratio >= best - _NEARLY]
        return []

    def _every_name(self) -> list[str]:
        return [name for names in self._names.values() for name in names]


def _common(groups: Sequence[Set[str]]) -> Set[str]:
    return reduce(lambda one, other: one & other, groups) if groups else frozenset()


def _path(text: str) -> str:
    """Return the name of a repository without its owner, who may be another one here."""
    return text.partition("/")[2]


def _goes_on(word: str, end: int) -> bool:
    """Whether a number goes on beyond ``end``: 3 is not meant by 32, but by 3.2 and by 3b."""
    return word[end - 1].isdigit() and word[end : end + 1].isdigit()


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

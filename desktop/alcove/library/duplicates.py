"""Models that are the same, wherever they lie, become one with all its places."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path

from alcove.library.index import Index, Seen
from alcove.library.installed import InstalledModel, Source

_ORDER: tuple[Source, ...] = (
    *("starter", "hub", "folder"),
    *("llama.cpp", "lm-studio", "jan", "gpt4all", "ollama"),
)
"""Where a model is used that lies in several places: first where it can be managed from here."""


@dataclass(frozen=True)
class Candidate:
    """A model that may be another one too; ``sha256`` is its content's where that is known."""

    model: InstalledModel
    sha256: str = ""


@dataclass
class _Same:
    """Candidates that are the same model; ``contents`` are the hashes that are known of it."""

    members: list[Candidate] = field(default_factory=list)
    contents: set[str] = field(default_factory=set)

    @property
    def first(self) -> InstalledModel:
        return self.members[0].model

    def add(self, other: Iterable[Candidate]) -> None:
        for candidate in other:
            self.members.append(candidate)
            self.contents |= {candidate.sha256} - {""}

    def merged(self) -> InstalledModel:
        if len(self.members) == 1:
            return self.first
        models = sorted((one.model for one in self.members), key=_rank)
        first = models[0]
        known = first if first.catalog_id else next((m for m in models if m.catalog_id), first)
        places = dict.fromkeys(chain.from_iterable(model.places for model in models))
        return replace(
            first,
            target=known.target,
            name=known.name,
            catalog_id=known.catalog_id,
            quantization=known.quantization,
            projector=next((model.projector for model in models if model.projector), None),
            others=tuple(places)[1:],
        )


def merged(
    candidates: Sequence[Candidate], looked: Mapping[Path, Seen], index: Index
) -> list[InstalledModel]:
    """Return each model once, in the order of ``candidates``.

    The same are those with the same inodes or with the same SHA-256, and those of equal sizes and
    headers whose weights look the same (``alcove.gguf.facts.fingerprint``), for which nothing but
    these is read. A model with other adapters is another one.
    """
    groups = _by_keys(candidates, looked)
    alike: dict[Hashable, list[_Same]] = defaultdict(list)
    for group in groups:
        if (key := _header_key(group.first, looked)) is not None:
            alike[key].append(group)
    twins = [several for several in alike.values() if len(several) > 1]
    files = {file for several in twins for one in several for file in one.first.files}
    prints = index.fingerprints(looked[file] for file in files) if files else {}
    gone: set[int] = set()
    for several in twins:
        gone |= _join(several, prints)
    return [group.merged() for group in groups if id(group) not in gone]


def _by_keys(candidates: Sequence[Candidate], looked: Mapping[Path, Seen]) -> list[_Same]:
    groups: list[_Same] = []
    known: dict[Hashable, _Same] = {}
    for candidate in candidates:
        keys = _keys(candidate, looked)
        group = next((known[key] for key in keys if key in known), None)
        if group is None:
            group = _Same()
            groups.append(group)
        group.add([candidate])
        for key in keys:
            known.setdefault(key, group)
    return groups


def _keys(candidate: Candidate, looked: Mapping[Path, Seen]) -> list[Hashable]:
    model = candidate.model
    places = tuple(looked[file].place for file in model.files)
    keys: list[Hashable] = []
    if all(inode for _device, inode in places):
        keys.append((places, model.adapters))
    if candidate.sha256 and len(model.files) == 1 and model.damage is None:
        keys.append((candidate.sha256, model.adapters))
    return keys


def _header_key(model: InstalledModel, looked: Mapping[Path, Seen]) -> Hashable | None:
    """Return what models share that may be the same; None for one that is damaged.

    The starter stays by itself: a copy of it can be deleted, and it cannot.
    """
    seen = [looked[file] for file in model.files]
    if (
        model.damage
        or model.source == "starter"
        or not all(one.facts and one.facts.digest for one in seen)
    ):
        return None
    parts = tuple((one.size_bytes, one.facts.digest) for one in seen if one.facts)
    return parts, model.adapters


def _join(several: list[_Same], prints: Mapping[Path, str]) -> set[int]:
    """Put groups of equal fingerprints together; returns the ids of those that were taken in.

    Two different hashes are more than any likeness.
    """
    gone: set[int] = set()
    firsts: list[tuple[tuple[str, ...], _Same]] = []
    for group in several:
        own = tuple(prints.get(file, "") for file in group.first.files)
        for print_, first in firsts:
            apart = first.contents and group.contents and not first.contents & group.contents
            if all(own) and own == print_ and not apart:
                first.add(group.members)
                gone.add(id(group))
                break
        else:
            firsts.append((own, group))
    return gone


def _rank(model: InstalledModel) -> int:
    return _ORDER.index(model.source)

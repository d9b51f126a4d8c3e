"""From files that were found to a model as it is listed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from alcove.catalog.load import Catalog
from alcove.catalog.model import Model, Quantization
from alcove.gguf.facts import Facts
from alcove.gguf.names import missing_parts, quantization_of
from alcove.gguf.split import parts_missing
from alcove.library.companions import projector_of, words_of
from alcove.library.index import Seen
from alcove.library.installed import InstalledModel
from alcove.library.owners.sighting import Found

STARTER = "starter"
"""The word by which the starter model can always be named."""
STARTER_ID = "smollm2-135m"
"""The catalog's id of the starter model."""
OLLAMA = "ollama:"
"""What a target begins with that is a name of Ollama's."""

_NOTHING = Facts("model", "", "", "", 0, "")
_Known = tuple[Model, Quantization | None]


class Describer:
    """Describes models with what the catalog knows of them."""

    def __init__(self, catalog: Catalog) -> None:
        self._starter = catalog.get(STARTER_ID)
        self._files: dict[tuple[str, str], _Known] = {}
        self._contents: dict[str, _Known] = {}
        for model in catalog.models:
            for one in model.quantizations:
                for file in one.files:
                    self._files.setdefault((one.repository, file), (model, one))
                if one.sha256 and len(one.files) == 1:
                    self._contents.setdefault(one.sha256, (model, one))

    def describe(
        self, found: Found, looked: Mapping[Path, Seen], *, alone: bool
    ) -> InstalledModel | None:
        """Describe a model; None for what is gone, or only accompanies a model.

        ``alone``: the projectors beside it can only be its own.
        """
        files = tuple(file for file in found.files if file in looked)
        seen = [looked[file] for file in files]
        if not seen or any(one.facts and one.facts.kind != "model" for one in seen):
            return None
        facts, path = seen[0].facts or _NOTHING, files[0]
        model, known = self._catalogued(found)
        stated = quantization_of(path.name) or facts.quantization
        return InstalledModel(
            target=model.id if model else _target(found),
            name=model.name if model else found.name or facts.name or _file_name(path),
            files=files,
            size_bytes=sum(one.size_bytes for one in seen),
            source=found.source,
            quantization=known.name if known else stated,
            architecture=facts.architecture,
            catalog_id=model.id if model else None,
            repository=found.repository,
            revision=found.revision,
            damage=_damage(seen),
            removable=found.source == "hub",
            projector=projector_of(path, facts.width, found.projectors, looked, alone=alone),
            adapters=found.adapters,
            owned_as=found.name,
        )

    def _catalogued(self, found: Found) -> _Known | tuple[None, None]:
        if found.source == "starter" and self._starter:
            return self._starter, None
        path = found.files[0]
        # LM Studio, among others, keeps files as <publisher>/<repository>/<file>
        repository = found.repository or "/".join(path.parts[-3:-1])
        known = self._files.get((repository, found.file or path.name))
        return known or self._contents.get(found.sha256) or (None, None)


def alone_with_projectors(found: Iterable[Found]) -> Callable[[Found], bool]:
    """Return what tells whether no other model lies beside the projectors of one of ``found``."""
    models: dict[tuple[Path, ...], set[frozenset[str]]] = defaultdict(set)
    for one in found:
        if one.projectors:
            models[one.projectors].add(words_of(one.files[0]))
    return lambda one: one.source == "ollama" or len(models[one.projectors]) < 2


def _damage(seen: Sequence[Seen]) -> str | None:
    errors = [one.error for one in seen if one.error]
    if not errors and missing_parts(one.path.name for one in seen):
        errors = [parts_missing([one.path for one in seen])]
    return str(errors[0]) if errors else None


def _target(found: Found) -> str:
    if found.source == "starter":
        return STARTER
    if found.source == "ollama":
        return f"{OLLAMA}{found.name}"
    return f"{found.repository}/{found.file}" if found.repository else str(found.files[0])


def _file_name(path: Path) -> str:
    """Return the name of a file that says nothing of itself; Jan calls them all "model.gguf"."""
    return path.parent.name if path.stem == "model" else path.stem

"""The shipped catalog of models: finding what is in it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from alcove.catalog.fields import Record
from alcove.catalog.model import Model, Outline, Quantization
from alcove.catalog.quality import with_quality
from alcove.catalog.read import read_model
from alcove.catalog.search import Search
from alcove.catalog.wanted import Wanted
from alcove.errors import StorageError
from alcove.i18n import _, ngettext
from alcove.resources import resource

SCHEMA = 2
"""The version of the file format that this Alcove reads."""

_MEMBERS = {"schema", "seen", "licences", "families", "models"}


@dataclass(frozen=True)
class Catalog:
    """All models that Alcove knows, in the order of the file; ids are unique.

    ``models`` can be had as GGUF; of those ``out_of_reach`` only the facts are known. ``faults``
    say what was left out, as it could not be read.
    """

    models: tuple[Model, ...]
    out_of_reach: tuple[Model, ...] = ()
    faults: tuple[StorageError, ...] = ()

    @cached_property
    def chat_models(self) -> tuple[Model, ...]:
        """Those of ``models`` that answer in words."""
        return tuple(model for model in self.models if model.chats)

    def get(self, model_id: str) -> Model | None:
        """Find a model by its id, in any case; also one that is out of reach."""
        return self._by_id.get(model_id.casefold())

    def find_file(self, repository: str, filename: str) -> tuple[Model, Quantization] | None:
        """Find what the file ``filename`` of a Hugging Face repository is, whichever part of it."""
        for model in self.models:
            for quantization in model.quantizations:
                if quantization.repository == repository and filename in quantization.files:
                    return model, quantization
        return None

    @cached_property
    def search(self) -> Search:
        """What finds ``models``; making it takes a while where there are thousands."""
        return Search(self.models)

    def prepared(self) -> Catalog:
        """Make ``search`` now, on a thread that may wait for it; returns itself."""
        self.search.find(Wanted())
        return self

    @property
    def fault(self) -> StorageError | None:
        """Say in one error what was left out; None where everything could be read."""
        if not self.faults:
            return None
        first, count = self.faults[0], len(self.faults) - 1
        more = ngettext("So is {count} other entry.", "So are {count} other entries.", count)
        told = [first.cause, more.format(count=count)] if count else [first.cause]
        if self.models:
            told.append(_("The rest of the list is whole."))
        return StorageError(" ".join(told), first.advice)

    def families(self) -> tuple[str, ...]:
        """Return the families of ``chat_models``, each once, in the order of the file."""
        return tuple(dict.fromkeys(model.family for model in self.chat_models))

    @cached_property
    def _by_id(self) -> dict[str, Model]:
        return {model.id.casefold(): model for model in (*self.models, *self.out_of_reach)}


def load_catalog(path: Path | None = None) -> Catalog:
    """Read the catalog at ``path``, or the shipped one with the outlines of its files.

    Raises StorageError if the file cannot be read or is of another schema. A model that has a fault
    is left out and told of in ``faults``.
    """
    source = path or resource("catalog", "models.json")
    content = _read(source)
    outlines, unread = ({}, []) if path else _outlines(resource("catalog", "outlines.tsv"))
    schema = content.get("schema") if isinstance(content, dict) else None
    if schema != SCHEMA or not isinstance(content, dict):
        raise _wrong_schema(source, schema)
    whole = Record(content).require(_MEMBERS, _MEMBERS)
    read, faults = _models(whole, outlines)
    models = with_quality(read)
    return Catalog(
        tuple(model for model in models if model.obstacle is None),
        tuple(model for model in models if model.obstacle is not None),
        (*unread, *faults),
    )


def usable_catalog() -> Catalog:
    """Read the shipped catalog; where that is not possible, it is empty and says why."""
    try:
        return load_catalog()
    except StorageError as error:
        return Catalog((), faults=(error,))


def _models(
    whole: Record, outlines: Mapping[str, Outline]
) -> tuple[list[Model], list[StorageError]]:
    """Read what can be read, and return what cannot as errors."""
    licences, families = whole.record("licences"), whole.record("families")
    models: dict[str, Model] = {}
    faults = []
    for number in range(whole.length("models")):
        try:
            record = whole.item("models", number)
            model = read_model(record, licences, families, outlines)
            if model.id.casefold() in models:
                raise whole.fault(_("has “{name}” twice").format(name=model.id), "models")
            models[model.id.casefold()] = model
        except StorageError as fault:
            faults.append(fault)
    return list(models.values()), faults


def _outlines(path: Path) -> tuple[dict[str, Outline], list[StorageError]]:
    """Read the outlines: on each line the id of a model, a tab, and a JSON object.

    Without them models are priced by what the catalog says, so that an error is only told of.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
        pairs = (line.split("\t") for line in lines)
        return {name: Outline(encoded) for name, encoded in pairs}, []
    except (OSError, ValueError) as error:
        fault = StorageError(
            _("The outlines of the models, {path}, cannot be read: {reason}.").format(
                path=path, reason=error
            ),
            _("Install Alcove again to get the catalog back."),
        )
        return {}, [fault]


def _read(path: Path) -> object:
    try:
        content: object = json.loads(path.read_bytes())
    except OSError as error:
        raise StorageError(
            _("The model catalog {path} cannot be read: {reason}.").format(
                path=path, reason=error.strerror or error
            ),
            _("Install Alcove again to get the catalog back."),
        ) from error
    except (ValueError, RecursionError) as error:
        raise StorageError(
            _("The model catalog {path} is not valid JSON: {reason}.").format(
                path=path, reason=error
            ),
            _("Install Alcove again to get the catalog back."),
        ) from error
    return content


def _wrong_schema(path: Path, found: object) -> StorageError:
    newer = type(found) is int and found > SCHEMA
    return StorageError(
        _("The model catalog {path} has schema {found}; this Alcove reads schema {known}.").format(
            path=path, found=found, known=SCHEMA
        ),
        _("It was made for a newer Alcove: install that, or the catalog that belongs to this one.")
        if newer
        else _("Install the catalog that belongs to this version of Alcove."),
    )

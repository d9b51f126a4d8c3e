"""The shipped catalog of models: finding what is in it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from alcove.catalog.fields import Record
from alcove.catalog.model import Model, Outline, Quantization
from alcove.catalog.read import read_licences, read_model
from alcove.errors import StorageError
from alcove.i18n import _
from alcove.resources import resource

SCHEMA = 2
"""The version of the file format that this Alcove reads."""

_MEMBERS = {"schema", "seen", "licences", "families", "models"}


@dataclass(frozen=True)
class Catalog:
    """All models that Alcove knows, in the order of the file; ids are unique.

    ``models`` can be had as GGUF; of those ``out_of_reach`` only the facts are known.
    """

    models: tuple[Model, ...]
    out_of_reach: tuple[Model, ...] = ()

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

    def families(self) -> tuple[str, ...]:
        """Return the families of ``chat_models``, each once, in the order of the file."""
        return tuple(dict.fromkeys(model.family for model in self.chat_models))

    @cached_property
    def _by_id(self) -> dict[str, Model]:
        return {model.id.casefold(): model for model in (*self.models, *self.out_of_reach)}


def load_catalog(path: Path | None = None) -> Catalog:
    """Read the catalog at ``path``, or the shipped one with the outlines of its files.

    Raises StorageError if the file cannot be read, is of another schema, or has a fault.
    """
    source = path or resource("catalog", "models.json")
    content = _read(source)
    outlines = {} if path else _outlines(resource("catalog", "outlines.tsv"))
    schema = content.get("schema") if isinstance(content, dict) else None
    if schema != SCHEMA or not isinstance(content, dict):
        raise _wrong_schema(source, schema)
    whole = Record(content).require(_MEMBERS, _MEMBERS)
    licences, families = read_licences(whole), whole.record("families")
    models = [
        read_model(record, licences, families, outlines) for record in whole.records("models")
    ]
    _require_unique(whole, models)
    return Catalog(
        tuple(model for model in models if model.obstacle is None),
        tuple(model for model in models if model.obstacle is not None),
    )


def _outlines(path: Path) -> dict[str, Outline]:
    """Read the outlines: on each line the id of a model, a tab, and a JSON object."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
        return {name: Outline(encoded) for name, encoded in (line.split("\t") for line in lines)}
    except (OSError, ValueError) as error:
        raise StorageError(
            _("The outlines of the models, {path}, cannot be read: {reason}.").format(
                path=path, reason=error
            ),
            _("Install Alcove again to get the catalog back."),
        ) from error


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
    except ValueError as error:
        raise StorageError(
            _("The model catalog {path} is not valid JSON: {reason}.").format(
                path=path, reason=error
            ),
            _("Install Alcove again to get the catalog back."),
        ) from error
    return content


def _wrong_schema(path: Path, found: object) -> StorageError:
    return StorageError(
        _("The model catalog {path} has schema {found}; this Alcove reads schema {known}.").format(
            path=path, found=found, known=SCHEMA
        ),
        _("Install the catalog that belongs to this version of Alcove."),
    )


def _require_unique(whole: Record, models: list[Model]) -> None:
    seen: set[str] = set()
    for model in models:
        if model.id.casefold() in seen:
            raise whole.fault(_("has “{name}” twice").format(name=model.id), "models")
        seen.add(model.id.casefold())

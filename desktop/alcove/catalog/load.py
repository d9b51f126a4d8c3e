"""Reading the shipped catalog of models."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import cast

from alcove.catalog.fields import Field
from alcove.catalog.model import (
    Benchmark,
    Commercial,
    Licence,
    Model,
    Quantization,
    Sampling,
    Transformer,
)
from alcove.errors import StorageError
from alcove.i18n import _
from alcove.resources import resource

SCHEMA = 1
"""The version of the file format that this Alcove reads."""

ABILITIES = ("text", "vision", "audio", "tools", "reasoning", "code", "embedding")


@dataclass(frozen=True)
class Catalog:
    """All models that Alcove knows, in the order of the file; ids are unique."""

    models: tuple[Model, ...]

    def get(self, model_id: str) -> Model | None:
        """Find a model by its id, in any case."""
        wanted = model_id.casefold()
        return next((model for model in self.models if model.id.casefold() == wanted), None)

    def find_file(self, repository: str, filename: str) -> tuple[Model, Quantization] | None:
        """Find what the file ``filename`` of a Hugging Face repository is, whichever part of it."""
        for model in self.models:
            for quantization in model.quantizations:
                if quantization.repository == repository and filename in quantization.files:
                    return model, quantization
        return None

    def families(self) -> tuple[str, ...]:
        """Return the families, each once, in the order of the file."""
        return tuple(dict.fromkeys(model.family for model in self.models))


def load_catalog(path: Path | None = None) -> Catalog:
    """Read the catalog at ``path``, or the shipped one.

    Raises StorageError if the file cannot be read, is of another schema, or has a fault.
    """
    source = path or resource("catalog", "models.json")
    content = _read(source)
    schema = content.get("schema") if isinstance(content, dict) else None
    if schema != SCHEMA:
        raise _wrong_schema(source, schema)
    field = Field(content, "").members("schema", "models")["models"]
    models = tuple(_model(item) for item in field.items())
    _require_unique(field, (model.id for model in models))
    return Catalog(models)


def _read(path: Path) -> object:
    try:
        content: object = json.loads(path.read_text(encoding="utf-8"))
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


def _require_unique(field: Field, names: Iterable[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name.casefold() in seen:
            raise field.fault(_("has “{name}” twice").format(name=name))
        seen.add(name.casefold())


def _model(field: Field) -> Model:
    m = field.members(
        *("id", "name", "family", "publisher", "country", "page", "architecture", "parameters"),
        *("active_parameters", "context", "released", "licence", "abilities", "sampling"),
        *("transformer", "benchmarks", "quantizations"),
    )
    return Model(
        id=m["id"].text(),
        name=m["name"].text(),
        family=m["family"].text(),
        publisher=m["publisher"].text(),
        country=m["country"].optional_text(),
        page=m["page"].text(),
        architecture=m["architecture"].text(),
        parameters=m["parameters"].count(),
        active_parameters=m["active_parameters"].optional_count(),
        context=m["context"].count(),
        released=_date(m["released"]),
        licence=_licence(m["licence"]),
        abilities=frozenset(item.choice(*ABILITIES) for item in m["abilities"].items()),
        quantizations=_quantizations(m["quantizations"]),
        transformer=_transformer(m["transformer"]),
        sampling=_sampling(m["sampling"]),
        benchmarks=tuple(_benchmark(item) for item in m["benchmarks"].items()),
    )


def _date(field: Field) -> str | None:
    text = field.optional_text()
    if text is None:
        return None
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise field.fault(_("must be a date like 2026-01-31")) from None


def _licence(field: Field) -> Licence:
    m = field.members("name", "url", "commercial", "conditions")
    commercial = m["commercial"]
    if commercial.value is not None:
        commercial.choice("yes", "conditional", "no")
    return Licence(
        name=m["name"].text(),
        url=m["url"].optional_text(),
        commercial=cast("Commercial | None", commercial.value),
        conditions=m["conditions"].optional_text(),
    )


def _quantizations(field: Field) -> tuple[Quantization, ...]:
    found = [_quantization(item) for item in field.items()]
    if not found:
        raise field.fault(_("must not be empty"))
    _require_unique(field, (quantization.name for quantization in found))
    return tuple(sorted(found, key=lambda quantization: quantization.size_bytes))


def _quantization(field: Field) -> Quantization:
    m = field.members(
        "name", "repository", "files", "size_bytes", "size_exact", "revision", "sha256"
    )
    files = tuple(item.text() for item in m["files"].items())
    if not files:
        raise m["files"].fault(_("must not be empty"))
    return Quantization(
        name=m["name"].text(),
        repository=m["repository"].text(),
        files=files,
        size_bytes=m["size_bytes"].count(),
        revision=m["revision"].optional_text(),
        sha256=m["sha256"].optional_text(),
        size_exact=m["size_exact"].flag(),
    )


def _transformer(field: Field) -> Transformer:
    m = field.members(
        *("layers", "heads", "kv_heads", "head_size", "kv_bytes_per_token", "kv_fixed_bytes"),
        *("window", "recurrent_layers"),
    )
    return Transformer(**{name: value.optional_count() for name, value in m.items()})


def _sampling(field: Field) -> Sampling:
    m = field.members("temperature", "top_k", "top_p", "min_p", "repeat_penalty", "basis")
    top_k = m["top_k"].optional_number()
    return Sampling(
        temperature=m["temperature"].optional_number(),
        top_k=None if top_k is None else int(top_k),
        top_p=m["top_p"].optional_number(),
        min_p=m["min_p"].optional_number(),
        repeat_penalty=m["repeat_penalty"].optional_number(),
        basis=m["basis"].optional_text(),
    )


def _benchmark(field: Field) -> Benchmark:
    m = field.members("name", "score", "source", "method")
    return Benchmark(
        name=m["name"].text(),
        score=m["score"].number(),
        source=m["source"].text(),
        method=m["method"].optional_text(),
    )

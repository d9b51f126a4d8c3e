"""Reading the records of the catalog's file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import cast, get_args

from alcove.catalog.fields import Record
from alcove.catalog.model import (
    Ability,
    Benchmark,
    Commercial,
    Licence,
    Model,
    Obstacle,
    Outline,
    Projector,
    Quantization,
    Reasoning,
    Sampling,
    SizeBasis,
    Transformer,
)
from alcove.i18n import _

_ABILITIES = frozenset(get_args(Ability))
_COMMERCIAL = {"yes", "conditional", "no"}
_REASONING = {"toggle", "always"}
_OBSTACLES = {"unsupported", "no-file", "unlisted"}

_NEEDED = {
    *("id", "name", "family", "publisher", "page", "architecture", "parameters", "context"),
    *("licence", "abilities"),
}
_MODEL = _NEEDED | {
    *("country", "active_parameters", "released", "sampling", "transformer", "benchmarks"),
    *("aliases", "reasoning", "languages", "repositories", "obstacle"),
}
_LICENCE = {"name", "url", "commercial", "conditions"}
_REPOSITORY = {"name", "revision", "gated", "files", "projectors"}
_FILE = {"name", "file", "parts", "size_bytes", "rounded", "computed", "sha256"}
_PROJECTOR = {"file", "size_bytes", "sha256"}
_SAMPLING = {"temperature", "top_k", "top_p", "min_p", "repeat_penalty", "basis"}
_BENCHMARK = {"name", "score", "source", "method", "date"}
_TRANSFORMER = {
    *("layers", "heads", "kv_heads", "head_size", "kv_bytes_per_token", "kv_fixed_bytes"),
    *("window", "recurrent_layers"),
}

_FIRST_PART = re.compile(r"00001(?=-of-\d{5})")


def read_model(
    m: Record,
    licences: Record,
    families: Record,
    outlines: Mapping[str, Outline],
) -> Model:
    """Read one model; ``families`` has the other names of each. Raises StorageError."""
    m.require(_MODEL, _NEEDED)
    family, page = m.choice("family", families.values.keys()), m.text("page")
    repositories = [r.require(_REPOSITORY, {"name"}) for r in m.records("repositories")]
    obstacle = cast("Obstacle | None", m.optional_choice("obstacle", _OBSTACLES))
    return Model(
        id=m.text("id"),
        name=m.text("name"),
        family=family,
        publisher=m.text("publisher"),
        country=m.optional_text("country"),
        page=page,
        architecture=m.text("architecture"),
        parameters=m.count("parameters"),
        active_parameters=m.optional_count("active_parameters"),
        context=m.count("context"),
        released=m.optional_date("released"),
        licence=_licence(licences.record(m.choice("licence", licences.values.keys())), page),
        abilities=frozenset(m.texts("abilities", _ABILITIES)),
        quantizations=_quantizations(m, repositories, obstacle),
        transformer=_transformer(m),
        sampling=_sampling(m),
        benchmarks=tuple(map(_benchmark, m.records("benchmarks"))),
        aliases=(*m.texts("aliases"), *families.texts(family)),
        reasoning=cast("Reasoning | None", m.optional_choice("reasoning", _REASONING)),
        languages=m.texts("languages"),
        projectors=tuple(p for r in repositories for p in _projectors(r)),
        obstacle=obstacle,
        leads=tuple(r.text("name") for r in repositories) if obstacle else (),
        outline=outlines.get(m.text("id")),
    )


def _licence(record: Record, page: str) -> Licence:
    """Read a licence; where it has no page of its own, that of the model states it."""
    record.require(_LICENCE, {"name"})
    return Licence(
        name=record.text("name"),
        url=record.optional_text("url") or page,
        commercial=cast("Commercial | None", record.optional_choice("commercial", _COMMERCIAL)),
        conditions=record.optional_text("conditions"),
    )


def _quantizations(
    model: Record, repositories: list[Record], obstacle: Obstacle | None
) -> tuple[Quantization, ...]:
    found = [q for repository in repositories for q in _files(repository)]
    if not found and obstacle is None:
        raise model.fault(_("must not be empty"), "repositories")
    if found and obstacle is not None:
        raise model.fault(_("must be null where there are files"), "obstacle")
    seen: set[str] = set()
    for quantization in found:
        if quantization.name in seen:
            what = _("has “{name}” twice").format(name=quantization.name)
            raise model.fault(what, "repositories")
        seen.add(quantization.name)
    return tuple(sorted(found, key=lambda quantization: quantization.size_bytes))


def _files(repository: Record) -> Iterator[Quantization]:
    name, revision = repository.text("name"), repository.optional_text("revision")
    gated = repository.flag("gated")
    for file in repository.records("files"):
        file.require(_FILE, {"name", "file", "size_bytes"})
        yield Quantization(
            name=file.text("name"),
            repository=name,
            files=_parts(file),
            size_bytes=file.count("size_bytes"),
            revision=revision,
            sha256=file.optional_text("sha256"),
            size_basis=_size_basis(file),
            gated=gated,
        )


def _size_basis(file: Record) -> SizeBasis:
    if file.flag("rounded"):
        return "rounded"
    return "computed" if file.flag("computed") else "exact"


def _parts(file: Record) -> tuple[str, ...]:
    """Return the names of all parts, of which the file states the first."""
    first, count = file.text("file"), file.optional_count("parts") or 1
    if count == 1:
        return (first,)
    return tuple(_FIRST_PART.sub(f"{part:05}", first) for part in range(1, count + 1))


def _projectors(repository: Record) -> Iterator[Projector]:
    for file in repository.records("projectors"):
        file.require(_PROJECTOR, {"file"})
        yield Projector(
            repository=repository.text("name"),
            file=file.text("file"),
            size_bytes=file.optional_count("size_bytes"),
            sha256=file.optional_text("sha256"),
        )


def _transformer(model: Record) -> Transformer:
    if "transformer" not in model.values:
        return Transformer(None, None, None, None, None)
    record = model.record("transformer").require(_TRANSFORMER, set())
    return Transformer(**{name: record.optional_count(name) for name in _TRANSFORMER})


def _sampling(model: Record) -> Sampling:
    if "sampling" not in model.values:
        return Sampling()
    record = model.record("sampling").require(_SAMPLING, {"basis"})
    top_k = record.optional_number("top_k")
    return Sampling(
        temperature=record.optional_number("temperature"),
        top_k=None if top_k is None else int(top_k),
        top_p=record.optional_number("top_p"),
        min_p=record.optional_number("min_p"),
        repeat_penalty=record.optional_number("repeat_penalty"),
        basis=record.text("basis"),
    )


def _benchmark(record: Record) -> Benchmark:
    record.require(_BENCHMARK, {"name", "score", "source"})
    return Benchmark(
        name=record.text("name"),
        score=record.number("score"),
        source=record.text("source"),
        method=record.optional_text("method"),
        date=record.optional_date("date"),
    )

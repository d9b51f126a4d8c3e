"""Which file on this computer a model of the catalog is offered as."""

from __future__ import annotations

from collections.abc import Sequence

from alcove.catalog.model import Model, Quantization
from alcove.gguf.names import preferred
from alcove.library.installed import InstalledModel


def file_of(
    model: Model, chosen: Quantization, installed: Sequence[InstalledModel]
) -> InstalledModel | None:
    """Return the usable file of a model: in the quantization that suits, else the usual one."""
    there = {
        one.quantization: one
        for one in reversed(installed)
        if one.catalog_id == model.id and one.damage is None
    }
    if not there:
        return None
    return there.get(chosen.name) or there[preferred(there)]


def quantization_of(model: Model, file: InstalledModel) -> Quantization:
    """Return the catalog's quantization that a file has, or one that stands for the file alone."""
    return model.quantization(file.quantization) or Quantization(
        name=file.quantization,
        repository=file.repository or "",
        files=tuple(path.name for path in file.files),
        size_bytes=file.size_bytes,
        revision=file.revision,
    )

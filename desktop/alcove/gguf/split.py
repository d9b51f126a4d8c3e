"""The files of one model: found from any part, and read as one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from alcove.errors import ModelFileError, Remedy
from alcove.gguf.header import Header
from alcove.gguf.names import missing_parts, part_of
from alcove.gguf.read import join_headers, read_header
from alcove.i18n import _


def model_files(path: Path) -> tuple[Path, ...]:
    """Return ``path``, or all parts of the split model that it belongs to, in order."""
    part = part_of(path.name)
    if part is None:
        return (path,)
    try:
        siblings = [(part_of(sibling.name), sibling) for sibling in path.parent.iterdir()]
    except OSError:
        return (path,)  # whoever reads it will say why
    parts = {
        found.number: sibling
        for found, sibling in siblings
        if found and (found.stem, found.count) == (part.stem, part.count)
    }
    return tuple(parts[number] for number in sorted(parts)) or (path,)


def read_model(files: Sequence[Path]) -> Header:
    """Read the headers of all ``files`` of one model and join them.

    Raises ModelFileError, also where a part is missing.
    """
    headers = [read_header(file) for file in files]
    if missing_parts(file.name for file in files):
        raise parts_missing(files)
    return join_headers(headers)


def parts_missing(files: Sequence[Path]) -> ModelFileError:
    """Return the error for a split model of which only ``files`` are there."""
    missing = missing_parts(file.name for file in files)
    return ModelFileError(
        _("{file} is split, and these parts are missing: {numbers}.").format(
            file=files[0].name, numbers=", ".join(map(str, missing))
        ),
        _("Download the model again, or put all its parts into one folder."),
        Remedy.DOWNLOAD_AGAIN,
    )

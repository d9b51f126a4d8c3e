"""What a served model is called to its clients."""

from __future__ import annotations

from pathlib import Path

from alcove.gguf.names import part_of


def served_name(target: str, path: Path) -> str:
    """Return ``target``, or for one that is a path the file's name alone.

    Paths hold the names of users and folders, which other computers need not learn.
    """
    if not Path(target).is_absolute():
        return target
    part = part_of(path.name)
    return part.stem if part else path.stem

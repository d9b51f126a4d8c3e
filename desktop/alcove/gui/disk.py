"""The room that a download has on the disk."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from alcove.catalog.model import Quantization

if TYPE_CHECKING:
    from alcove.hub.remote import RemoteModel


@dataclass(frozen=True)
class Space:
    """Bytes that a download needs yet, and bytes that are free where it would lie."""

    needed_bytes: int
    free_bytes: int

    @property
    def lacks(self) -> bool:
        """Whether the disk is too full."""
        return self.needed_bytes > self.free_bytes


def space_for(quantization: Quantization) -> Space | None:
    """Look at the disk with the Hugging Face cache; None where it cannot be looked at.

    What an earlier download of the file has left there counts. For a task: a disk can be slow.
    """
    from alcove.hub.layout import RepositoryFolder, cache_folder, size_of

    cache = cache_folder()
    needed = quantization.size_bytes
    if quantization.sha256:
        folder = RepositoryFolder(cache, quantization.repository)
        needed -= min(size_of(folder.part(quantization.sha256)), needed)
    return _space(needed, cache)


def space_for_remote(model: RemoteModel) -> Space | None:
    """Do the same for a model as the hub describes it."""
    from alcove.hub.layout import cache_folder, present_bytes

    cache = cache_folder()
    present = sum(present_bytes(model, file, cache) for file in model.files)
    return _space(model.size_bytes - present, cache)


def _space(needed: int, cache: Path) -> Space | None:
    try:
        disk = next(folder for folder in (cache, *cache.absolute().parents) if folder.exists())
        return Space(needed, shutil.disk_usage(disk).free)
    except (OSError, StopIteration):
        return None

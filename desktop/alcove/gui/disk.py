"""The room that a download has on the disk."""

from __future__ import annotations

import shutil
from dataclasses import dataclass

from alcove.catalog.model import Quantization


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
    try:
        disk = next(folder for folder in (cache, *cache.absolute().parents) if folder.exists())
        return Space(needed, shutil.disk_usage(disk).free)
    except (OSError, StopIteration):
        return None

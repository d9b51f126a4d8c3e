"""The room that a download has on the disk."""

from __future__ import annotations

from dataclasses import dataclass
from glob import escape
from pathlib import Path
from typing import TYPE_CHECKING

from alcove.catalog.model import Quantization
from alcove.i18n import _
from alcove.words import gigabytes

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

    @property
    def sentence(self) -> str:
        """What is needed, and what is free."""
        return _("Needs {needed} on the disk; {free} are free.").format(
            needed=gigabytes(self.needed_bytes), free=gigabytes(self.free_bytes)
        )


def space_for(quantization: Quantization) -> Space | None:
    """Look at the disk with the Hugging Face cache; None where it cannot be looked at.

    What an earlier download has left there counts. For a task: a disk can be slow.
    """
    from alcove.hub.layout import cache_folder

    cache = cache_folder()
    return _space(quantization.size_bytes - _present(quantization, cache), cache)


def space_for_remote(model: RemoteModel) -> Space | None:
    """Do the same for a model as the hub describes it."""
    from alcove.hub.layout import cache_folder, present_bytes

    cache = cache_folder()
    present = sum(present_bytes(model, file, cache) for file in model.files)
    return _space(model.size_bytes - present, cache)


def free_space(folder: Path) -> int | None:
    """Return how many bytes are free where ``folder`` is, or will be; None where nobody can say."""
    from alcove.hub.space import free_bytes

    try:
        return free_bytes(folder)
    except (OSError, StopIteration):
        return None


def _present(quantization: Quantization, cache: Path) -> int:
    """Return how many bytes of it are there; the catalog has no hashes of parts, only names."""
    from alcove.hub.layout import RepositoryFolder, present_bytes, size_of
    from alcove.hub.remote import RemoteFile, RemoteModel

    one = quantization
    if one.sha256:
        file = RemoteFile(one.file, one.size_bytes, one.sha256)
        model = RemoteModel(one.repository, one.revision or "main", (file,), one.name)
        return present_bytes(model, file, cache)
    snapshots = RepositoryFolder(cache, one.repository).path / "snapshots"
    found = ([size_of(path) for path in snapshots.glob(f"*/{escape(file)}")] for file in one.files)
    return min(one.size_bytes, sum(max(sizes, default=0) for sizes in found))


def _space(needed: int, cache: Path) -> Space | None:
    free = free_space(cache)
    return None if free is None else Space(needed, free)

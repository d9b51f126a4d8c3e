"""Skeletons kept for good, so that a model's price is known without asking the hub again."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from alcove.errors import ModelFileError
from alcove.gguf.cursor import NeedMore
from alcove.gguf.skeleton import Skeleton

_FORMAT = "1"
"""Changes with what a skeleton contains, so that older ones are not found."""


class SkeletonStore:
    """One file per model in ``folder``, named by the SHA-256 of the model's files.

    It is a convenience: where it cannot be written, or what it holds is damaged, models merely
    have to be asked for again.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def find(self, hashes: Sequence[str]) -> Skeleton | None:
        """Return the skeleton of the model whose files, in order, have these hashes."""
        try:
            skeleton = Skeleton(self._path(hashes).read_bytes())
            return skeleton if skeleton.header.architecture else None
        except (OSError, NeedMore, ModelFileError):
            return None

    def keep(self, hashes: Sequence[str], skeleton: Skeleton) -> None:
        """Keep a skeleton; whoever reads at that moment finds all of it or nothing."""
        with suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            descriptor, name = tempfile.mkstemp(dir=self._folder)
            try:
                with os.fdopen(descriptor, "wb") as file:
                    file.write(skeleton.data)
                Path(name).replace(self._path(hashes))
            except OSError:
                Path(name).unlink()
                raise

    def _path(self, hashes: Sequence[str]) -> Path:
        key = hashlib.sha256("\n".join((_FORMAT, *hashes)).encode()).hexdigest()
        return self._folder / f"{key}.gguf"

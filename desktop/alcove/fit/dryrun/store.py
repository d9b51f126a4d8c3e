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

_FORMAT = "3"
"""Changes with what a skeleton contains, so that older ones are not found."""

_DIGEST_BYTES = hashlib.sha256().digest_size


class SkeletonStore:
    """One file per model in ``folder``, found by what identifies the model's files.

    It is a convenience: where it cannot be written, or what it holds is damaged, models merely
    have to be asked for again. Files are put in place whole and never changed, so that any number
    of processes may use one folder. Skeletons take 15 to 70 KB each, a thousand of them less than
    one small model; those few that llama.cpp refuses without their tokenizer, some megabytes. The
    store needs no bound.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._unwritten: dict[str, tuple[str, ...]] = {}
        """What was noted but could not be written: it counts as long as this process lives."""

    def find(self, identity: Sequence[str]) -> Skeleton | None:
        """Return the skeleton of the model whose files, in order, have this ``identity``.

        That is the SHA-256 of each file, or another name that never comes to mean another content.
        """
        content = self._read(_name("skeleton", *identity))
        data, digest = content[:-_DIGEST_BYTES], content[-_DIGEST_BYTES:]
        if hashlib.sha256(data).digest() != digest:
            return None
        try:
            skeleton = Skeleton(data)
            return skeleton if skeleton.header.architecture else None
        except (NeedMore, ModelFileError):
            return None

    def keep(self, identity: Sequence[str], skeleton: Skeleton) -> None:
        """Keep a skeleton; whoever reads at that moment finds all of it or nothing."""
        digest = hashlib.sha256(skeleton.data).digest()
        self._write(_name("skeleton", *identity), skeleton.data + digest)

    def identity(self, repository: str, file: str) -> tuple[str, ...]:
        """Return the identity that the hub last gave for a file of a repository; empty if none."""
        name = _reference(repository, file)
        if (unwritten := self._unwritten.get(name)) is not None:
            return unwritten
        return tuple(self._read(name).decode(errors="replace").splitlines())

    def note(self, repository: str, file: str, identity: Sequence[str]) -> None:
        """Remember what the hub says that a file of a repository, or its first part, is now."""
        name, identity = _reference(repository, file), tuple(identity)
        if self.identity(repository, file) == identity:
            return
        if self._write(name, "\n".join(identity).encode()):
            self._unwritten.pop(name, None)
        else:
            self._unwritten[name] = identity

    def _read(self, name: str) -> bytes:
        try:
            return (self._folder / name).read_bytes()
        except OSError:
            return b""

    def _write(self, name: str, content: bytes) -> bool:
        """Put a file in place; False where that is not possible."""
        with suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            descriptor, new = tempfile.mkstemp(dir=self._folder)
            try:
                with os.fdopen(descriptor, "wb") as file:
                    file.write(content)
                Path(new).replace(self._folder / name)
            except OSError:
                Path(new).unlink()
                raise
            return True
        return False


def _reference(repository: str, file: str) -> str:
    return _name("reference", repository.casefold(), file.casefold())


def _name(kind: str, *parts: str) -> str:
    """Return the name of a file that any file system takes, whatever ``parts`` hold."""
    text = "\n".join((_FORMAT, kind, *parts))
    return f"{hashlib.sha256(text.encode(errors='surrogatepass')).hexdigest()}.{kind}"

"""What the hub says about repositories and their files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

_FORBIDDEN = frozenset("\\:\0")


def stays_inside(name: str) -> bool:
    """Whether a file's path or a revision names a place below a folder, on every system."""
    parts = name.split("/")
    return not _FORBIDDEN.intersection(name) and not {"", ".", ".."}.intersection(parts)


@dataclass(frozen=True)
class RemoteFile:
    """One file of a repository. ``sha256`` is the hub's, known for files stored in LFS."""

    path: str
    size_bytes: int
    sha256: str | None


@dataclass(frozen=True)
class RemoteRepository:
    """All that a repository holds at one commit, companions of models too.

    ``gated`` says that its files are only for accounts that accepted its terms. ``downloads`` are
    those of the last 30 days; None is what the hub does not say.
    """

    name: str
    revision: str
    gated: bool
    files: tuple[RemoteFile, ...]
    downloads: int | None = None
    likes: int | None = None


@dataclass(frozen=True)
class RemoteModel:
    """One GGUF in a repository at one commit: a single file, or the parts of a split one.

    ``branch`` is the branch or tag that led to the commit, where one did.
    """

    repository: str
    revision: str
    files: tuple[RemoteFile, ...]
    quantization: str
    branch: str | None = None

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Self:
        """Read what ``to_json`` wrote."""
        files = tuple(RemoteFile(**file) for file in document["files"])
        return cls(**{**document, "files": files})

    @property
    def size_bytes(self) -> int:
        """Bytes of all parts."""
        return sum(file.size_bytes for file in self.files)

    def to_json(self) -> dict[str, Any]:
        """Return it as a JSON object."""
        return asdict(self)

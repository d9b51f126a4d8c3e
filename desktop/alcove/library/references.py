"""What names a model on the hub: by a link, on the command line, or of the catalog."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Self

from alcove.gguf.names import is_gguf

_NAME = re.compile(r"(?P<repository>[\w.-]+/[\w.-]+?)(?::(?P<name>[\w.-]+)|/(?P<file>.+))?")


@dataclass(frozen=True)
class Reference:
    """A model that is not on this machine: ``wanted`` is a quantization, a file, or no choice.

    ``revision`` is a branch, a tag or a commit, where it is not the main branch.
    """

    repository: str
    wanted: str | None = None
    revision: str | None = None

    @classmethod
    def read(cls, name: str) -> Self | None:
        """Read ``org/repo``, ``org/repo:QUANT`` or ``org/repo/file.gguf``; None for other texts."""
        match = _NAME.fullmatch(name)
        return cls(match["repository"], match["name"] or match["file"]) if match else None

    @property
    def target(self) -> str:
        """The name that ``read`` reads; it says nothing of the revision."""
        if self.wanted is None:
            return self.repository
        between = "/" if is_gguf(self.wanted) else ":"
        return f"{self.repository}{between}{self.wanted}"

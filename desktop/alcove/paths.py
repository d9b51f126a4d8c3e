"""Where Alcove keeps its own files."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import platformdirs


@dataclass(frozen=True)
class Paths:
    """The folders of one user's Alcove; none is created before something is written to it."""

    data: Path
    cache: Path
    logs: Path

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Paths:
        """Use ``ALCOVE_HOME`` if it is set, else the platform's own folders."""
        variables = os.environ if environment is None else environment
        if home := variables.get("ALCOVE_HOME"):
            root = expanded(home).absolute()
            return cls(data=root, cache=root / "cache", logs=root / "logs")
        platform = platformdirs.PlatformDirs("alcove", appauthor=False)
        return cls(
            data=platform.user_data_path,
            cache=platform.user_cache_path,
            logs=platform.user_log_path,
        )

    @property
    def settings(self) -> Path:
        """The settings, JSON."""
        return self.data / "settings.json"

    @property
    def sessions(self) -> Path:
        """What conversations left in memory, so that they go on at once."""
        return self.data / "sessions"

    @property
    def prices(self) -> Path:
        """The user's own prices of hosted models, JSON; there if the user made it."""
        return self.data / "prices.json"

    @property
    def database(self) -> Path:
        """Conversations and other records, SQLite."""
        return self.data / "alcove.db"


def expanded(path: str) -> Path:
    """Return ``path`` with ``~`` and ``~user`` replaced, where there is such a user."""
    return Path(os.path.expanduser(path))  # noqa: PTH111 - Path.expanduser raises for no such user

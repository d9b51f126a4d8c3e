"""The kind of system that programs choose their folders by."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from alcove.paths import expanded

_MACOS, _WINDOWS = "darwin", "win32"


@dataclass(frozen=True)
class System:
    """The platform as ``sys.platform`` names it, the user's home, and the environment."""

    platform: str
    home: Path
    environment: Mapping[str, str]

    @classmethod
    def current(cls) -> System:
        """Return the system that Alcove runs on."""
        return cls(sys.platform, expanded("~"), os.environ)

    @property
    def is_linux(self) -> bool:
        """Whether folders are where freedesktop.org's specification puts them."""
        return self.platform not in (_MACOS, _WINDOWS)

    @property
    def caches(self) -> Path:
        """Where programs keep what they can fetch again."""
        return self._folder("XDG_CACHE_HOME", ".cache", "Library/Caches", "LOCALAPPDATA")

    @property
    def data(self) -> Path:
        """Where programs keep what goes with the user to another machine."""
        return self._folder(
            "XDG_DATA_HOME", ".local/share", "Library/Application Support", "APPDATA"
        )

    @property
    def local_data(self) -> Path:
        """Where programs keep what stays on this machine."""
        return self._folder(
            "XDG_DATA_HOME", ".local/share", "Library/Application Support", "LOCALAPPDATA"
        )

    @property
    def config(self) -> Path:
        """Where programs keep their settings."""
        return self._folder("XDG_CONFIG_HOME", ".config", "Library/Application Support", "APPDATA")

    def variable(self, name: str) -> Path | None:
        """Return the folder that an environment variable names, or None."""
        value = self.environment.get(name)
        return self.path(value) if value else None

    def path(self, text: str) -> Path:
        """Return the path ``text``, in which ``~`` stands for the home."""
        if text == "~" or text.startswith(("~/", "~\\")):
            return self.home / text[2:]
        return Path(text)

    def _folder(self, linux: str, linux_default: str, macos: str, windows: str) -> Path:
        if self.platform == _MACOS:
            return self.home / macos
        if self.platform == _WINDOWS:
            folder = "Local" if windows == "LOCALAPPDATA" else "Roaming"
            return self.variable(windows) or self.home / "AppData" / folder
        return self.variable(linux) or self.home / linux_default

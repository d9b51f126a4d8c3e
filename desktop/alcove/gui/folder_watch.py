"""What happens in the folders that hold models is noticed, without looking again and again."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from PySide6.QtCore import QFileSystemWatcher, QObject, QTimer, Signal

SETTLE_MS = 1000
"""So many changes come together that one look after this time is enough."""
MOST = 4000
"""Paths that are watched, the first of those asked for: systems have a limit for all programs."""


class FolderWatch(QObject):
    """Says ``changed`` a little after something appeared, went, or was written to.

    The system tells of it: nothing is done until then.
    """

    changed = Signal()

    def __init__(self, settle_ms: int = SETTLE_MS, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._watcher = QFileSystemWatcher(self)
        self._timer = QTimer(self, singleShot=True, interval=settle_ms)
        self._timer.timeout.connect(self.changed)
        self._watcher.directoryChanged.connect(lambda _folder: self.look_soon())
        self._watcher.fileChanged.connect(lambda _file: self.look_soon())

    @property
    def watched(self) -> frozenset[str]:
        """The paths that are watched now."""
        return frozenset((*self._watcher.directories(), *self._watcher.files()))

    def watch(self, folders: Iterable[Path], files: Iterable[Path]) -> None:
        """Watch these from now on, and nothing else: folders, and files that may yet change.

        Where one is missing, the folder in which it would appear is watched. What is watched for
        the first time may have changed since it was looked at, so that ``changed`` follows.
        """
        there = (_nearest(path) for path in (*folders, *files))
        asked = set(list(dict.fromkeys(map(str, there)))[:MOST])
        watched = self.watched
        if gone := watched - asked:
            self._watcher.removePaths(list(gone))
        if new := asked - watched:
            self._watcher.addPaths(list(new))
            self.look_soon()

    def look_soon(self) -> None:
        """Say ``changed`` in a moment; once, however often this is asked meanwhile."""
        if not self._timer.isActive():
            self._timer.start()


def _nearest(path: Path) -> Path:
    """Return ``path``, or the nearest folder above it that is there."""
    return next((one for one in (path, *path.parents) if os.path.exists(one)), path)  # noqa: PTH110 - never raises

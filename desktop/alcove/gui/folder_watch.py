"""What happens in the folders that hold models is noticed, without looking again and again."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from PySide6.QtCore import QFileSystemWatcher, QObject, QTimer, Signal

SETTLE_MS = 1000
"""So many changes come together that one look after this time is enough."""
_MOST = 2000
"""Folders that are watched; systems have a limit for all programs together."""


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

    def watch(self, folders: Iterable[Path], files: Iterable[Path]) -> None:
        """Watch these from now on, and nothing else: folders, and files that may yet change."""
        wanted = dict.fromkeys(str(path) for path in (*files, *folders))
        asked = set(list(wanted)[:_MOST])
        watched = {*self._watcher.directories(), *self._watcher.files()}
        if gone := watched - asked:
            self._watcher.removePaths(list(gone))
        if new := asked - watched:
            self._watcher.addPaths(list(new))

    def look_soon(self) -> None:
        """Say ``changed`` in a moment; once, however often this is asked meanwhile."""
        if not self._timer.isActive():
            self._timer.start()

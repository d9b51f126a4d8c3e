"""What happens in the folders that hold models is noticed, without looking again and again."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Self

from PySide6.QtCore import QFileSystemWatcher, QObject, QTimer, Signal

from alcove.gui.tasks import Tasks

SETTLE_MS = 1000
"""So many changes come together that one look after this time is enough."""
MOST = 4000
"""Paths that are watched, the first of those asked for: systems have a limit for all programs."""


@dataclass(frozen=True)
class Watched:
    """The ``paths`` to watch: folders, and files that may yet change.

    For those that are missing, ``awaited`` says in which folder what is to appear.
    """

    paths: Set[str]
    awaited: Mapping[str, Set[str]]

    @classmethod
    def among(cls, paths: Iterable[Path]) -> Self:
        """Find out which are there. For a task: a disk can be slow."""
        there: set[str] = set()
        awaited: dict[str, set[str]] = {}
        for path in islice(dict.fromkeys(paths), MOST):
            if (missing := _first_missing(path)) is None:
                there.add(str(path))
            else:
                awaited.setdefault(str(missing.parent), set()).add(str(missing))
        return cls(there, {folder: awaited[folder] for folder in awaited.keys() - there})


class FolderWatch(QObject):
    """Says ``changed`` a little after something appeared, went, or was written to.

    The system tells of it: nothing is done until then. Where something is awaited, nothing else
    counts than that it comes.
    """

    changed = Signal()

    def __init__(
        self, tasks: Tasks, settle_ms: int = SETTLE_MS, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._watcher = QFileSystemWatcher(self)
        self._timer = QTimer(self, singleShot=True, interval=settle_ms)
        self._timer.timeout.connect(self.changed)
        self._awaited: Mapping[str, Set[str]] = {}
        self._stirred: set[str] = set()
        self._stirring = QTimer(self, singleShot=True, interval=settle_ms)
        self._stirring.timeout.connect(self._find_out)
        self._watcher.directoryChanged.connect(self._changed_in)
        self._watcher.fileChanged.connect(lambda _file: self.look_soon())

    @property
    def watched(self) -> frozenset[str]:
        """The paths that are watched now."""
        return frozenset((*self._watcher.directories(), *self._watcher.files()))

    def watch(self, asked: Watched) -> None:
        """Watch these from now on, and nothing else.

        What is watched for the first time may have changed since it was looked at, so that
        ``changed`` follows.
        """
        self._awaited = asked.awaited
        paths, watched = asked.paths | asked.awaited.keys(), self.watched
        if gone := watched - paths:
            self._watcher.removePaths(list(gone))
        if new := paths - watched:
            refused = self._watcher.addPaths(list(new))
            for path in new - set(refused):
                self._changed_in(path)

    def look_soon(self) -> None:
        """Say ``changed`` in a moment; once, however often this is asked meanwhile."""
        if not self._timer.isActive():
            self._timer.start()

    def _changed_in(self, path: str) -> None:
        if path not in self._awaited:
            self.look_soon()
            return
        self._stirred.add(path)
        if not self._stirring.isActive():
            self._stirring.start()

    def _find_out(self) -> None:
        """Find out whether what is awaited has come, where something happened."""
        awaited = {one: self._awaited[one] for one in self._stirred if one in self._awaited}
        self._stirred.clear()
        self._tasks.run(lambda _report: _is_news(awaited), self._found_out)

    def _found_out(self, news: bool) -> None:
        if news:
            self.changed.emit()


def _first_missing(path: Path) -> Path | None:
    """Return the first part of ``path`` that is not there, None if all of it is."""
    missing = None
    for one in (path, *path.parents):
        if os.path.exists(one):  # noqa: PTH110 - never raises
            break
        missing = one
    return missing


def _is_news(awaited: Mapping[str, Set[str]]) -> bool:
    """Whether something came that is awaited, or the folder went in which it would."""
    gone = (folder for folder in awaited if not os.path.exists(folder))  # noqa: PTH110
    come = (path for path in chain(*awaited.values()) if os.path.exists(path))  # noqa: PTH110
    return any(True for _path in chain(gone, come))

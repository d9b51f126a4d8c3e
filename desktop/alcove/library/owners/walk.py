"""Going through folders, and telling whole files from those that are still being written."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from alcove.gguf.names import is_gguf

_UNFINISHED = ("incomplete-", "downloading_", "._")
"""Beginnings of names: GPT4All's and LM Studio's downloads, and macOS's notes on foreign disks."""
_BESIDE = (".part", ".aria2", ".crdownload", ".downloading", ".downloadinprogress", ".incomplete")
"""Endings of a second file that lies beside the first until it is whole."""


def walk(folder: Path) -> Iterator[tuple[Path, list[str]]]:
    """Yield ``folder`` and every folder below it, each with the sorted names of its files.

    Links to folders are followed, each folder once; what cannot be read is passed over.
    """
    waiting, seen = [folder], set[tuple[int, int]]()
    while waiting:
        parent = waiting.pop()
        try:
            status = os.stat(parent)  # noqa: PTH116 - a scan of thousands of folders
            with os.scandir(parent) as entries:
                folders, names = _sorted_out(entries)
        except OSError:
            continue
        if (status.st_dev, status.st_ino) in seen:
            continue
        seen.add((status.st_dev, status.st_ino))
        yield parent, names
        waiting += [parent / name for name in reversed(folders)]


def complete_models(names: Iterable[str]) -> list[str]:
    """Return the names of GGUF files among those of one folder, without unfinished downloads."""
    there = list(names)
    lower = [name.casefold() for name in there]
    unfinished = {name.rpartition(".")[0] for name in lower if name.endswith(_BESIDE)}
    return [
        name
        for name, low in zip(there, lower, strict=True)
        if is_gguf(low) and not low.startswith(_UNFINISHED) and low not in unfinished
    ]


def _sorted_out(entries: Iterator[os.DirEntry[str]]) -> tuple[list[str], list[str]]:
    folders: list[str] = []
    names: list[str] = []
    for entry in entries:
        try:
            (folders if entry.is_dir() else names).append(entry.name)
        except OSError:  # a link that leads in a circle
            continue
    return sorted(folders), sorted(names)

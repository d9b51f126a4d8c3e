"""A disk that is full, or becomes so: one that is said to be, and small ones of memory.

The latter where mounting them is permitted.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from unittest.mock import patch

from alcove.hub import worker
from alcove.hub.items import Item
from faults.world import Figure, World, world
from local_hub import LocalHub

_DISK_BYTES = 64 * 1024 * 1024
SIZE = 32_000_000


def full_by_its_word(folder: Path) -> Figure:
    """Say that the disk is full while a transfer runs, then that it has room."""
    free = folder / "free"

    def tell(size: int) -> None:
        new = folder / "new"
        new.write_text(str(size))
        new.replace(free)

    tell(2 * SIZE)
    told = [sys.executable, str(Path(__file__).with_name("told_disk.py")), str(free)]
    with world(folder, SIZE) as here, patch.object(worker, "command", lambda _module: told):
        here.hub.faults.pause_after = SIZE // 2
        here.add()
        with here.working(stall_s=60.0):
            here.wait(lambda _item: here.hub.paused.is_set())
            tell(0)
            paused = here.wait(lambda item: item.state == "paused")
            here.hub.break_off()
            tell(2 * SIZE)
            item = here.ended()
        return _figure("disk said to be full midway", here, paused, item)


def full_disks(folder: Path) -> list[Figure]:
    """Try small ones, where none may be mounted in a namespace of mounts; none without that.

    Linux lets ordinary users have such a namespace, unless the system forbids it.
    """
    with small_disk(folder) as disk:
        if disk is not None:
            return _both(folder)
    if not shutil.which("unshare"):
        return []
    here = [sys.executable, "-m", "faults.disk", str(folder)]
    apart = subprocess.run(
        ["unshare", "--map-root-user", "--mount", *here],
        cwd=Path(__file__).parents[1],
        stdout=subprocess.PIPE,
        text=True,
    )
    return [Figure(**fields) for fields in json.loads(apart.stdout or "[]")]


def _both(folder: Path) -> list[Figure]:
    figures = []
    for scenario in (full_midway, full_at_start):
        with small_disk(folder) as disk:
            figures += [scenario(disk)] if disk else []
    return figures


@contextmanager
def small_disk(folder: Path) -> Iterator[Path | None]:
    """Give the folder of a disk of 64 MiB; None where none may be mounted."""
    disk = folder / f"disk-{os.urandom(4).hex()}"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={_DISK_BYTES}", "tmpfs", str(disk)]
    if not shutil.which("mount") or subprocess.run(mount, capture_output=True).returncode:
        yield None
        return
    try:
        yield disk
    finally:
        subprocess.run(["umount", "--lazy", str(disk)], check=True)


def full_midway(disk: Path) -> Figure:
    """Fill the disk with the cache while a transfer runs, then free it."""
    with LocalHub() as hub:
        here = World(_beside(disk), hub, SIZE, cache=disk / "cache")
        hub.faults.pause_after = SIZE // 2
        here.add()
        with here.working(stall_s=60.0):
            here.wait(lambda _item: hub.paused.is_set())
            filler = _fill(disk)
            hub.resume()
            paused = here.wait(lambda item: item.state == "paused")
            filler.unlink()
            item = here.ended()
        return _figure("disk full midway (tmpfs)", here, paused, item)


def _figure(name: str, here: World, paused: Item, item: Item) -> Figure:
    return Figure(
        name,
        f"paused by {paused.why}, {paused.missing_bytes / 1e6:.1f} MB missing; then "
        + ("whole by itself" if here.is_whole(item) else "NOT whole"),
        "paused with the amount missing, continues by itself",
        paused.why == "disk" and paused.missing_bytes > 0 and here.is_whole(item),
    )


def full_at_start(disk: Path) -> Figure:
    """Start with nothing left on the disk with the queue and the cache, then free it."""
    with LocalHub() as hub:
        here = World(_beside(disk), hub, SIZE, cache=disk / "cache")
        here.queue = type(here.queue)(disk / "alcove.db")
        here.add()
        filler = _fill(disk)
        with here.working():
            stopped = here.wait(lambda item: item.state != "running")
            filler.unlink()
            item = here.ended()
        return Figure(
            "program started on a full disk (tmpfs)",
            f"{stopped.state}; then " + ("whole by itself" if here.is_whole(item) else "NOT whole"),
            "starts, continues by itself",
            here.is_whole(item),
        )


def _beside(disk: Path) -> Path:
    """Make a folder that is not on the disk."""
    folder = disk.parent / f"{disk.name}-beside"
    folder.mkdir()
    return folder


def _fill(disk: Path) -> Path:
    """Write until nothing fits any more."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while file.write(bytes(65536)):
                pass
        except OSError:
            return filler
    return filler


if __name__ == "__main__":
    sys.stdout.write(json.dumps([asdict(figure) for figure in _both(Path(sys.argv[1]))]))

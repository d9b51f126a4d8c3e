"""The Linux control groups that this process runs in, versions 1 and 2."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath


def levels(controller: str, root: Path) -> Iterator[Path]:
    """Yield the folders of this process's group and its parents, in every hierarchy that counts.

    Parents count too: each level has limits of its own. Nothing is yielded where there are no
    control groups. ``root`` is where /proc and /sys lie.
    """
    groups = _groups(controller, root)
    for version, mounted, mount in _mounts(controller, root):
        if version not in groups:
            continue
        group = PurePosixPath(groups[version])
        inside = group.relative_to(mounted) if group.is_relative_to(mounted) else PurePosixPath()
        folder = mount / inside
        yield folder
        yield from (parent for parent in folder.parents if parent.is_relative_to(mount))


def read_number(file: Path) -> int | None:
    """Read a file with one number; None where there is no file, or it says "max"."""
    try:
        return int(file.read_text())
    except (OSError, ValueError):
        return None


def _groups(controller: str, root: Path) -> dict[str, str]:
    """Map the type of a hierarchy's file system to the path of this process's group in it."""
    groups: dict[str, str] = {}
    for line in _lines(root / "proc/self/cgroup"):
        number, controllers, path = line.split(":", 2)
        if number == "0":
            groups["cgroup2"] = path
        elif controller in controllers.split(","):
            groups["cgroup"] = path
    return groups


def _mounts(controller: str, root: Path) -> Iterator[tuple[str, str, Path]]:
    """Yield type, mounted group and mount point, see "mountinfo" in proc(5)."""
    for line in _lines(root / "proc/self/mountinfo"):
        mount, _, source = line.partition(" - ")
        version, _, options = source.split(" ", 2)
        if version == "cgroup2" or (version == "cgroup" and controller in options.split(",")):
            mounted, point = mount.split(" ")[3:5]
            yield version, mounted, root / point.lstrip("/")


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text().splitlines()
    except OSError:
        return []

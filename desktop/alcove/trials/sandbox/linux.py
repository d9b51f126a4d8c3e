"""Linux: namespaces of its own, in which there is the system, read-only, and an empty folder.

This is the program that enters them and then becomes the interpreter. It needs no privileges, but
a system that lets users make namespaces; where it does not, one line on standard error says so.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

REFUSED = 97
"""The exit code where the system forbids what isolation needs."""

_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/nix/store", "/gnu/store")
_LOADER = "/etc/ld.so.cache"
_DEVICES = ("null", "zero", "urandom")
_NOBODY = 65534

_NEW_MOUNTS, _NEW_NAMES, _NEW_IPC = 0x00020000, 0x04000000, 0x08000000
_NEW_USERS, _NEW_PROCESSES, _NEW_NETWORK = 0x10000000, 0x20000000, 0x40000000
_NOSUID, _NODEV, _BIND, _RECURSIVE, _PRIVATE = 0x2, 0x4, 0x1000, 0x4000, 0x40000
_DETACH = 2
_ATTRIBUTES_CALL, _PIVOT_CALLS = 442, {"x86_64": 155, "aarch64": 41}
_HERE, _DOWN = -100, 0x8000
_READ_ONLY = 0x1 | 0x2 | 0x4
"""MOUNT_ATTR_RDONLY, MOUNT_ATTR_NOSUID and MOUNT_ATTR_NODEV."""
_DIE_WITH_PARENT, _NO_NEW_PRIVILEGES = 1, 38

_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def main() -> None:
    """Enter the namespaces and run the command that the first argument, JSON, tells."""
    order = json.loads(sys.argv[1])
    try:
        _call("prctl", _DIE_WITH_PARENT, signal.SIGKILL, 0, 0, 0)
        _enter_namespaces()
        _build_root(Path(order["root"]), order["reads"], order["bytes"])
    except (OSError, KeyError) as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(REFUSED)
    sys.exit(_in_child(lambda: _in_child(lambda: _become(order))))


def _enter_namespaces() -> None:
    user, group = os.geteuid(), os.getegid()
    _call(
        "unshare",
        _NEW_USERS | _NEW_MOUNTS | _NEW_NETWORK | _NEW_PROCESSES | _NEW_IPC | _NEW_NAMES,
    )
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{_NOBODY} {user} 1")
    Path("/proc/self/gid_map").write_text(f"{_NOBODY} {group} 1")
    # Who has another number now may not be told of the parent's end: ask for it again.
    _call("prctl", _DIE_WITH_PARENT, signal.SIGKILL, 0, 0, 0)


def _build_root(root: Path, reads: list[str], size: int) -> None:
    """Make ``root`` hold what an interpreter needs and nothing else, and make it the root."""
    _mount(None, "/", None, _RECURSIVE | _PRIVATE)
    _mount("tmpfs", str(root), "tmpfs", _NOSUID | _NODEV, f"size={size}")
    for name in (*_SYSTEM, *reads):
        _bring(Path(name), root)
    _touch(root / "dev" / "null")
    for device in _DEVICES:
        _touch(root / "dev" / device)
    (root / "work").mkdir()
    (root / "tmp").symlink_to("work")
    if Path(_LOADER).exists():
        _touch(root / _LOADER[1:])
        _mount(_LOADER, str(root / _LOADER[1:]), None, _BIND)
    _make_read_only(root)
    for device in _DEVICES:
        _mount(f"/dev/{device}", str(root / "dev" / device), None, _BIND)
    _mount("tmpfs", str(root / "work"), "tmpfs", _NOSUID | _NODEV, f"size={size}")
    os.chdir(root)
    _system_call(_PIVOT_CALLS[os.uname().machine], b".", b".")
    _call("umount2", b".", _DETACH)
    os.chdir("/work")


def _bring(place: Path, root: Path) -> None:
    """Let a folder of the system be seen below ``root``, or the link that stands there."""
    here = root / str(place)[1:]
    if here.exists() or here.is_symlink() or not place.is_dir():
        return
    here.parent.mkdir(parents=True, exist_ok=True)
    if place.is_symlink():
        here.symlink_to(place.readlink())
    else:
        here.mkdir()
        _mount(str(place), str(here), None, _BIND | _RECURSIVE)


def _touch(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()


def _make_read_only(root: Path) -> None:
    attributes = (ctypes.c_uint64 * 4)(_READ_ONLY, 0, 0, 0)
    size = ctypes.c_size_t(ctypes.sizeof(attributes))
    _system_call(_ATTRIBUTES_CALL, _HERE, bytes(root), _DOWN, ctypes.byref(attributes), size)


def _in_child(work: Any) -> int:  # noqa: ANN401 - a function that returns an exit code
    """Do the work in a child that ends with this process, and return its exit code."""
    parent_sees = os.fork()
    if parent_sees == 0:
        try:
            _call("prctl", _DIE_WITH_PARENT, signal.SIGKILL, 0, 0, 0)
            os._exit(work())
        finally:
            os._exit(REFUSED)
    _process, status = os.waitpid(parent_sees, 0)
    code = os.waitstatus_to_exitcode(status)
    return 128 - code if code < 0 else code


def _become(order: Mapping[str, Any]) -> int:
    """Turn this process into the interpreter; there is nothing to return from that."""
    _call("prctl", _NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    # Here alone: outside of namespaces, all processes of the user would count.
    resource.setrlimit(resource.RLIMIT_NPROC, (order["processes"],) * 2)
    os.setsid()
    os.closerange(3, 4096)
    os.execve(order["command"][0], order["command"], {})


def _mount(source: str | None, target: str, kind: str | None, flags: int, data: str = "") -> None:
    given = [text.encode() if text is not None else None for text in (source, target, kind)]
    _call("mount", *given, flags, data.encode() or None, what=f"mount {target}")


def _call(name: str, *arguments: Any, what: str = "") -> None:  # noqa: ANN401 - C's
    _require(getattr(_libc, name)(*map(_in_c, arguments)), what or name)


def _system_call(number: int, *arguments: Any) -> None:  # noqa: ANN401 - C's
    assert _libc is not None
    _require(_libc.syscall(ctypes.c_long(number), *map(_in_c, arguments)), f"system call {number}")


def _in_c(value: Any) -> Any:  # noqa: ANN401 - C's
    return ctypes.c_long(value) if isinstance(value, int) else value


def _require(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), what)


if __name__ == "__main__":
    main()

"""Linux without namespaces: the kernel's rules for files, and a filter of system calls.

This is the program that submits to them and then becomes the interpreter. It needs no privileges,
but Linux 6.2; where that is not there, one line on standard error says so.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import struct
import sys
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

UNABLE = 97
"""The exit code where the system lacks what isolation needs."""

_LEAST_VERSION = 3  # from which on files cannot be cut off either
_CREATE, _ADD, _RESTRICT = 444, 445, 446
_ASK_VERSION, _BENEATH = 1, 1
_READ = 0b1101
"""Executing, reading files, reading folders."""
_RIGHTS = {3: (1 << 15) - 1, 5: (1 << 16) - 1}
"""All rights, from a version on."""
_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/nix/store", "/gnu/store")
_DEVICES = ("/dev/null", "/dev/zero", "/dev/urandom")
_DIE_WITH_PARENT, _NO_NEW_PRIVILEGES, _FILTER, _BY_PROGRAM = 1, 38, 22, 2

_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def main() -> None:
    """Submit to the rules and become the command that the first argument, JSON, tells."""
    order = json.loads(sys.argv[1])
    try:
        _control(_DIE_WITH_PARENT, signal.SIGKILL)
        _control(_NO_NEW_PRIVILEGES, 1)
        _restrict(order)
        os.chdir(order["root"])
        os.setsid()
        os.closerange(3, 4096)
        _install(bytes.fromhex(order["filter"]))
        os.execve(order["command"][0], order["command"], {})
    except (OSError, KeyError) as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(UNABLE)


def _restrict(order: Mapping[str, Any]) -> None:
    version = _call(_CREATE, None, 0, _ASK_VERSION)
    if version < _LEAST_VERSION:
        raise OSError("the kernel's rules for files are too old")
    every = max(rights for since, rights in _RIGHTS.items() if since <= version)
    wanted = struct.pack("Q", every)
    rules = _call(_CREATE, wanted, len(wanted), 0)
    for folder in (*_SYSTEM, *order["reads"]):
        _allow(rules, folder, _READ)
    _allow(rules, "/etc/ld.so.cache", 1 << 2)
    for device in _DEVICES:
        _allow(rules, device, 0b110)
    _allow(rules, order["root"], every)
    _call(_RESTRICT, rules, 0)
    os.close(rules)


def _allow(rules: int, path: str, rights: int) -> None:
    """Allow what is beneath a path, if that is there."""
    with suppress(FileNotFoundError):
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
        try:
            _call(_ADD, rules, _BENEATH, struct.pack("=Qi", rights, place), 0)
        finally:
            os.close(place)


def _install(program: bytes) -> None:
    steps = ctypes.create_string_buffer(program)
    order = struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(steps))
    _control(_FILTER, _BY_PROGRAM, order)


def _control(option: int, *arguments: int | bytes) -> None:
    assert _libc is not None
    given = [ctypes.c_long(one) if isinstance(one, int) else one for one in arguments]
    rest = [ctypes.c_long(0)] * (4 - len(given))
    if _libc.prctl(ctypes.c_int(option), *given, *rest) != 0:
        raise _failure(f"prctl {option}")


def _call(number: int, *arguments: int | bytes | None) -> int:
    assert _libc is not None
    given = [ctypes.c_long(one) if isinstance(one, int) else one for one in arguments]
    result = int(_libc.syscall(ctypes.c_long(number), *given))
    if result < 0:
        raise _failure(f"system call {number}")
    return result


def _failure(what: str) -> OSError:
    number = ctypes.get_errno()
    return OSError(number, os.strerror(number), what)


if __name__ == "__main__":
    main()

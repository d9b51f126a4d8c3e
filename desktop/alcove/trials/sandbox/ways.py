"""How each system isolates a process: the command line that starts one inside."""

from __future__ import annotations

import json
import platform
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from alcove.trials.sandbox.calls import MACHINES, filter_program
from alcove.trials.sandbox.limits import Limits

Way = Callable[[Sequence[str], Path, Limits], list[str]]
"""Makes the command line that runs a command isolated; the folder is empty and for it alone."""


def isolations() -> tuple[Way, ...]:
    """Return what may isolate on this system, best first; none where Alcove knows nothing."""
    ways: dict[str, tuple[Way, ...]] = {
        "linux": (by_namespaces, by_rules),
        "darwin": (_on_mac,),
    }
    return ways.get(sys.platform, ())


def in_the_open(command: Sequence[str], _folder: Path, _limits: Limits) -> list[str]:
    """Run a command as it is, where the user allowed it: with limits, but not isolated."""
    return list(command)


def interpreter() -> Path:
    """Return the interpreter itself, behind the links of virtual environments."""
    return Path(getattr(sys, "_base_executable", sys.executable)).resolve()


def _installed_in() -> list[str]:
    """Return the folders in which the interpreter and its library lie."""
    own = {Path(sys.base_prefix).resolve(), Path(sys.base_exec_prefix).resolve()}
    return sorted(str(folder) for folder in own)


def by_namespaces(command: Sequence[str], folder: Path, limits: Limits) -> list[str]:
    """Isolate by namespaces of Linux, which some systems do not let users make."""
    more = {"bytes": limits.file_bytes, "processes": limits.processes}
    return _through("linux.py", command, folder, more)


def by_rules(command: Sequence[str], folder: Path, _limits: Limits) -> list[str]:
    """Isolate by Linux's rules for files and a filter of system calls."""
    refused = filter_program(platform.machine()) if platform.machine() in MACHINES else b""
    return _through("landlock.py", command, folder, {"filter": refused.hex()})


def _through(
    program: str, command: Sequence[str], folder: Path, more: Mapping[str, object]
) -> list[str]:
    """Start ``program``, which isolates itself and then becomes the command."""
    order = {"root": str(folder), "reads": _installed_in(), "command": list(command), **more}
    path = Path(__file__).with_name(program)
    return [str(interpreter()), "-I", "-S", str(path), json.dumps(order)]


def _on_mac(command: Sequence[str], folder: Path, _limits: Limits) -> list[str]:
    """Use the sandbox of macOS; everything is forbidden but what an interpreter needs."""
    readable = ("/usr", "/bin", "/System", "/Library", "/private/etc", "/dev", *_installed_in())
    folders = " ".join(f"(subpath {json.dumps(one)})" for one in readable)
    work = f"(subpath {json.dumps(str(folder.resolve()))})"
    profile = (
        "(version 1)(deny default)(allow process-exec process-fork sysctl-read)"
        "(allow file-read-metadata)"
        f'(allow file-read* (literal "/") {folders} {work})'
        f'(allow file-write* (literal "/dev/null") {work})'
    )
    return ["/usr/bin/sandbox-exec", "-p", profile, *command]

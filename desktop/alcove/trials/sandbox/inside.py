"""What runs in the sandbox: sets limits, runs the code of an answer, then the test.

Its text is handed to a bare interpreter, so that it imports the standard library alone. Standard
input holds a JSON object. What it prints begins with the object's token once it runs, and ends
with it if the test passed, so that code which ends the process early has not passed.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

_FILES = 64


def main() -> None:
    """Do what standard input says."""
    asked = json.loads(sys.stdin.buffer.readline())
    if sys.platform != "win32":
        _limit(asked["limits"])
    _say(asked["token"])
    names: dict[str, Any] = {"__name__": "answer"}
    for part in ("answer", "test"):
        exec(compile(asked[part], f"{part}.py", "exec"), names)
    _say(asked["token"])


def _limit(limits: Mapping[str, Any]) -> None:
    import resource

    bounds = {
        "RLIMIT_CPU": (limits["cpu_seconds"], limits["cpu_seconds"] + 1),
        "RLIMIT_AS": (limits["memory_bytes"],) * 2,
        "RLIMIT_FSIZE": (limits["file_bytes"],) * 2,
        "RLIMIT_NOFILE": (_FILES, _FILES),
        "RLIMIT_CORE": (0, 0),
    }
    for name, bound in bounds.items():
        with suppress(AttributeError, OSError, ValueError):  # not every system knows every limit
            resource.setrlimit(getattr(resource, name), bound)


def _say(token: str) -> None:
    sys.stdout.write(token)
    sys.stdout.flush()


if __name__ == "__main__":
    main()

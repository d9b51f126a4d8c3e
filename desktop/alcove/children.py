"""Child processes of Alcove: how they are started, how they speak, and how they end.

A child is a module of this package. It reads one JSON object from its standard input, writes
one JSON object per line to its standard output, and ends when its standard input closes, so that
it never outlives the process that started it.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Callable, Mapping
from typing import Any, TextIO

Send = Callable[[Mapping[str, Any]], None]


def command(module: str, *arguments: str) -> list[str]:
    """Return the command line that runs ``module`` with the interpreter of this process.

    ``-P`` keeps the folder in which the user happens to be off the path of imports.
    """
    return [sys.executable, "-P", "-m", module, *arguments]


def claim_stdout() -> Send:
    """Keep standard output for JSON lines and return the function that writes one.

    Whatever else prints there, C code included, goes to standard error from now on.
    """
    sys.stdout.flush()
    lines: TextIO = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)

    def send(message: Mapping[str, Any]) -> None:
        lines.write(json.dumps(message) + "\n")
        lines.flush()

    return send


def read_request() -> dict[str, Any]:
    """Read the JSON object, on one line of standard input, that says what the child shall do."""
    request = json.loads(sys.stdin.readline())
    if not isinstance(request, dict):
        raise TypeError("the request of a child process is a JSON object")
    return request


def end_with_parent() -> None:
    """End this process as soon as its standard input closes, whatever it is doing then."""

    def wait() -> None:
        # Not through sys.stdin: its lock, held by this thread, would abort a normal exit.
        while os.read(0, 4096):
            pass
        os._exit(0)

    threading.Thread(target=wait, name="parent-watch", daemon=True).start()

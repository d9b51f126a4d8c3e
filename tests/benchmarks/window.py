"""What the window takes: of the processor, of time, of memory and of patience.

    QT_QPA_PLATFORM=offscreen python tests/benchmarks/window.py [--only NAME]

Prints one table, each figure beside what it may be, and fails where one is missed. Every group of
figures is taken in a process of its own. It takes about six minutes.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.window_figure import Figure

GROUPS = {
    "start": "window_start.figures",
    "first token": "window_start.first_token",
    "mixed": "window_stream.mixed",
    "one line": "window_stream.one_line",
    "one block": "window_stream.one_block",
    "speed": "window_stream.speed",
    "opening": "window_chats.opening",
    "memory": "window_memory.figures",
    "access": "window_access.figures",
    "kills": "window_chats.kills",
}
"""Groups of figures, and the functions that take them."""


def main() -> int:
    """Take the figures, print the table, and return the exit code."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", default="")
    parser.add_argument("--group", default="", help="take one group in this process")
    arguments = parser.parse_args()
    if arguments.group:
        module, _dot, function = GROUPS[arguments.group].partition(".")
        for figure in getattr(import_module(f"benchmarks.{module}"), function)():
            figure.tell()
        return 0
    held = [figure.holds for name in GROUPS if arguments.only in name for figure in taken(name)]
    return int(not held or not all(held))


def taken(group: str) -> Iterator[Figure]:
    """Take a group in a process of its own, and print each figure as it comes."""
    environment = dict(os.environ)
    if sys.platform == "linux" and not environment.get("DISPLAY"):
        environment.setdefault("QT_QPA_PLATFORM", "offscreen")
    command = [sys.executable, __file__, "--group", group]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as child:
        assert child.stdout is not None
        for line in child.stdout:
            figure = Figure(**json.loads(line))
            print(figure, flush=True)
            yield figure
    if child.returncode:
        yield Figure(f"{group}: ended with {child.returncode}", 1, 0)


if __name__ == "__main__":
    sys.exit(main())

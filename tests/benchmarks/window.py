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
from collections.abc import Callable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks import window_access, window_chats, window_start, window_stream
from benchmarks.window_stage import Figure

GROUPS: dict[str, Callable[[], Iterator[Figure]]] = {
    "start": window_start.figures,
    "first token": window_start.first_token,
    "mixed": lambda: window_stream.growth("mixed"),
    "one line": lambda: window_stream.growth("one line"),
    "one block": lambda: window_stream.growth("one block"),
    "speed": window_stream.speed,
    "opening": window_chats.opening,
    "memory": window_chats.memory,
    "access": window_access.figures,
    "kills": window_chats.kills,
}


def main() -> int:
    """Take the figures, print the table, and return the exit code."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", default="")
    parser.add_argument("--group", default="", help="take one group in this process")
    arguments = parser.parse_args()
    if arguments.group:
        for figure in GROUPS[arguments.group]():
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

"""The program as a user starts it."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
from contextlib import suppress
from typing import Any

GEMMA = ("unsloth/gemma-3-270m-GGUF", "gemma-3-270m-Q4_K_M.gguf")


def alcove(*arguments: str, status: int = 0, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """Run the program; whatever happens, nobody is shown a traceback."""
    ended = subprocess.run(
        [sys.executable, "-m", "alcove", *arguments],
        input=stdin,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert "Traceback" not in ended.stdout + ended.stderr
    assert ended.returncode == status, ended.stderr
    return ended


def answer(*arguments: str, stdin: str = "") -> Any:
    return json.loads(alcove(*arguments, "--json", stdin=stdin).stdout)


def sentence(*arguments: str, status: int = 1) -> str:
    """Run what must fail, and return what it says: one sentence or two on one line."""
    ended = alcove(*arguments, status=status)
    assert ended.stdout == ""
    lines = ended.stderr.strip().splitlines()
    assert lines[-1].startswith("Error: ")
    assert sum(line.startswith("Error") for line in lines) == 1
    return lines[-1]


def in_terminal(columns: int, *arguments: str) -> str:
    """Run the program in a terminal of so many columns and return what it shows, without styles."""
    terminal, inside = pty.openpty()
    fcntl.ioctl(inside, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    shown = b""
    with subprocess.Popen(
        [sys.executable, "-m", "alcove", *arguments],
        stdin=inside,
        stdout=inside,
        stderr=inside,
        env={name: value for name, value in os.environ.items() if name != "COLUMNS"}
        | {"TERM": "xterm"},
    ) as showing:
        os.close(inside)
        with suppress(OSError):  # how Linux says that nobody writes any more
            while more := os.read(terminal, 4096):
                shown += more
    os.close(terminal)
    assert showing.returncode == 0
    return re.sub(r"\x1b\[[0-9;]*m", "", shown.decode())


def read_until(terminal: int, pattern: bytes) -> bytes:
    """Read what a terminal shows until it matches ``pattern``."""
    shown = b""
    while not re.search(pattern, shown, re.DOTALL):
        assert select.select([terminal], [], [], 30)[0], shown
        shown += os.read(terminal, 4096)
    return shown

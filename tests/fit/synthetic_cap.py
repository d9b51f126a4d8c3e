"""A hard limit on the memory of processes that are started while it holds."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_GROUPS = Path("/sys/fs/cgroup/memory")
_LIMITS = ("memory.limit_in_bytes", "memory.memsw.limit_in_bytes")


class Cap:
    """Starts Python processes under a limit: of a control group, else of their data segment."""

    def __init__(self, folder: Path) -> None:
        self._start = folder / "python"
        self._group = _GROUPS / f"alcove-test-{os.getpid()}"
        try:
            self._group.mkdir()
        except OSError:
            self.kind = "RLIMIT_DATA"
        else:
            self.kind = "control group"

    def close(self) -> None:
        """Remove the control group, whose processes must have ended."""
        if self.kind == "control group":
            self._group.rmdir()

    @contextmanager
    def held(self, limit_bytes: int) -> Iterator[None]:
        """Let every Python that this process starts meanwhile have ``limit_bytes``."""
        python = sys.executable
        self._start.write_text(
            f'#!/bin/sh\n{self._line(limit_bytes)} || exit 99\nexec {shlex.quote(python)} "$@"\n'
        )
        self._start.chmod(0o700)
        sys.executable = str(self._start)
        try:
            yield
        finally:
            sys.executable = python

    def _line(self, limit_bytes: int) -> str:
        if self.kind == "RLIMIT_DATA":
            return f"ulimit -d {limit_bytes // 1024}"
        for limit in ("-1", str(limit_bytes)):  # the sum with swap may never be the smaller one
            for name in _LIMITS if limit != "-1" else reversed(_LIMITS):
                (self._group / name).write_text(limit)
        (self._group / "memory.force_empty").write_text("0")
        return f"echo $$ > {self._group}/cgroup.procs"

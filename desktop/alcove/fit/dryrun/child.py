"""The process of the dry run, seen from outside: started, asked, watched, ended."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psutil

from alcove import children
from alcove.i18n import _

_WATCH_SECONDS = 0.02
_ENDING_SECONDS = 5.0

_ENVIRONMENT = {
    "GGML_NO_BACKTRACE": "1",
    "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1:glibc.malloc.mmap_threshold=4194304",
}
"""ggml would start a debugger to describe an abort, where the process only has to end.

Recurrent states are really allocated, hundreds of megabytes in some models: huge pages make that
three times faster, and with a threshold that stays where it is they are given back each time.
"""


class Broken(Exception):
    """The process ended, or had to be ended; the text, for people, says how."""


class Late(Broken):
    """It did not answer in time, which may be the moment's fault."""


class Child(children.Child):
    """A dry-run process that is ready to be asked."""

    def __init__(self, log: Path, seconds: float, *arguments: str) -> None:
        """Start it; what it prints is written to ``log``.

        Raises Late if it is not ready after ``seconds``, Broken if it ended, as where it finds that
        its answers are wrong, and OSError.
        """
        log.parent.mkdir(parents=True, exist_ok=True)
        super().__init__(
            children.command("alcove.fit.dryrun", *arguments),
            None,
            environment=_ENVIRONMENT | os.environ,
            log=log,
        )
        self.resting_bytes = 0
        """RAM that it took when it was ready."""
        try:
            self.answer(seconds)
        except Broken:
            self.kill()
            raise
        self.resting_bytes = self._memory_bytes()

    @property
    def is_alive(self) -> bool:
        """Whether the process runs."""
        return self.wait(0) is None

    def ask(self, request: Mapping[str, Any]) -> None:
        """Send a request; if the process has ended, the answer is Broken."""
        self._ask(request)

    def answer(self, seconds: float, most_bytes: int | None = None) -> dict[str, Any]:
        """Wait for the next answer.

        Raises Late after ``seconds``, and Broken if the process ended, or takes ``most_bytes`` more
        than when it was started.
        """
        deadline = time.monotonic() + seconds
        while True:
            try:
                answer = self.receive(_WATCH_SECONDS)
            except TimeoutError:
                self._watch(deadline, most_bytes)
                continue
            if answer is None:
                raise Broken(children.ending(self.wait(_ENDING_SECONDS)))
            return answer

    def kill(self) -> None:
        """End the process at once, also while another thread asks it something."""
        self._process.kill()  # before its input is closed, which waits for whoever writes to it
        self.end(0)

    def _watch(self, deadline: float, most_bytes: int | None) -> None:
        if time.monotonic() > deadline:
            raise Late(_("it did not answer in time"))
        if most_bytes is not None and self._memory_bytes() - self.resting_bytes > most_bytes:
            raise Broken(_("it took more memory than a dry run needs"))

    def _memory_bytes(self) -> int:
        try:
            return int(psutil.Process(self.pid).memory_info().rss)
        except psutil.Error:
            return 0  # it ends; the next line says so

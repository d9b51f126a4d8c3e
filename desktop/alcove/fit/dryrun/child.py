"""The process of the dry run, seen from outside: started, asked, watched, ended."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
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


class Child:
    """A dry-run process that is ready to be asked."""

    def __init__(self, log: Path, seconds: float, *arguments: str) -> None:
        """Start it; what it prints is written to ``log``.

        Raises Broken if it is not ready after ``seconds``, or finds that its answers are wrong,
        and OSError.
        """
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("w", encoding="utf-8") as errors:
            self._process = subprocess.Popen(
                children.command("alcove.fit.dryrun", *arguments),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                env=_ENVIRONMENT | os.environ,
                text=True,
                encoding="utf-8",
            )
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read, name="dry-run", daemon=True)
        self._reader.start()
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
        return self._process.poll() is None

    def ask(self, request: Mapping[str, Any]) -> None:
        """Send a request; raises Broken."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()
        except OSError as error:
            raise Broken(self._ending()) from error

    def answer(self, seconds: float, most_bytes: int | None = None) -> dict[str, Any]:
        """Wait for the next line.

        Raises Broken after ``seconds``, if the process ended, or if it takes ``most_bytes`` more
        than when it was started.
        """
        deadline = time.monotonic() + seconds
        while True:
            try:
                line = self._lines.get(timeout=_WATCH_SECONDS)
            except queue.Empty:
                self._watch(deadline, most_bytes)
                continue
            if line is None or not line.endswith("\n"):
                raise Broken(self._ending())
            document: dict[str, Any] = json.loads(line)
            return document

    def kill(self) -> None:
        """End the process at once and wait for it."""
        self._process.kill()
        self._process.wait()
        self._reader.join()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()

    def _watch(self, deadline: float, most_bytes: int | None) -> None:
        if time.monotonic() > deadline:
            raise Broken(_("it did not answer in time"))
        if most_bytes is not None and self._memory_bytes() - self.resting_bytes > most_bytes:
            raise Broken(_("it took more memory than a dry run needs"))

    def _memory_bytes(self) -> int:
        try:
            return int(psutil.Process(self._process.pid).memory_info().rss)
        except psutil.Error:
            return 0  # it ends; the next line says so

    def _ending(self) -> str:
        try:
            status = self._process.wait(_ENDING_SECONDS)
        except subprocess.TimeoutExpired:
            return _("it no longer answers")
        if status < 0:
            with suppress(ValueError):
                return _("it ended with {how}").format(how=signal.Signals(-status).name)
        return _("it ended with {how}").format(how=_("status {status}").format(status=status))

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.put(line)
        self._lines.put(None)

"""Child processes of Alcove: how they are started, how they speak, and how they end.

A child is a module of this package. It reads one JSON object from its standard input, writes
one JSON object per line to its standard output, and ends when its standard input closes, so that
it never outlives the process that started it.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TextIO

from alcove.i18n import _
from alcove.seal import seal

Send = Callable[[Mapping[str, Any]], None]

FINISH_S = 20.0
"""How long a child may take to finish what must not be lost, when it is to end."""

_END_S = 3.0
_KILL_S = 1.0
_TAIL_BYTES = 4096


def command(module: str, *arguments: str) -> list[str]:
    """Return the command line that runs ``module`` with the interpreter of this process.

    ``-P`` keeps the folder in which the user happens to be off the path of imports.
    """
    return [sys.executable, "-P", "-m", module, *arguments]


class Child:
    """A child process as the process that started it sees it; leaving its block ends it.

    It is in a process group of its own, so that Ctrl+C in a terminal reaches the parent alone.
    """

    def __init__(
        self,
        command: Sequence[str],
        request: Mapping[str, Any] | None,
        *,
        environment: Mapping[str, str] | None = None,
        log: Path | None = None,
    ) -> None:
        """Start ``command`` and send it ``request``, if there is one.

        ``environment`` is all of it, this process's if None. Standard error goes to ``log``. Raises
        OSError if it cannot be started.
        """
        self._log = log.open("w+b") if log else tempfile.TemporaryFile()  # noqa: SIM115
        try:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._log,
                env=environment,
                **_apart(),
            )
        except BaseException:
            self._log.close()
            raise
        self._messages: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self._reader = threading.Thread(target=self._read, name="child", daemon=True)
        self._reader.start()
        if request is not None:
            self._ask(request)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.end()

    @property
    def pid(self) -> int:
        """The operating system's number of the process."""
        return self._process.pid

    def receive(self, timeout_s: float | None = None) -> dict[str, Any] | None:
        """Return its next message, or None when it has closed its output.

        Lines that are no JSON object are passed over. Raises TimeoutError after ``timeout_s``.
        """
        try:
            message = self._messages.get(timeout=timeout_s)
        except queue.Empty:
            raise TimeoutError from None
        if message is None:
            self._messages.put(None)  # for whoever asks next
        return message

    def wait(self, timeout_s: float | None = None) -> int | None:
        """Wait until it ends and return its exit code, or None if it still runs then."""
        with suppress(subprocess.TimeoutExpired):
            return self._process.wait(timeout_s)
        return None

    def end(self, timeout_s: float = _END_S) -> None:
        """Close its input, which is its order to end; kill it if it still runs after a time."""
        assert self._process.stdin is not None
        with suppress(OSError):  # what was never read is of no interest any more
            self._process.stdin.close()
        if self.wait(timeout_s) is None:
            self._process.kill()
            self.wait(_KILL_S)  # a driver can hold it in the kernel for ever
        self._reader.join(_KILL_S)
        if not self._reader.is_alive():
            assert self._process.stdout is not None
            self._process.stdout.close()
        self._log.close()

    def last_words(self) -> str:
        """Return the last line that it wrote to standard error; ask before ``end``."""
        size = self._log.seek(0, os.SEEK_END)
        self._log.seek(max(0, size - _TAIL_BYTES))
        lines = self._log.read().decode(errors="replace").split("\n")
        return next((line.strip() for line in reversed(lines) if line.strip()), "")

    def _ask(self, request: Mapping[str, Any]) -> None:
        assert self._process.stdin is not None
        line = json.dumps(request).encode() + b"\n"
        with suppress(OSError, ValueError):  # it, or another thread, has closed the pipe
            self._process.stdin.write(line)
            self._process.stdin.flush()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            with suppress(ValueError):
                message = json.loads(line)
                if isinstance(message, dict):
                    self._messages.put(message)
        self._messages.put(None)


def ending(status: int | None) -> str:
    """Say how a child ended, for people and without a full stop; None if it still runs."""
    if status is None:
        return _("it no longer answers")
    if status == -getattr(signal, "SIGKILL", 9):
        return _("it was ended, perhaps because the memory ran out")
    if status < 0:
        with suppress(ValueError):
            return _("it ended with {how}").format(how=signal.Signals(-status).name)
    return _("it ended with {how}").format(how=_("status {status}").format(status=status))


def _apart() -> dict[str, Any]:
    """Return what Popen needs for a process group of its own, and no window."""
    if sys.platform == "win32":
        flags = subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP
        return {"creationflags": flags}
    return {"process_group": 0}


def claim_stdout() -> Send:
    """Keep standard output for JSON lines and return the function that writes one.

    Whatever else prints there, C code included, goes to standard error from now on. This also seals
    the process: no child reaches another machine but through the door.
    """
    seal()
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


def end_with_parent(finish: Callable[[], None] = lambda: None, limit_s: float = FINISH_S) -> None:
    """End this process as soon as its standard input closes, whatever it is doing then.

    ``finish`` is called before, on another thread; it may take ``limit_s``.
    """

    def wait() -> None:
        # Not through sys.stdin: its lock, held by this thread, would abort a normal exit.
        while os.read(0, 4096):
            pass
        limit = threading.Timer(limit_s, os._exit, (1,))
        limit.daemon = True
        limit.start()
        try:
            finish()
        finally:
            os._exit(0)

    threading.Thread(target=wait, name="parent-watch", daemon=True).start()

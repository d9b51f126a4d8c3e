"""The sandbox as the checks use it: code and a test in, what came of them out."""

from __future__ import annotations

import json
import os
import secrets
import signal
import subprocess
import tempfile
import threading
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path

import psutil

from alcove.errors import reason
from alcove.i18n import _
from alcove.trials.sandbox import inside
from alcove.trials.sandbox.limits import Limits
from alcove.trials.sandbox.ways import Way, in_the_open, interpreter, isolations

_WATCH_S = 0.02
_REMARK_CHARACTERS = 300
_USUAL = Limits()
_MARGIN = 2
"""How many times the limits the tree of processes may take in all before it is ended."""


@dataclass(frozen=True)
class CodeResult:
    """Whether code passed its test, and if not, why; None if it was not run."""

    passed: bool | None
    remark: str = ""


@dataclass(frozen=True)
class _Ended:
    output: str
    complaint: str
    excess: str


class Sandbox:
    """Runs code of answers, each time in a process that then is gone with all it wrote."""

    def __init__(
        self,
        limits: Limits = _USUAL,
        *,
        open_allowed: bool = False,
        ways: tuple[Way, ...] | None = None,
    ) -> None:
        """``open_allowed``: where this system isolates nothing, code is run all the same.

        ``ways`` are those of this system, if not given.
        """
        self._limits = limits
        self._open_allowed = open_allowed
        self._ways = isolations() if ways is None else ways

    @property
    def obstacle(self) -> str:
        """Why code cannot be isolated here, in words and without a full stop; empty if it can."""
        return self._isolation[1]

    def run(self, code: str, test: str) -> CodeResult:
        """Run ``code``, then ``test`` with the names that it made."""
        way, obstacle = self._isolation
        if way is None and self._open_allowed:
            way = in_the_open
        if way is not None:
            return self._tried(way, code, test)
        return CodeResult(
            None,
            _("Not run: code cannot be isolated on this computer ({reason}).").format(
                reason=obstacle
            ),
        )

    @cached_property
    def _isolation(self) -> tuple[Way | None, str]:
        """The first way that isolates here, or why none does."""
        obstacle = _("this system has no way for it that Alcove knows")
        for way in self._ways:
            result = self._tried(way, "", "")
            if result.passed:
                return way, ""
            obstacle = result.remark or _("the system refused it")
        return None, obstacle

    def _tried(self, way: Way, code: str, test: str) -> CodeResult:
        token = secrets.token_hex(16)
        order = {"answer": code, "test": test, "token": token, "limits": asdict(self._limits)}
        try:
            ended = self._ended(way, json.dumps(order).encode() + b"\n")
        except OSError as error:
            return CodeResult(None, reason(error))
        if not ended.output.startswith(token):
            return CodeResult(None, ended.excess or _last_line(ended.complaint))
        if not ended.excess and ended.output.removeprefix(token).endswith(token):
            return CodeResult(True)
        return CodeResult(False, ended.excess or _last_line(ended.complaint) or _ended_early())

    def _ended(self, way: Way, order: bytes) -> _Ended:
        bare = [str(interpreter()), "-I", "-S", "-B", "-X", "utf8", "-c"]
        with tempfile.TemporaryDirectory(prefix="alcove-code-") as folder:
            command = way([*bare, _program()], Path(folder), self._limits)
            with subprocess.Popen(
                command,
                cwd=folder,
                env=_environment(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            ) as process:
                return _watched(process, order, self._limits, Path(folder))


def _environment() -> dict[str, str]:
    """Return what no interpreter starts without: nothing of the user's."""
    return {name: os.environ[name] for name in ("SYSTEMROOT",) if name in os.environ}


def _program() -> str:
    return Path(inside.__file__).read_text(encoding="utf-8")


def _watched(
    process: subprocess.Popen[bytes], order: bytes, limits: Limits, folder: Path
) -> _Ended:
    """Wait for the end of a process, which comes at the latest when it goes beyond a limit."""
    assert process.stdin is not None
    readers = [_Reader(stream, limits.output_bytes) for stream in (process.stdout, process.stderr)]
    with suppress(OSError):  # it has ended already
        process.stdin.write(order)
        process.stdin.close()
    deadline, excess = time.monotonic() + limits.seconds, ""
    try:
        while not excess and _runs(process):
            excess = _excess(process, limits)
            if any(reader.full for reader in readers):
                excess = _("it printed too much")
            elif _size(folder) > limits.file_bytes * _MARGIN:
                excess = _("it wrote too much")
            elif time.monotonic() > deadline:
                excess = _("it did not end within {seconds:g} s").format(seconds=limits.seconds)
    finally:
        _end(process)
    output, complaint = (reader.text() for reader in readers)
    if not excess and _ran_out_of_time(process.returncode):
        excess = _too_long(limits)
    return _Ended(output, complaint, excess)


class _Reader:
    """Takes what a process prints, as much as it may."""

    def __init__(self, stream: object, most: int) -> None:
        self._stream, self._most = stream, most
        self._taken = bytearray()
        self._thread = threading.Thread(target=self._read, name="code-output", daemon=True)
        self._thread.start()

    @property
    def full(self) -> bool:
        """Whether there was more than there may be."""
        return len(self._taken) > self._most

    def text(self) -> str:
        """Return what was printed; ask when the process has ended."""
        self._thread.join()
        return bytes(self._taken[: self._most]).decode(errors="replace")

    def _read(self) -> None:
        read1 = self._stream.read1  # type: ignore[attr-defined]
        while not self.full and (piece := read1(4096)):
            self._taken += piece


def _runs(process: subprocess.Popen[bytes]) -> bool:
    with suppress(subprocess.TimeoutExpired):
        process.wait(_WATCH_S)
        return False
    return True


def _excess(process: subprocess.Popen[bytes], limits: Limits) -> str:
    """Say beyond which limit all processes together are; each has limits of its own, too."""
    seconds, memory, tree = 0.0, 0, _tree(process.pid)
    if len(tree) > limits.processes * _MARGIN:
        return _("it started too many processes")
    for one in tree:
        with suppress(psutil.Error):
            times = one.cpu_times()
            seconds += times.user + times.system + times.children_user + times.children_system
            memory += one.memory_info().rss
    if seconds > limits.cpu_seconds * _MARGIN:
        return _too_long(limits)
    if memory > limits.memory_bytes * _MARGIN:
        return _("it took too much memory")
    return ""


def _size(folder: Path) -> int:
    """Return the bytes of the files in a folder, and below it."""
    size = 0
    for path, _folders, files in os.walk(folder):
        for name in files:
            with suppress(OSError):  # it may be gone again
                size += Path(path, name).lstat().st_size
    return size


def _tree(pid: int) -> list[psutil.Process]:
    with suppress(psutil.Error):
        first = psutil.Process(pid)
        return [first, *first.children(recursive=True)]
    return []


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kill a process with all that it started; inside, all end with the first."""
    for one in _tree(process.pid):
        with suppress(psutil.Error):
            one.kill()
    process.wait()


def _ran_out_of_time(status: int) -> bool:
    """Whether the system ended a process, or the one that it became inside, at its limit."""
    signalled = getattr(signal, "SIGXCPU", None)
    return signalled is not None and status in (-signalled, 128 + signalled)


def _too_long(limits: Limits) -> str:
    return _("it took more than {seconds} s of CPU time").format(seconds=limits.cpu_seconds)


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1][:_REMARK_CHARACTERS] if lines else ""


def _ended_early() -> str:
    return _("it ended before its test did")

"""The model process as the program that needs a model sees it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from alcove import children
from alcove.engine.client import Client
from alcove.engine.load import LoadOptions, failure_from_json
from alcove.errors import EngineError, EngineStopped, Remedy
from alcove.i18n import _

_STOP_SECONDS = 3.0

YIELDING = {"GOMP_SPINCOUNT": "1000"}
"""Threads of llama.cpp that wait for one another soon give their core away instead of spinning on.

Where other programs want all cores, spinning can cost nine tenths of the speed; where none does,
yielding costs about a twentieth of a very small model's (``tests/benchmarks/contention.py``).
"""


class ModelProcess:
    """A child process that serves one loaded model on this machine.

    It ends with ``stop``, and in any case with this process, so that the memory comes back.
    """

    def __init__(
        self, process: subprocess.Popen[str], options: LoadOptions, port: int, context: int
    ) -> None:
        self.options = options
        self.port = port
        self.context = context
        """The context, in tokens, that the model was loaded with."""
        self._process = process
        self._stopping = False

    @classmethod
    def start(
        cls, options: LoadOptions, report: Callable[[float], None], log: Path
    ) -> ModelProcess:
        """Start the process and wait until the model answers.

        ``report`` gets the progress as fractions of 1; whatever it raises ends the process and
        is passed on. What llama.cpp prints is written to ``log``. Raises LoadError,
        ModelMemoryError, EngineError for an address that cannot be used, EngineStopped.
        """
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("w", encoding="utf-8") as errors:
            process = subprocess.Popen(
                children.command("alcove.engine"),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                env=YIELDING | os.environ,
                text=True,
                encoding="utf-8",
            )
        try:
            ready = _await_ready(process, options, report, log)
        except BaseException:
            _end(process)
            raise
        threading.Thread(target=_drain, args=(process.stdout,), daemon=True).start()
        return cls(process, options, ready["port"], ready["context"])

    @property
    def url(self) -> str:
        """Where the server listens, without a trailing slash."""
        host = f"[{self.options.host}]" if ":" in self.options.host else self.options.host
        return f"http://{host}:{self.port}"

    @property
    def pid(self) -> int:
        """The operating system's number of the process."""
        return self._process.pid

    def client(self) -> Client:
        """Return a client for this process, whose failures know how the process ended."""
        return Client(self.url, self.options.key, self.ended)

    def is_alive(self) -> bool:
        """Whether the process runs."""
        return self._process.poll() is None

    def wait(self) -> None:
        """Wait until the process ends, however it does."""
        self._process.wait()

    def stop(self) -> None:
        """End the process and wait for it."""
        self._stopping = True
        _end(self._process)

    def ended(self) -> EngineStopped | None:
        """Say how the process ended, or None if it still runs."""
        try:
            status = self._process.wait(0.5)
        except subprocess.TimeoutExpired:
            return None
        if self._stopping:
            return EngineStopped(_("The model was unloaded."), "", Remedy.RELOAD)
        return _stopped(status)


def _await_ready(
    process: subprocess.Popen[str],
    options: LoadOptions,
    report: Callable[[float], None],
    log: Path,
) -> dict[str, Any]:
    assert process.stdin is not None
    assert process.stdout is not None
    with suppress(BrokenPipeError):  # it ended at once; the next lines say how
        process.stdin.write(json.dumps(options.to_json()) + "\n")
        process.stdin.flush()
    for line in process.stdout:
        message: dict[str, Any] = json.loads(line)
        if message["event"] == "loading":
            report(message["fraction"])
        elif message["event"] == "ready":
            report(1.0)
            return message
        else:
            raise failure_from_json(message)
    raise _died_loading(process.wait(), options, log)


def _died_loading(status: int, options: LoadOptions, log: Path) -> EngineError:
    cause = _("The model process ended while it loaded {name} ({how}).").format(
        name=options.path.name, how=_how(status)
    )
    advice = _("Its log is {log}. Try a smaller context or another quantization.").format(log=log)
    return EngineStopped(cause, advice, Remedy.LESS_CONTEXT, Remedy.SMALLER_MODEL)


def _stopped(status: int) -> EngineStopped:
    return EngineStopped(
        _("The model process ended unexpectedly ({how}).").format(how=_how(status)),
        _("What was written so far is kept. Load the model again to go on."),
        Remedy.RELOAD,
    )


def _how(status: int) -> str:
    if status == -getattr(signal, "SIGKILL", 9):
        return _("killed, perhaps because the memory ran out")
    if status < 0:
        with suppress(ValueError):
            return signal.Signals(-status).name
    return _("exit status {status}").format(status=status)


def _end(process: subprocess.Popen[str]) -> None:
    """Close the pipe that the child watches; kill it if it does not end by that."""
    if process.stdin is not None:
        with suppress(OSError):
            process.stdin.close()
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout is not None:
        process.stdout.close()


def _drain(stdout: IO[str] | None) -> None:
    """Read on, so that nothing the child still writes can block it."""
    if stdout is not None:
        with suppress(ValueError, OSError):
            for _line in stdout:
                pass

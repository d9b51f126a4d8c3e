"""The model process as the program that needs a model sees it."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from alcove import children
from alcove.children import Child
from alcove.engine.client import Client
from alcove.engine.load import LoadOptions, ProcessMemory, failure_from_json
from alcove.errors import EngineError, EngineStopped, Remedy, StorageError
from alcove.i18n import _

_HEARTBEAT_S = 0.2
_LAST_LOOK_S = 0.5
_END_S = 3.0

YIELDING = {"GOMP_SPINCOUNT": "5000"}
"""Threads of llama.cpp that wait for one another soon give their core away instead of spinning on.

Where other programs want the cores, spinning as long as OpenMP does by itself costs up to nine
tenths of the speed. A fifth of this count keeps a little more there, and costs 3 % of a large
model's speed where nothing else runs; this one costs nothing (``tests/benchmarks/contention.py``).
"""


class ModelProcess:
    """A child process that serves one loaded model on this machine.

    It ends with ``stop``, and in any case with this process, so that the memory comes back.
    """

    def __init__(
        self, child: Child, options: LoadOptions, port: int, context: int, memory: ProcessMemory
    ) -> None:
        self.options = options
        self.port = port
        self.context = context
        """The context, in tokens, that the model was loaded with."""
        self.memory = memory
        """What it took of RAM and GPUs when the model was loaded."""
        self._child = child
        self._stopping = threading.Event()

    @classmethod
    def start(
        cls, options: LoadOptions, report: Callable[[float], None], log: Path
    ) -> ModelProcess:
        """Start the process and wait until the model answers.

        ``report`` gets the progress as fractions of 1, at least five times a second; whatever it
        raises ends the process and is passed on. What llama.cpp prints is written to ``log``.
        Raises LoadError, ModelMemoryError, EngineError for a port that cannot be used,
        EngineStopped, and StorageError if ``log`` cannot be written.
        """
        try:
            log.parent.mkdir(parents=True, exist_ok=True)
            child = Child(
                children.command("alcove.engine"),
                options.to_json(),
                environment=YIELDING | os.environ,
                log=log,
            )
        except OSError as error:
            raise StorageError(
                _("The model process cannot be started: {reason}.").format(reason=error),
                _("Make the folder {folder} writable, or set ALCOVE_HOME to another one.").format(
                    folder=log.parent
                ),
            ) from error
        try:
            ready = _await_ready(child, options, report, log)
        except BaseException:
            child.end()
            raise
        memory = ProcessMemory.from_json(ready["memory"])
        return cls(child, options, ready["port"], ready["context"], memory)

    @property
    def url(self) -> str:
        """Where the server listens, without a trailing slash."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        """The operating system's number of the process."""
        return self._child.pid

    def client(self) -> Client:
        """Return a client for this process, whose failures know how the process ended."""
        return Client(self.url, self.options.key, self.ended)

    def is_alive(self) -> bool:
        """Whether the process runs."""
        return self._child.wait(0) is None

    def wait(self) -> None:
        """Wait until the process ends, however it does."""
        self._child.wait()

    def stop(self) -> None:
        """End the process, which may save its conversations first, and wait for it."""
        self._stopping.set()
        self._child.end(children.FINISH_S if self.options.sessions else _END_S)

    def ended(self) -> EngineStopped | None:
        """Say how the process ended, or None if it still runs."""
        status = self._child.wait(_LAST_LOOK_S)
        if status is None:
            return None
        if self._stopping.is_set():
            return EngineStopped(_("The model was unloaded."), "", Remedy.RELOAD)
        return EngineStopped(
            _("The model process ended unexpectedly: {how}.").format(how=children.ending(status)),
            _("What was written so far is kept. Load the model again to go on."),
            Remedy.RELOAD,
        )


def _await_ready(
    child: Child, options: LoadOptions, report: Callable[[float], None], log: Path
) -> dict[str, Any]:
    fraction = 0.0
    while True:
        try:
            message = child.receive(_HEARTBEAT_S)
        except TimeoutError:
            report(fraction)
            continue
        if message is None:
            raise _died_loading(child.wait(), options, log)
        if message["event"] == "failed":
            raise failure_from_json(message)
        if message["event"] == "ready":
            report(1.0)
            return message
        fraction = message["fraction"]
        report(fraction)


def _died_loading(status: int | None, options: LoadOptions, log: Path) -> EngineError:
    cause = _("The model process ended while it loaded {name}: {how}.").format(
        name=options.path.name, how=children.ending(status)
    )
    advice = _("Its log is {log}. Try a smaller context or another quantization.").format(log=log)
    return EngineStopped(cause, advice, Remedy.LESS_CONTEXT, Remedy.SMALLER_MODEL)

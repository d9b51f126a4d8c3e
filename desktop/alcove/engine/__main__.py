"""The model process: loads one GGUF with llama.cpp and serves it until its parent ends."""

from __future__ import annotations

import asyncio
import errno
import faulthandler
import os
import socket
import sys
import time
from collections.abc import Iterable

import uvicorn

from alcove import children
from alcove.engine.connection import Connection
from alcove.engine.load import DeviceTaken, LoadOptions, ProcessMemory, failure_to_json
from alcove.engine.memory import memory_bytes
from alcove.engine.server import application
from alcove.engine.serving import Serving
from alcove.engine.setup import serve_model
from alcove.errors import AlcoveError, EngineError, LoadError
from alcove.i18n import _
from alcove.llama import native
from alcove.llama.devices import Device, devices

_PROGRESS_INTERVAL = 0.1
_SWITCH_SECONDS = 0.0005
"""How long the decode loop may have to wait for the server's thread: a token takes milliseconds."""

_MOST_CONNECTIONS = 512
_KEEP_ALIVE_SECONDS = 75
_LOOPBACK, _EVERYWHERE = "127.0.0.1", "0.0.0.0"


def main() -> int:
    """Load, report, serve; exit 1 with the reason reported if that is not possible."""
    faulthandler.enable()
    sys.setswitchinterval(_SWITCH_SECONDS)
    send = children.claim_stdout()
    options = LoadOptions.from_json(children.read_request())
    ending = _Ending()
    children.end_with_parent(ending)
    try:
        listener = _listen(_EVERYWHERE if options.lan else _LOOPBACK, options.port)
        log = native.start()
        before = _gpus()
        serving = serve_model(options, _Progress(send), log)
        taken = _taken(before, _gpus())
    except EngineError as error:
        send({"event": "failed"} | failure_to_json(error))
        return 1
    except AlcoveError as error:
        failure = LoadError(error.cause, error.advice, *error.remedies)
        send({"event": "failed"} | failure_to_json(failure))
        return 1
    ending.serving = serving
    server = _Server(
        uvicorn.Config(
            application(serving),
            log_level="warning",
            lifespan="off",
            access_log=False,
            http=Connection,
            limit_concurrency=_MOST_CONNECTIONS,
            timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        )
    )
    send(
        {
            "event": "ready",
            "port": listener.getsockname()[1],
            "context": serving.context,
            "memory": ProcessMemory(memory_bytes(), taken).to_json(),
        }
    )
    try:
        server.run(sockets=[listener])
    finally:
        serving.worker.finish()
    return 0


def _listen(address: str, port: int) -> socket.socket:
    listener = socket.socket()
    try:
        if os.name == "posix":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((address, port))
        listener.listen(64)
    except OSError as error:
        listener.close()
        raise _port_refused(port, error) from error
    return listener


def _port_refused(port: int, error: OSError) -> EngineError:
    if error.errno == errno.EADDRINUSE:
        return EngineError(
            _("Port {port} is in use by another program.").format(port=port),
            _("Choose another one with --port, or end that program."),
        )
    return EngineError(
        _("Nothing can listen at port {port}: {reason}.").format(
            port=port, reason=error.strerror or error
        ),
        _("Choose a port above 1023."),
    )


def _gpus() -> tuple[Device, ...]:
    return tuple(device for device in devices() if device.kind in ("gpu", "integrated"))


def _taken(before: Iterable[Device], after: Iterable[Device]) -> tuple[DeviceTaken, ...]:
    return tuple(
        DeviceTaken(then.name, then.identity, then.free_bytes - now.free_bytes)
        for then, now in zip(before, after, strict=True)
    )


class _Server(uvicorn.Server):
    """uvicorn, which looks at itself once a second and not ten times: idle is idle."""

    async def main_loop(self) -> None:
        while not await self.on_tick(0):
            await asyncio.sleep(1)


class _Ending:
    """What is done before the process ends with its parent: conversations are saved."""

    def __init__(self) -> None:
        self.serving: Serving | None = None

    def __call__(self) -> None:
        if self.serving is not None:
            self.serving.worker.finish()


class _Progress:
    """Reports llama.cpp's progress, ten times a second at most."""

    def __init__(self, send: children.Send) -> None:
        self._send = send
        self._last = 0.0

    def __call__(self, fraction: float) -> None:
        now = time.monotonic()
        if now - self._last >= _PROGRESS_INTERVAL:
            self._last = now
            self._send({"event": "loading", "fraction": fraction})


if __name__ == "__main__":
    sys.exit(main())

"""The model process: loads one GGUF with llama.cpp and serves it until its parent ends."""

from __future__ import annotations

import errno
import faulthandler
import os
import re
import socket
import sys
import time
from collections.abc import Iterable

import uvicorn

from alcove import children
from alcove.engine.generation import Sequence
from alcove.engine.load import DeviceTaken, LoadOptions, ProcessMemory, failure_to_json
from alcove.engine.memory import memory_bytes
from alcove.engine.reasoning import format_of
from alcove.engine.server import Serving, application
from alcove.engine.template import ChatTemplate
from alcove.engine.worker import Worker
from alcove.errors import AlcoveError, EngineError, LoadError, ModelMemoryError, Remedy
from alcove.hardware.cpu import read_cpu
from alcove.i18n import _
from alcove.llama import native
from alcove.llama.context import Context, ContextFailed
from alcove.llama.devices import Device, devices
from alcove.llama.model import LoadFailed, Model
from alcove.llama.parameters import ContextOptions, ModelOptions

_ALL_LAYERS = -1
_PROGRESS_INTERVAL = 0.1
_MEMORY_MARKS = ("failed to allocate", "unable to allocate", "out of memory", "cannot allocate")
_ARCHITECTURE = re.compile(r"unknown model architecture: '([^']*)'")


def main() -> int:
    """Load, report, serve; exit 1 with the reason reported if that is not possible."""
    faulthandler.enable()
    send = children.claim_stdout()
    options = LoadOptions.from_json(children.read_request())
    children.end_with_parent()
    try:
        listener = _listen(options.port)
        log = native.start()
        before = _gpus()
        serving = _load(options, send, log)
        taken = _taken(before, _gpus())
    except EngineError as error:
        send({"event": "failed"} | failure_to_json(error))
        return 1
    except AlcoveError as error:
        failure = LoadError(error.cause, error.advice, *error.remedies)
        send({"event": "failed"} | failure_to_json(failure))
        return 1
    server = uvicorn.Server(
        uvicorn.Config(application(serving), log_level="warning", lifespan="off", access_log=False)
    )
    send(
        {
            "event": "ready",
            "port": listener.getsockname()[1],
            "context": serving.context.length,
            "memory": ProcessMemory(memory_bytes(), taken).to_json(),
        }
    )
    server.run(sockets=[listener])
    return 0


def _listen(port: int) -> socket.socket:
    listener = socket.socket()
    try:
        if os.name == "posix":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
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


def _load(options: LoadOptions, send: children.Send, log: native.Log) -> Serving:
    try:
        model = Model(options.path, _model_options(options), _Progress(send))
        context = Context(model, _context_options(options))
        native.give_memory_back()  # what loading needed for a while is tens of megabytes
    except (LoadFailed, ContextFailed) as error:
        raise _explain(options, log.errors) from error
    return Serving(
        name=options.name,
        model=model,
        context=context,
        template=ChatTemplate(model.chat_template, model.begin_token, model.end_token),
        worker=Worker(Sequence(model, context)),
        form=format_of(model.chat_template),
        key=options.key,
    )


def _model_options(options: LoadOptions) -> ModelOptions:
    layers = _ALL_LAYERS if options.gpu_layers is None else options.gpu_layers
    return ModelOptions(layers, options.cpu_moe_layers, options.tensor_split)


def _context_options(options: LoadOptions) -> ContextOptions:
    return ContextOptions(
        length=options.context,
        kv_type=options.kv_type,
        batch=options.batch,
        threads=options.threads or read_cpu().physical_cores,
        batch_threads=options.batch_threads,
    )


class _Progress:
    """Reports llama.cpp's progress, ten times a second at most."""

    def __init__(self, send: children.Send) -> None:
        self._send = send
        self._last = 0.0

    def __call__(self, fraction: float) -> bool:
        now = time.monotonic()
        if now - self._last >= _PROGRESS_INTERVAL:
            self._last = now
            self._send({"event": "loading", "fraction": fraction})
        return True


def _explain(options: LoadOptions, log: str) -> EngineError:
    """Say why llama.cpp refused; its log is the only place where it tells."""
    name = options.path.name
    if found := _ARCHITECTURE.search(log):
        return LoadError(
            _(
                "{name} has the architecture '{architecture}', which the installed llama.cpp "
                "does not know."
            ).format(name=name, architecture=found[1]),
            _("Update it with: pip install --upgrade llama-cpp-python"),
            Remedy.CHOOSE_MODEL,
        )
    if any(mark in log.lower() for mark in _MEMORY_MARKS):
        return ModelMemoryError(
            _("There is not enough memory for {name} with a context of {context} tokens.").format(
                name=name, context=options.context
            ),
            _("Close other programs, choose a smaller context, or a smaller quantization."),
            Remedy.LESS_CONTEXT,
            Remedy.SMALLER_MODEL,
        )
    reason = log.strip().partition("\n")[0].rstrip(".") or _("no reason given")
    return LoadError(
        _("llama.cpp could not load {name}: {reason}.").format(name=name, reason=reason),
        _("The file may be damaged; download it again."),
        Remedy.DOWNLOAD_AGAIN,
        Remedy.CHOOSE_MODEL,
    )


if __name__ == "__main__":
    sys.exit(main())

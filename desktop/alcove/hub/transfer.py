"""The transfer process: ``python -m alcove.hub.transfer`` brings one model into the cache.

It reads a request (see ``request_of``) and writes ``progress`` messages, then one ``done`` or
``failed``. It ends at once when its standard input closes; what it received stays.
"""

from __future__ import annotations

import errno
import threading
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Self

from alcove.children import Send, claim_stdout, end_with_parent, read_request
from alcove.errors import AlcoveError, Remedy, TransferError, reason
from alcove.hub.receive import receive_model
from alcove.hub.remote import Phase, RemoteFile, RemoteModel
from alcove.i18n import _
from alcove.network import Network

_INTERVAL_S = 0.1


def request_of(model: RemoteModel, endpoint: str, cache: Path) -> dict[str, Any]:
    """Return the request that makes the process fetch ``model``."""
    return {"model": asdict(model), "endpoint": endpoint, "cache": str(cache)}


def main() -> None:
    """Serve one request."""
    send = claim_stdout()
    request = read_request()
    end_with_parent()
    cache = Path(request["cache"])
    try:
        with _Reporter(send) as reporter:
            network = Network(request["endpoint"])
            paths = receive_model(_model(request["model"]), network, cache, reporter.report)
    except AlcoveError as error:
        send(_failure(error))
    except OSError as error:
        send(_failure(_disk_failure(error, cache)))
    else:
        send({"event": "done", "files": [str(path) for path in paths]})


class _Reporter:
    """Sends progress ten times a second, the last of each phase of each file in any case."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._subject: tuple[Phase, str] | None = None
        self._size: int | None = None
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._tick, name="reporter", daemon=True)

    def report(self, phase: Phase, file: str, size: int) -> None:
        """Take note of ``size`` bytes of ``file`` being through with ``phase``."""
        with self._lock:
            if self._subject != (phase, file):
                self._flush()
            self._subject, self._size = (phase, file), size

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._ended.set()
        self._thread.join()
        self._flush()

    def _tick(self) -> None:
        while not self._ended.wait(_INTERVAL_S):
            with self._lock:
                self._flush()

    def _flush(self) -> None:
        if self._subject is None or self._size is None:
            return
        phase, file = self._subject
        self._send({"event": "progress", "phase": phase, "file": file, "bytes": self._size})
        self._size = None


def _model(fields: Mapping[str, Any]) -> RemoteModel:
    files = tuple(RemoteFile(**file) for file in fields["files"])
    return RemoteModel(**{**fields, "files": files})


def _failure(error: AlcoveError) -> dict[str, Any]:
    return {
        "event": "failed",
        "error": type(error).__name__,
        "cause": error.cause,
        "advice": error.advice,
        "remedies": [remedy.value for remedy in error.remedies],
    }


def _disk_failure(error: OSError, cache: Path) -> TransferError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return TransferError(
            _("The disk with {folder} is full.").format(folder=cache),
            _("Free some space, then go on: what was received is kept."),
            Remedy.FREE_DISK,
        )
    return TransferError(
        _("{folder} cannot be written: {reason}.").format(
            folder=error.filename or cache, reason=reason(error)
        ),
        _("Check the permissions and the disk, or set HF_HOME to another folder."),
        Remedy.RETRY,
    )


if __name__ == "__main__":
    main()

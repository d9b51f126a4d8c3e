"""Downloads as the rest of Alcove sees them: a call that reports, and can be cancelled."""

from __future__ import annotations

import json
import os
import queue
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from alcove import errors
from alcove.children import command
from alcove.errors import AlcoveError, Remedy, TransferError
from alcove.hub.layout import cache_folder, present_bytes
from alcove.hub.meter import Meter
from alcove.hub.remote import RemoteModel, TransferProgress
from alcove.hub.transfer import request_of
from alcove.i18n import _
from alcove.network import Network
from alcove.words import gigabytes

_HEARTBEAT_S = 0.2
_END_S = 5.0
_ENVIRONMENT = {"HF_HUB_DISABLE_SYMLINKS_WARNING": "1", "HF_HUB_DISABLE_XET": "1"}
_FAILURES = (errors.HubError, errors.OfflineError, errors.GatedError, errors.TransferError)

Report = Callable[[TransferProgress], None]


def download(
    model: RemoteModel, network: Network, report: Report, cache: Path | None = None
) -> tuple[Path, ...]:
    """Bring ``model`` into the Hugging Face cache and return the paths of its files, in order.

    ``report`` is called at least five times a second; what it raises, Cancelled for one, ends the
    transfer. What was received stays, and the next call goes on from there. Raises TransferError,
    HubError or one of its kinds.
    """
    network.require()
    folder = cache or cache_folder()
    present = {file.path: present_bytes(model, file, folder) for file in model.files}
    _require_space(model.size_bytes - sum(present.values()), folder)
    meter = Meter(model, present)
    with _transfer(request_of(model, network.endpoint, folder)) as messages:
        while True:
            try:
                message = messages.get(timeout=_HEARTBEAT_S)
            except queue.Empty:
                message = {"event": "silence"}
            match message["event"]:
                case "done":
                    return tuple(Path(path) for path in message["files"])
                case "failed":
                    raise _failure(message)
                case "ended":
                    raise _ended(message)
                case "progress":
                    meter.note(message["phase"], message["file"], message["bytes"])
            report(meter.read())


def _require_space(missing: int, cache: Path) -> None:
    disk = next(folder for folder in (cache, *cache.absolute().parents) if folder.exists())
    free = shutil.disk_usage(disk).free
    if missing > free:
        raise TransferError(
            _("This download needs {missing} more, but only {free} are free on the disk.").format(
                missing=gigabytes(missing), free=gigabytes(free)
            ),
            _("Free some space on the disk with {folder}, or set HF_HOME to another one.").format(
                folder=cache
            ),
            Remedy.FREE_DISK,
            Remedy.SMALLER_MODEL,
        )


@contextmanager
def _transfer(request: dict[str, Any]) -> Iterator[queue.Queue[dict[str, Any]]]:
    """Run the transfer process and yield its messages; it has ended when the block is left."""
    messages: queue.Queue[dict[str, Any]] = queue.Queue()
    with (
        tempfile.TemporaryFile() as log,
        subprocess.Popen(
            command("alcove.hub.transfer"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            env={**os.environ, **_ENVIRONMENT},
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        ) as process,
    ):
        assert process.stdin is not None
        reader = threading.Thread(
            target=_read, args=(process, log, messages), name="transfer", daemon=True
        )
        reader.start()
        try:
            with suppress(OSError):  # a process that is gone already is reported by the reader
                process.stdin.write(json.dumps(request).encode() + b"\n")
                process.stdin.flush()
            yield messages
        finally:
            _end(process)
            reader.join()


def _read(
    process: subprocess.Popen[bytes], log: IO[bytes], messages: queue.Queue[dict[str, Any]]
) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        messages.put(json.loads(line))
    code = process.wait()
    log.seek(0)
    last = log.read().decode(errors="replace").strip().rpartition("\n")[2]
    messages.put({"event": "ended", "code": code, "last": last})


def _end(process: subprocess.Popen[bytes]) -> None:
    assert process.stdin is not None
    try:
        process.stdin.close()  # which the process takes as the order to end
        process.wait(_END_S)
    except (OSError, subprocess.TimeoutExpired):
        process.kill()
        process.wait()


def _failure(message: dict[str, Any]) -> AlcoveError:
    kinds = {kind.__name__: kind for kind in _FAILURES}
    kind = kinds.get(message["error"], AlcoveError)
    return kind(message["cause"], message["advice"], *map(Remedy, message["remedies"]))


def _ended(message: dict[str, Any]) -> TransferError:
    reason = message["last"] or _("exit code {code}").format(code=message["code"])
    return TransferError(
        _("The transfer process ended unexpectedly: {reason}.").format(reason=reason),
        _("Try again: what was received is kept."),
        Remedy.RETRY,
    )

"""Downloads as the rest of Alcove sees them: a call that reports, and can be cancelled."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from alcove import errors
from alcove.children import Child, command
from alcove.errors import AlcoveError, Remedy, TransferError, reason
from alcove.hub.layout import cache_folder, present_bytes
from alcove.hub.meter import Meter
from alcove.hub.remote import RemoteModel, TransferProgress
from alcove.hub.transfer import request_of
from alcove.i18n import _
from alcove.network import Network
from alcove.words import gigabytes

_HEARTBEAT_S = 0.2
_GRACE_S = 1.0
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
    with _start(request_of(model, network.endpoint, folder)) as child:
        while (message := _next(child)) is not None:
            match message["event"]:
                case "done":
                    return tuple(Path(path) for path in message["files"])
                case "failed":
                    raise _failure(message)
                case "progress":
                    meter.note(message["phase"], message["file"], message["bytes"])
            report(meter.read())
        raise _ended(child)


def _start(request: Mapping[str, Any]) -> Child:
    try:
        return Child(command("alcove.hub.transfer"), request, environment=os.environ | _ENVIRONMENT)
    except OSError as error:
        raise TransferError(
            _("The transfer process could not be started: {reason}.").format(reason=reason(error)),
            _("Close other programs, or restart the computer, then try again."),
            Remedy.RETRY,
        ) from error


def _next(child: Child) -> dict[str, Any] | None:
    """Return the next message, one of silence if none comes soon, or None after the last."""
    try:
        return child.receive(_HEARTBEAT_S)
    except TimeoutError:
        return {"event": "silence"}


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


def _failure(message: dict[str, Any]) -> AlcoveError:
    kinds = {kind.__name__: kind for kind in _FAILURES}
    kind = kinds.get(message["error"], AlcoveError)
    return kind(message["cause"], message["advice"], *map(Remedy, message["remedies"]))


def _ended(child: Child) -> TransferError:
    code = child.wait(_GRACE_S)
    said = child.last_words() or _("exit code {code}").format(code=code)
    return TransferError(
        _("The transfer process ended unexpectedly: {reason}.").format(reason=reason(said)),
        _("Try again: what was received is kept."),
        Remedy.RETRY,
    )

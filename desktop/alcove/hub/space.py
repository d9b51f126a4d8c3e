"""Room on the disk: what a download needs, and what is left."""

from __future__ import annotations

import errno
import shutil
from pathlib import Path

from alcove.errors import Remedy, TransferError, reason
from alcove.i18n import _
from alcove.words import gigabytes

_RESERVE_BYTES = 64_000_000
"""What a transfer leaves free for all other programs, as long as it is not done."""


class NoSpace(TransferError):
    """The disk is full, or will be; ``missing_bytes`` is what it lacks."""

    missing_bytes: int = 0


def free_bytes(folder: Path) -> int:
    """Return how many bytes are free where ``folder`` is, or will be."""
    there = next(one for one in (folder, *folder.absolute().parents) if one.exists())
    return shutil.disk_usage(there).free


def require_space(needed: int, folder: Path) -> None:
    """Raise NoSpace if ``needed`` bytes more do not fit."""
    free = free_bytes(folder)
    if needed > free:
        raise no_space(needed, free, folder)


def is_tight(needed: int, folder: Path) -> bool:
    """Whether a transfer that needs so many bytes more would take the last ones."""
    return free_bytes(folder) < min(needed, _RESERVE_BYTES)


def no_space(needed: int, free: int, folder: Path) -> NoSpace:
    """Return the error for ``needed`` bytes where ``free`` are."""
    error = NoSpace(
        _("This download needs {missing} more, but only {free} are free on the disk.").format(
            missing=gigabytes(needed), free=gigabytes(free)
        ),
        _(
            "Free some space on the disk with {folder} and it goes on by itself, or set HF_HOME "
            "to another disk."
        ).format(folder=folder),
        Remedy.FREE_DISK,
        Remedy.SMALLER_MODEL,
    )
    error.missing_bytes = max(needed - free, 1)
    return error


def disk_failure(error: OSError, needed: int, folder: Path) -> TransferError:
    """Return what a failure to write means to somebody who needs so many bytes more."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return no_space(needed, min(free_bytes(folder), needed - 1), folder)
    if error.errno == errno.EFBIG:
        return TransferError(
            _("The file system with {folder} holds no files of this size.").format(folder=folder),
            _("Set HF_HOME to a folder on another disk, or choose a smaller model."),
            Remedy.SMALLER_MODEL,
        )
    return TransferError(
        _("{folder} cannot be written: {reason}.").format(
            folder=error.filename or folder, reason=reason(error)
        ),
        _("Check the permissions and the disk, or set HF_HOME to another folder."),
        Remedy.RETRY,
    )

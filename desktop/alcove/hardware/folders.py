"""Whether folders of this machine can be written to."""

from __future__ import annotations

import tempfile
from pathlib import Path

from alcove.errors import StorageError, reason
from alcove.i18n import _


def require_writable(folder: Path) -> None:
    """Make one of Alcove's folders; raises StorageError where nothing can be written there."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise StorageError(
            _("Nothing can be written to the folder {folder}: {reason}.").format(
                folder=folder, reason=reason(error)
            ),
            _("Make it writable, or set ALCOVE_HOME to another one."),
        ) from error

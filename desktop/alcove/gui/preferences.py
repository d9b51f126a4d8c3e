"""The settings while Alcove runs: one value, replaced and saved as a whole."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from alcove import settings as storage
from alcove.errors import AlcoveError
from alcove.hub.options import TransferOptions
from alcove.network import Network
from alcove.settings import Settings


class Preferences(QObject):
    """Holds the settings, saves every change, and tells who needs to know."""

    changed = Signal()

    def __init__(
        self,
        path: Path,
        settings: Settings,
        failure: Callable[[AlcoveError], None],
        parent: QObject | None = None,
        journal: Path | None = None,
    ) -> None:
        super().__init__(parent)
        self._path = path
        self._journal = journal
        self._failure = failure
        self.settings = settings

    def update(self, **changes: Any) -> None:  # noqa: ANN401 - the fields of Settings
        """Replace fields of the settings by name. A failure to save is reported, not raised."""
        updated = replace(self.settings, **changes)
        if updated == self.settings:
            return
        self.settings = updated
        try:
            storage.save(self._path, updated)
        except AlcoveError as error:
            self._failure(error)
        self.changed.emit()

    def transfer_options(self) -> TransferOptions:
        """Return how downloads are to be done now."""
        settings = self.settings
        return TransferOptions(self.network(), settings.speed_limit, settings.xet)

    def network(self) -> Network:
        """Return the door to the network as the settings and the environment leave it now."""
        return Network.from_environment(offline=self.settings.offline, mirror=self.settings.mirror)

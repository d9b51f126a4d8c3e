"""What the window knows: this computer, the catalog, and the models that are installed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from alcove.gui.preferences import Preferences
from alcove.gui.tasks import Task, Tasks

if TYPE_CHECKING:
    from alcove.catalog.load import Catalog
    from alcove.hardware.machine import Machine
    from alcove.library.installed import InstalledModel


class Inventory(QObject):
    """Finds things out in tasks and keeps what was found; None until then."""

    machine_changed = Signal()
    catalog_changed = Signal()
    installed_changed = Signal()

    def __init__(
        self, tasks: Tasks, preferences: Preferences, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._preferences = preferences
        self._scan: Task | None = None
        self.machine: Machine | None = None
        self.catalog: Catalog | None = None
        self.installed: tuple[InstalledModel, ...] | None = None
        self.cache: Path | None = None
        """The Hugging Face cache, into which models are downloaded."""

    def load(self) -> None:
        """Measure this computer and read the catalog; the installed models follow."""
        self.measure()
        self._tasks.run(lambda _report: _read_catalog(), self._catalog_read)

    def measure(self) -> None:
        """Measure this computer again."""
        self._tasks.run(lambda _report: _detect(), self._measured)

    def find_installed(self) -> None:
        """Look for installed models again."""
        catalog = self.catalog
        if catalog is None:
            return
        folders = tuple(Path(folder) for folder in self._preferences.settings.model_folders)

        def success(found: tuple[tuple[InstalledModel, ...], Path]) -> None:
            if self._scan is task:  # else a newer look is under way
                self._installed_found(found)

        task = self._tasks.run(lambda _report: _find_installed(catalog, folders), success)
        self._scan = task

    @property
    def starter(self) -> InstalledModel | None:
        """The small model that came with Alcove, if it did."""
        return next((one for one in self.installed or () if one.source == "starter"), None)

    def find(self, catalog_id: str, quantization: str) -> InstalledModel | None:
        """Return the usable installed file of a catalog model, if there is one."""
        return next(
            (
                one
                for one in self.installed or ()
                if one.catalog_id == catalog_id
                and one.quantization == quantization
                and one.damage is None
            ),
            None,
        )

    def _measured(self, machine: Machine) -> None:
        self.machine = machine
        self.machine_changed.emit()

    def _catalog_read(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self.catalog_changed.emit()
        self.find_installed()

    def _installed_found(self, found: tuple[tuple[InstalledModel, ...], Path]) -> None:
        self.installed, self.cache = found
        self.installed_changed.emit()


# The imports below stay inside the tasks, so that the first frame does not wait for them.


def _detect() -> Machine:
    from alcove.hardware.detect import detect

    return detect()


def _read_catalog() -> Catalog:
    from alcove.catalog.load import load_catalog

    return load_catalog()


def _find_installed(
    catalog: Catalog, folders: tuple[Path, ...]
) -> tuple[tuple[InstalledModel, ...], Path]:
    from alcove.hub.layout import cache_folder
    from alcove.library.scan import installed_models

    return tuple(installed_models(catalog, folders)), cache_folder()

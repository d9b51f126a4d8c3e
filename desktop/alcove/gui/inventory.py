"""What the window knows: this computer, the catalog, and the models that are installed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from alcove.errors import StorageError
from alcove.gui.appraising import Appraising
from alcove.gui.folder_watch import FolderWatch, Watched
from alcove.gui.latest import Latest
from alcove.gui.preferences import Preferences
from alcove.gui.tasks import Tasks

if TYPE_CHECKING:
    from alcove.catalog.listing import Listings
    from alcove.catalog.load import Catalog
    from alcove.engine.load import ProcessMemory
    from alcove.fit.insight import Insight
    from alcove.hardware.machine import Gpu, Machine
    from alcove.library.index import Index
    from alcove.library.installed import InstalledModel
    from alcove.library.scan import Survey

_NOTICED = 0.01
"""The share of a device's memory whose coming or going is worth new prices."""


class Inventory(QObject):
    """Finds things out in tasks and keeps what was found; None until then.

    ``machine_changed`` follows when prices change with it. ``memory_seen`` follows every look at
    the memory, which changes ``machine`` only if it is worth new prices: what is said of one model
    and of the other is then said of the same moment.
    """

    machine_changed = Signal()
    memory_seen = Signal()
    catalog_changed = Signal()
    installed_changed = Signal()
    insight_changed = Signal()

    def __init__(
        self,
        tasks: Tasks,
        preferences: Preferences,
        appraising: Appraising,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._preferences = preferences
        self._scanning = Latest(tasks, self)
        self._folders = preferences.settings.model_folders
        self._refreshing = Latest(tasks, self)
        self._held: ProcessMemory | None = None
        self.appraising = appraising
        self.machine: Machine | None = None
        """This computer; its free memory counts what the loaded model would give back."""
        self._insight: Insight | None = None
        self.catalog: Catalog | None = None
        self.listings: Listings = {}
        """What the hub said of repositories since the catalog was made."""
        self.installed: tuple[InstalledModel, ...] | None = None
        self.cache: Path | None = None
        """The Hugging Face cache, into which models are downloaded."""
        self.watch = FolderWatch(tasks, parent=self)
        self.watch.changed.connect(self._folders_changed)
        preferences.changed.connect(self._preferences_changed)

    def load(self) -> None:
        """Measure this computer and read the catalog; the installed models follow."""
        self.measure()
        self.read_catalog()

    def read_catalog(self) -> None:
        """Read the catalog again, with what the hub said since."""
        appraising = self.appraising
        self._tasks.run(lambda _report: _read_catalog(appraising), self._catalog_read)

    def measure(self) -> None:
        """Measure this computer again."""
        held, appraising = self._held, self.appraising
        self._tasks.run(lambda _report: _detect(appraising, held), self._measured)

    def refresh_memory(self) -> None:
        """Look how much memory is free now."""
        machine, held, appraising = self.machine, self._held, self.appraising
        if machine is None:
            return

        def success(refreshed: Machine) -> None:
            if self.machine is machine:  # else it was measured meanwhile
                self._refreshed(machine, refreshed)

        self._refreshing.ask(
            lambda _report: appraising.appraiser().refreshed(machine, held),
            success,
            lambda _error: None,  # the next look will tell
        )

    @property
    def held(self) -> ProcessMemory | None:
        """What the loaded model gives back when another one is loaded; None if none is."""
        return self._held

    @held.setter
    def held(self, held: ProcessMemory | None) -> None:
        if held != self._held:
            self._held = held
            self.refresh_memory()

    @property
    def insight(self) -> Insight:
        """What was learned about this computer."""
        from alcove.fit.insight import NOTHING_KNOWN

        return self._insight or NOTHING_KNOWN

    def learn(self, insight: Insight) -> None:
        """Keep what was learned about this computer, for every forecast from now on."""
        self._insight = insight
        self.insight_changed.emit()

    def find_installed(self) -> None:
        """Look for installed models again, once the catalog is read.

        ``installed_changed`` follows if they are not what they were.
        """
        catalog, appraising = self.catalog, self.appraising
        if catalog is None:
            return
        self._folders = self._preferences.settings.model_folders
        folders = tuple(Path(folder) for folder in self._folders)
        self._scanning.ask(
            lambda _report: _find_installed(catalog, folders, appraising.index()),
            self._installed_found,
            lambda _error: None,  # there is none of ours; a surprise was shown already
        )

    @property
    def gpus(self) -> tuple[Gpu, ...]:
        """The GPUs of this computer, as far as they are known."""
        return self.machine.gpus if self.machine else ()

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
        self.memory_seen.emit()

    def _refreshed(self, before: Machine, now: Machine) -> None:
        if _is_news(before, now):
            self.machine = now
            self.machine_changed.emit()
        self.memory_seen.emit()

    def _catalog_read(self, read: tuple[Catalog, Listings]) -> None:
        self.catalog, self.listings = read
        self.catalog_changed.emit()
        self.find_installed()

    def _installed_found(self, found: tuple[Survey, Path, Watched]) -> None:
        survey, self.cache, watched = found
        installed = tuple(model for model in survey.models if model not in survey.unsettled)
        self.watch.watch(watched)
        if survey.unsettled:
            self.watch.look_soon()
        if installed != self.installed:
            self.installed = installed
            self.installed_changed.emit()

    @property
    def looking(self) -> bool:
        """Whether a look for installed models is under way."""
        return self._scanning.busy

    def _folders_changed(self) -> None:
        """Look again, but let a look that is under way come to its end."""
        if self.looking:
            self.watch.look_soon()
        else:
            self.find_installed()

    def _preferences_changed(self) -> None:
        if self._preferences.settings.model_folders != self._folders:
            self.find_installed()


def _is_news(before: Machine, now: Machine) -> bool:
    """Whether so much memory came or went that prices are worth making anew."""
    ram = abs(now.memory.available_bytes - before.memory.available_bytes)
    if ram > now.memory.total_bytes * _NOTICED:
        return True
    pairs = zip(before.gpus, now.gpus, strict=True)
    return any(abs(b.free_bytes - a.free_bytes) > b.total_bytes * _NOTICED for a, b in pairs)


# The imports below stay inside the tasks, so that the first frame does not wait for them.


def _detect(appraising: Appraising, held: ProcessMemory | None) -> Machine:
    from alcove.hardware.detect import detect

    machine = detect()
    return appraising.appraiser().refreshed(machine, held) if held else machine


def _read_catalog(appraising: Appraising) -> tuple[Catalog, Listings]:
    """Read the catalog; where what the hub said cannot be read, it is as it was shipped."""
    from alcove.catalog.listing import updated
    from alcove.catalog.load import usable_catalog

    try:
        listings: Listings = appraising.listings().all()
    except StorageError:
        listings = {}
    return updated(usable_catalog(), listings).prepared(), listings


def _find_installed(
    catalog: Catalog, folders: tuple[Path, ...], index: Index
) -> tuple[Survey, Path, Watched]:
    from alcove.hub.layout import cache_folder
    from alcove.library.scan import survey

    found = survey(catalog, folders, index)
    damaged = (file for model in found.models if model.damage for file in model.files)
    return found, cache_folder(), Watched.among((*found.folders, *damaged))

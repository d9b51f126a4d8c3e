"""What is dropped on the window or pasted into it: GGUF files, folders, links to the hub."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData, QObject, Signal

from alcove.errors import AlcoveError, TargetError
from alcove.gui.inventory import Inventory
from alcove.gui.latest import Latest
from alcove.gui.preferences import Preferences
from alcove.gui.tasks import Report, Tasks
from alcove.i18n import _

if TYPE_CHECKING:
    from alcove.catalog.load import Catalog
    from alcove.library.handed import Handed
    from alcove.library.references import Reference


class Drops(QObject):
    """Finds out what it is, in a task where files have to be read.

    ``model_found`` carries an InstalledModel, ``folders_found`` a tuple of Path, ``link_found`` a
    Reference, ``refused`` the AlcoveError that says why nothing can be made of it.
    """

    model_found = Signal(object)
    folders_found = Signal(object)
    link_found = Signal(object)
    refused = Signal(object)

    def __init__(
        self,
        tasks: Tasks,
        inventory: Inventory,
        preferences: Preferences,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._inventory = inventory
        self._preferences = preferences
        self._looking = Latest(tasks, self)

    def take(self, content: QMimeData) -> None:
        """Take what was dropped; exactly one signal follows, unless more is taken."""
        urls = content.urls()
        if paths := [Path(url.toLocalFile()) for url in urls if url.isLocalFile()]:
            self.take_paths(paths)
        else:
            self.take_text(urls[0].toString() if urls else content.text())

    def take_pasted(self, content: QMimeData) -> None:
        """Take what was pasted; a text that is no link means nothing here."""
        from alcove.library.links import may_be_link

        if content.hasUrls() or may_be_link(content.text()):
            self.take(content)

    def take_paths(self, paths: list[Path]) -> None:
        """Look at files and folders."""
        catalog = self._inventory.catalog
        self._looking.ask(partial(_look_at, paths, catalog), self._found, self.refused.emit)

    def take_text(self, text: str) -> None:
        """Read a link."""
        try:
            link = self.read_link(text)
        except AlcoveError as error:
            self.refused.emit(error)
            return
        if link is None:
            self.refused.emit(_nothing())
        else:
            self.link_found.emit(link)

    def read_link(self, text: str) -> Reference | None:
        """Return what a link to the hub names, None for other texts; raises TargetError."""
        from alcove.library.links import read_link

        return read_link(text, self._preferences.network().endpoint)

    def _found(self, handed: Handed) -> None:
        if handed.model is not None:
            self.model_found.emit(handed.model)
        else:
            self.folders_found.emit(handed.folders)


def _look_at(paths: list[Path], catalog: Catalog | None, report: Report[Path]) -> Handed:
    from alcove.catalog.load import load_catalog
    from alcove.library.handed import look_at

    return look_at(paths, catalog or load_catalog(), report)


def _nothing() -> TargetError:
    return TargetError(
        _("Alcove can do nothing with that."),
        _("Give it a GGUF file, a folder with some, or a link to a model on Hugging Face."),
    )

"""Pictures of every page, in both schemes and two sizes, with what this computer really has."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Iterator
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from alcove.errors import Remedy
from alcove.gui.desktop import Desktop
from alcove.gui.messages import Action
from alcove.gui.pages.discover import DiscoverPage
from alcove.gui.rehearsal import Rehearsal, fresh_desktop
from alcove.gui.remedies import label_of
from alcove.i18n import _

SIZES = ((1280, 800), (900, 600))
SCHEMES = ("light", "dark")
_SETTLE_MS = 100


def write_screenshots(directory: Path) -> int:
    """Write the pictures as PNG files into ``directory``; returns the exit code.

    The chat shows what the starter model answered. The user's own settings and chats are neither
    shown nor touched.
    """
    directory.mkdir(parents=True, exist_ok=True)
    with fresh_desktop() as (application, desktop):
        photographer = Photographer(desktop, directory)

        def fail(reason: str) -> None:
            sys.stderr.write(f"{reason}\n")
            application.exit(1)

        rehearsal = Rehearsal(desktop)
        rehearsal.answered.connect(photographer.begin)
        rehearsal.failed.connect(fail)
        photographer.ended.connect(application.quit)
        desktop.window.show()
        return application.exec()


class Photographer(QObject):
    """Goes through the scenes once the window has something to show."""

    ended = Signal()

    def __init__(self, desktop: Desktop, directory: Path) -> None:
        super().__init__(desktop)
        self._desktop = desktop
        self._directory = directory
        self._scenes = self._plan()

    def begin(self) -> None:
        """Take one picture after the other."""
        self._next()

    def _next(self) -> None:
        """Prepare the next picture, and take it once the window came to rest."""
        name = next(self._scenes, None)
        if name is None:
            self.ended.emit()
            return
        QTimer.singleShot(_SETTLE_MS, self, lambda: self._take(name))

    def _take(self, name: str) -> None:
        self._desktop.window.grab().save(str(self._directory / f"{name}.png"))
        self._next()

    def _plan(self) -> Iterator[str]:
        """Yield the name of each picture after it was prepared."""
        window, preferences = self._desktop.window, self._desktop.preferences
        for scheme, (width, height) in itertools.product(SCHEMES, SIZES):
            preferences.update(theme=scheme)
            window.resize(width, height)
            for scene in (self._discover(), self._library(), self._others()):
                for name in scene:
                    yield f"{name}-{scheme}-{width}x{height}"

    def _discover(self) -> Iterator[str]:
        page = self._desktop.window.page("discover")
        assert isinstance(page, DiscoverPage)
        self._desktop.window.open_page("discover")
        yield "discover"
        page.panes.ask(True)
        yield "discover-detail"
        page.detail.closed.emit()
        page.unfit.setChecked(True)
        page.list.setCurrentIndex(page.filter.index(page.filter.rowCount() - 1, 0))
        yield "discover-all"
        page.unfit.setChecked(False)
        page.list.setCurrentIndex(page.filter.index(0, 0))
        page.list.scrollToTop()
        retry = Action(label_of(Remedy.RETRY), self._desktop.messages.clear)
        sentence = _("The hub did not answer. Try again when the network is back.")
        self._desktop.messages.post(sentence, "error", retry)
        yield "discover-error"
        self._desktop.messages.clear()

    def _library(self) -> Iterator[str]:
        self._desktop.window.open_page("library")
        yield "library"
        inventory = self._desktop.inventory
        installed, inventory.installed = inventory.installed, ()
        inventory.installed_changed.emit()
        yield "library-empty"
        inventory.installed = installed
        inventory.installed_changed.emit()

    def _others(self) -> Iterator[str]:
        for key in ("chat", "system"):
            self._desktop.window.open_page(key)
            yield key

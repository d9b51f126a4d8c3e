"""The Trials page together with what it works on: runs, and the chat's model, which makes room."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from alcove.gui.icons import Icons
from alcove.gui.inventory import Inventory
from alcove.gui.pages.trials import TrialsPage
from alcove.gui.preferences import Preferences
from alcove.gui.tasks import Tasks
from alcove.gui.theme import Theme
from alcove.gui.trials.making import runner_with
from alcove.gui.trials.work import TrialWork
from alcove.paths import Paths
from alcove.trials.store import TrialStore

if TYPE_CHECKING:
    from alcove.gui.session import ModelSession


class TrialRoom(QObject):
    """Made when the Trials page is first opened.

    ``session`` gives the model that the chat keeps loaded, if there is a chat; ``obstacle`` says
    what keeps this computer busy.
    """

    def __init__(
        self,
        paths: Paths,
        tasks: Tasks,
        inventory: Inventory,
        preferences: Preferences,
        theme: Theme,
        icons: Icons,
        session: Callable[[], ModelSession | None],
        obstacle: Callable[[], str],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session = session
        make = runner_with(paths, inventory, preferences, self._make_room)
        self.work = TrialWork(tasks, TrialStore(paths.database), make, obstacle, self)
        self.work.ready.connect(self._unload)
        self.page = TrialsPage(tasks, self.work, inventory, preferences, theme, icons)

    def _unload(self) -> None:
        if (session := self._session()) is not None:
            session.unload()

    def _make_room(self, report: Callable[[float], None]) -> None:
        """Wait, in a task, until the chat's model has given its memory back."""
        if (session := self._session()) is not None:
            session.vacate(report)

"""Where things that are dropped on the window, or pasted into it, lead to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from PySide6.QtCore import QObject, Signal

from alcove.errors import AlcoveError, Cancelled, Remedy
from alcove.gui.drops import Drops
from alcove.gui.icons import Icons
from alcove.gui.inventory import Inventory
from alcove.gui.messages import Messages
from alcove.gui.preferences import Preferences
from alcove.gui.remedies import actions_for
from alcove.gui.tasks import Tasks
from alcove.gui.theme import Theme
from alcove.gui.window import MainWindow
from alcove.i18n import _

if TYPE_CHECKING:
    from alcove.gui.dialogs.link import LinkDialog
    from alcove.library.references import Reference


class Arrivals(QObject):
    """Opens a file in the chat, adds a folder to the library, offers what a link leads to.

    ``chat_requested`` carries an InstalledModel, ``download_requested`` a RemoteModel.
    """

    chat_requested = Signal(object)
    download_requested = Signal(object)

    def __init__(
        self,
        window: MainWindow,
        tasks: Tasks,
        inventory: Inventory,
        preferences: Preferences,
        messages: Messages,
        theme: Theme,
        icons: Icons,
        handlers: Callable[[], Mapping[Remedy, Callable[[], None]]],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._window, self._tasks = window, tasks
        self._inventory, self._preferences = inventory, preferences
        self._messages, self._theme, self._icons = messages, theme, icons
        self._handlers = handlers
        self.drops = Drops(tasks, inventory, preferences, self)
        window.given.connect(self.drops.take)
        window.pasted.connect(self.drops.take_pasted)
        self.drops.model_found.connect(self.chat_requested)
        self.drops.folders_found.connect(self._add_folders)
        self.drops.link_found.connect(self.open_link)
        self.drops.refused.connect(self._refuse)

    def open_link(self, link: Reference) -> LinkDialog:
        """Offer what a link leads to."""
        from alcove.gui.dialogs.link import LinkDialog
        from alcove.gui.linked import Linked

        endpoint = self._preferences.network().endpoint.rstrip("/")
        revision = f"/tree/{quote(link.revision, safe='')}" if link.revision else ""
        dialog = LinkDialog.ask(
            link,
            f"{endpoint}/{link.repository}{revision}",
            Linked(self._tasks, self._inventory, self._preferences),
            self._handlers(),
            self._theme,
            self._icons,
            self._window,
        )
        dialog.chat_chosen.connect(self.chat_requested)
        dialog.download_chosen.connect(self.download_requested)
        return dialog

    def _add_folders(self, folders: tuple[Path, ...]) -> None:
        known = self._preferences.settings.model_folders
        new = tuple(str(folder) for folder in folders if str(folder) not in known)
        if new:
            self._preferences.update(model_folders=(*known, *new))  # which looks for models
        else:
            self._inventory.find_installed()
        self._window.open_page("library")
        names = ", ".join(map(str, folders))
        self._messages.post(
            _("The library shows the models in {names}.").format(names=names), "good"
        )

    def _refuse(self, error: AlcoveError) -> None:
        if not isinstance(error, Cancelled):
            self._messages.post(str(error), "error", *actions_for(error, self._handlers()))

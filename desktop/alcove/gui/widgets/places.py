"""The folders that Alcove uses, each with a button that opens it."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QVBoxLayout, QWidget

from alcove.gui.icons import Icons
from alcove.gui.inventory import Inventory
from alcove.gui.preferences import Preferences
from alcove.gui.widgets.parts import button, clear, icon_button, label, row, selectable
from alcove.i18n import _
from alcove.paths import Paths

_NAME_WIDTH = 150


class Places(QWidget):
    """Where models, chats and settings lie."""

    def __init__(
        self,
        paths: Paths,
        inventory: Inventory,
        preferences: Preferences,
        icons: Icons,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._paths, self._inventory = paths, inventory
        self._preferences, self._icons = preferences, icons
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(6)
        preferences.changed.connect(self._show)
        inventory.installed_changed.connect(self._show)
        self._show()

    def _show(self) -> None:
        clear(self._layout)
        if self._inventory.cache is not None:
            self._layout.addWidget(self._place(_("Models"), self._inventory.cache))
        self._layout.addWidget(self._place(_("Chats and settings"), self._paths.data))
        for folder in self._preferences.settings.model_folders:
            self._layout.addWidget(self._place(_("Your folder"), Path(folder), forget=True))

    def _place(self, name: str, folder: Path, *, forget: bool = False) -> QWidget:
        made = QWidget()
        title = label(name, "muted")
        title.setFixedWidth(_NAME_WIDTH)
        layout = row(title, selectable(label(str(folder), wrap=True)), spacing=12)
        layout.setStretch(1, 1)
        if forget:
            remove = button(_("Forget"), "quiet")
            remove.clicked.connect(partial(self._forget, str(folder)))
            layout.addWidget(remove)
        open_ = icon_button(self._icons, "folder-open", _("Open {folder}").format(folder=folder))
        open_.clicked.connect(
            lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(str(_existing(folder))))
        )
        layout.addWidget(open_, 0, Qt.AlignmentFlag.AlignTop)
        made.setLayout(layout)
        return made

    def _forget(self, folder: str) -> None:
        known = self._preferences.settings.model_folders
        self._preferences.update(model_folders=tuple(one for one in known if one != folder))


def _existing(folder: Path) -> Path:
    """Return the folder, or the nearest one above it that was created already."""
    return next((one for one in (folder, *folder.parents) if one.is_dir()), folder)

"""The strip that leads a new user to the first token in one click."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QWidget

from alcove.gui.inventory import Inventory
from alcove.gui.preferences import Preferences
from alcove.gui.widgets.parts import button, column, label, row
from alcove.i18n import _


class Welcome(QFrame):
    """Shown while the starter model is installed and no model was ever chatted with."""

    chat_requested = Signal(object)

    def __init__(
        self, inventory: Inventory, preferences: Preferences, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._inventory = inventory
        self._preferences = preferences
        self.setProperty("role", "strip")
        self._heading = label(role="section", wrap=True)
        text = label(
            _("A small model to begin with; it needs no download and no account."), "muted"
        )
        text.setWordWrap(True)
        self.button = button(_("Chat now"), "primary")
        self.button.clicked.connect(lambda: self.chat_requested.emit(inventory.starter))
        layout = row(spacing=16)
        layout.setContentsMargins(20, 12, 16, 12)
        layout.addLayout(column(self._heading, text, spacing=2), 1)
        layout.addWidget(self.button)
        self.setLayout(layout)
        self.hide()
        inventory.installed_changed.connect(self.update_state)
        preferences.changed.connect(self.update_state)

    def update_state(self) -> None:
        """Show or hide the strip; call once it has a place in the page."""
        starter = self._inventory.starter
        self.setVisible(starter is not None and not self._preferences.settings.last_model)
        if starter is not None:
            self._heading.setText(_("{name} is ready on this computer").format(name=starter.name))

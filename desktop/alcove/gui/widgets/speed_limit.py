"""How fast downloads may be, so that others in the house have a network too."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from alcove.gui.preferences import Preferences
from alcove.gui.theme import Theme
from alcove.gui.widgets.select import Select
from alcove.i18n import _
from alcove.words import gigabytes

_OFFERED = (500_000, 1_000_000, 2_000_000, 5_000_000, 10_000_000, 25_000_000, 50_000_000)


class SpeedLimit(Select):
    """Chooses the setting; one that was made elsewhere is offered too."""

    def __init__(
        self, preferences: Preferences, theme: Theme, parent: QWidget | None = None
    ) -> None:
        super().__init__(_("Speed limit"), theme, parent)
        self._preferences = preferences
        self.setToolTip(_("The highest speed of all downloads together"))
        self.activated.connect(lambda _index: preferences.update(speed_limit=self.currentData()))
        preferences.changed.connect(self._show)
        self._show()

    def _show(self) -> None:
        limit = self._preferences.settings.speed_limit
        if self.findData(limit) < 0:
            self._offer(sorted({*_OFFERED, limit} - {0}))
        self.setCurrentIndex(self.findData(limit))

    def _offer(self, limits: list[int]) -> None:
        self.clear()
        self.addItem(_("No speed limit"), 0)
        for limit in limits:
            self.addItem(_("At most {speed}/s").format(speed=gigabytes(limit)), limit)

"""Which models take part: those on this computer, and engines elsewhere."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QLineEdit, QScrollArea, QWidget

from alcove.gui.inventory import Inventory
from alcove.gui.preferences import Preferences
from alcove.gui.theme import Theme
from alcove.gui.widgets.parts import clear, column, label
from alcove.gui.widgets.switch import Switch
from alcove.i18n import _
from alcove.library.search import matching
from alcove.trials.store import Entrant, entrant_at, entrant_of
from alcove.words import gigabytes

_FEW = 8
"""So many models are found without a search."""


class ModelChoice(QWidget):
    """A switch for each model; ``changed`` follows every choice. What is chosen stays chosen."""

    changed = Signal()

    def __init__(
        self,
        inventory: Inventory,
        preferences: Preferences,
        theme: Theme,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._inventory = inventory
        self._preferences = preferences
        self._theme = theme
        self._chosen: dict[str, Entrant] = {}
        self._listed: list[Entrant] = []
        self.boxes: dict[str, QCheckBox] = {}
        self.search = QLineEdit()
        self.search.setPlaceholderText(_("Search models"))
        self.search.setAccessibleName(_("Search models"))
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._show)
        self.empty = label(role="muted", wrap=True)
        self._boxes = column(spacing=4)
        inside = QWidget()
        inside.setObjectName("content")
        inside.setLayout(column(self._boxes, None))
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(inside)
        layout = column(self.search, self.empty, spacing=8)
        layout.addWidget(scroll, 1)
        self.setLayout(layout)
        inventory.installed_changed.connect(self._show)
        preferences.changed.connect(self._show)
        self._show()

    @property
    def chosen(self) -> tuple[Entrant, ...]:
        """The models that were chosen and are still there, in the order of the list."""
        return tuple(one for one in self._offered() if one.target in self._chosen)

    def choose(self, target: str, *, wanted: bool = True) -> None:
        """Choose a model that is listed, or no longer."""
        if target in self.boxes:
            self.boxes[target].setChecked(wanted)

    def _offered(self) -> list[Entrant]:
        usable = [one for one in self._inventory.installed or () if one.damage is None]
        engines = self._preferences.settings.engines
        addresses = [f"{one.url}#{one.model}" if one.model else one.url for one in engines]
        return [*map(entrant_of, usable), *map(entrant_at, addresses)]

    def _matching(self) -> list[Entrant]:
        usable = [one for one in self._inventory.installed or () if one.damage is None]
        found = {one.target for one in matching(usable, self.search.text())}
        sought = self.search.text().casefold()
        return [
            one for one in self._offered() if one.target in found or sought in one.name.casefold()
        ]

    def _show(self) -> None:
        matching = self._matching()
        if matching != self._listed:  # else the focus stays where it is
            self._listed = matching
            clear(self._boxes)
            self.boxes = {one.target: self._box(one) for one in matching}
            for box in self.boxes.values():
                self._boxes.addWidget(box)
        offered = len(self._offered())
        self.search.setVisible(offered > _FEW or bool(self.search.text()))
        looking = self._inventory.installed is None
        self.empty.setText(
            _("Looking for models")
            if looking
            else _("No model matches.")
            if offered
            else _("There is no model on this computer yet. Download one in Discover.")
        )
        self.empty.setVisible(not self.boxes)
        self.changed.emit()

    def _box(self, one: Entrant) -> QCheckBox:
        size = f"  ·  {gigabytes(one.size_bytes)}" if one.size_bytes else ""
        box = Switch(one.name + size, self._theme)
        box.setToolTip(one.target)
        box.setChecked(one.target in self._chosen)
        box.toggled.connect(lambda wanted: self._toggle(one.target, wanted=wanted))
        return box

    def _toggle(self, target: str, *, wanted: bool) -> None:
        self._set(target, wanted=wanted)
        self.changed.emit()

    def _set(self, target: str, *, wanted: bool) -> None:
        known = {one.target: one for one in self._offered()}
        self._chosen.pop(target, None)
        if wanted and target in known:
            self._chosen[target] = known[target]

"""The conditions that Discover's list can be narrowed by; folded away until asked for."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QPushButton, QWidget

from alcove.catalog.languages import language_name
from alcove.catalog.load import Catalog
from alcove.catalog.wanted import Wanted, abilities_among, countries_among, languages_among
from alcove.gui.theme import Theme
from alcove.gui.widgets.model_facts import ability_words
from alcove.gui.widgets.parts import button, column, row
from alcove.gui.widgets.select import Select
from alcove.i18n import _
from alcove.words import parameters

_SIZES = (2e9, 5e9, 10e9, 16e9, 36e9, 130e9)
"""Parameters up to which models are usually told apart."""


class Filters(QWidget):
    """Four choices, and a button for each ability and for the licence; ``changed`` follows."""

    changed = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.families = _select(_("Family"), _("All families"), theme)
        self.sizes = _select(_("Size"), _("Any size"), theme)
        self.countries = _select(_("Country"), _("Any country"), theme)
        self.languages = _select(_("Language"), _("Any language"), theme)
        self.languages.setAccessibleDescription(
            _("Models that state no languages are left out where one is chosen.")
        )
        self.languages.setToolTip(self.languages.accessibleDescription())
        for most in _SIZES:
            said = _("Up to {count}").format(count=parameters(int(most)))
            self.sizes.addItem(said, int(most))
        self.commercial = _toggle(_("Commercial use"))
        self.abilities: dict[str, QPushButton] = {}
        self._selects = (self.families, self.sizes, self.countries, self.languages)
        self._toggles = row(self.commercial, None, spacing=8)
        self.setLayout(column(row(*self._selects, spacing=8), self._toggles, spacing=8))
        for select in self._selects:
            select.currentIndexChanged.connect(self.changed)
        self.commercial.toggled.connect(self.changed)

    def offer(self, catalog: Catalog | None) -> None:
        """Offer what models that chat differ by; what is chosen stays if it is there yet."""
        models = catalog.chat_models if catalog else ()
        families = catalog.families() if catalog else ()
        languages = sorted((language_name(code), code) for code in languages_among(models))
        _offer(self.families, ((name, name) for name in sorted(families, key=str.casefold)))
        _offer(self.countries, ((name, name) for name in countries_among(models)))
        _offer(self.languages, languages)
        for ability in abilities_among(models):
            if ability not in self.abilities:
                made = self.abilities[ability] = _toggle(ability_words()[ability].capitalize())
                self._toggles.insertWidget(len(self.abilities) - 1, made)
                made.toggled.connect(self.changed)

    def wanted(self, text: str) -> Wanted:
        """Return the conditions that are set, with the search ``text``."""
        return Wanted(
            text=text,
            family=self.families.currentData() or "",
            most_parameters=self.sizes.currentData() or None,
            commercial=self.commercial.isChecked(),
            abilities=frozenset(
                name for name, toggle in self.abilities.items() if toggle.isChecked()
            ),
            country=self.countries.currentData() or "",
            language=self.languages.currentData() or "",
        )

    @property
    def said(self) -> list[str]:
        """The conditions that are set, in words."""
        chosen = [select.currentText() for select in self._selects if select.currentIndex() > 0]
        toggles = (*self.abilities.values(), self.commercial)
        return chosen + [toggle.text() for toggle in toggles if toggle.isChecked()]

    def clear(self) -> None:
        """Take every condition away; ``changed`` follows once."""
        with QSignalBlocker(self):
            for select in self._selects:
                select.setCurrentIndex(0)
            for toggle in (*self.abilities.values(), self.commercial):
                toggle.setChecked(False)
        self.changed.emit()


def _select(name: str, anything: str, theme: Theme) -> Select:
    made = Select(name, theme)
    made.addItem(anything, "")
    return made


def _toggle(text: str) -> QPushButton:
    made = button(text, "chip")
    made.setCheckable(True)
    return made


def _offer(select: Select, entries: Iterable[tuple[str, str]]) -> None:
    chosen = select.currentData()
    with QSignalBlocker(select):
        while select.count() > 1:
            select.removeItem(1)
        for text, value in entries:
            select.addItem(text, value)
        select.setCurrentIndex(max(select.findData(chosen), 0))

"""What narrows the list of offers down: a search, a family, and whether a model must fit."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QLineEdit, QWidget

from alcove.gui.models.offers import OffersFilter
from alcove.gui.theme import Theme
from alcove.gui.widgets.parts import row
from alcove.gui.widgets.select import Select
from alcove.gui.widgets.switch import Switch
from alcove.i18n import _
from alcove.library.links import may_be_link


class FilterBar(QWidget):
    """Sets an OffersFilter; ``changed`` follows. ``link_given`` carries a link that was entered."""

    changed = Signal()
    link_given = Signal(str)

    def __init__(self, offers: OffersFilter, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._offers = offers
        self.search = QLineEdit()
        self.search.setPlaceholderText(_("Search models, or paste a link"))
        self.search.setAcceptDrops(False)  # what is dropped is the window's
        self.search.setAccessibleName(_("Search models"))
        self.search.setClearButtonEnabled(True)
        self.families = Select(_("Family"), theme)
        self.families.addItem(_("All families"), "")
        self.unfit = Switch(_("Show models that don't fit"), theme)
        layout = row(self.search, self.families, self.unfit, spacing=12)
        layout.setStretch(0, 1)
        self.setLayout(layout)
        self.search.textChanged.connect(self._narrow)
        self.search.returnPressed.connect(self.open_link)
        self.families.currentIndexChanged.connect(self._narrow)
        self.unfit.toggled.connect(self._narrow)

    @property
    def narrows(self) -> bool:
        """Whether some models are left out though they fit."""
        return bool(self.search.text() or self.families.currentData())

    @property
    def is_link(self) -> bool:
        """Whether what was entered is no search, but a link."""
        return may_be_link(self.search.text())

    def open_link(self) -> None:
        """Hand the link on that was entered, if it is one."""
        if self.is_link:
            text = self.search.text()
            self.search.clear()
            self.link_given.emit(text)

    def offer_families(self, families: Iterable[str]) -> None:
        """Offer these families, and all of them."""
        with QSignalBlocker(self.families):
            while self.families.count() > 1:
                self.families.removeItem(1)
            for family in sorted(families, key=str.casefold):
                self.families.addItem(family, family)

    def widen(self) -> None:
        """Take the search and the family away; where there is none, show what does not fit."""
        if not self.narrows:
            self.unfit.setChecked(True)
        self.search.clear()
        self.families.setCurrentIndex(0)

    def start_search(self) -> None:
        """Let the user type another search."""
        self.search.setFocus()
        self.search.selectAll()

    def _narrow(self) -> None:
        self._offers.keep("")
        self._offers.search(self.search.text())
        self._offers.choose_family(self.families.currentData())
        self._offers.show_unfit(self.unfit.isChecked())
        self.changed.emit()

"""What narrows and sorts the list of offers: a search, filters, and whether a model must fit."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QSizePolicy, QWidget

from alcove.catalog.load import Catalog
from alcove.catalog.wanted import Wanted
from alcove.fit.rank import ORDERS, Order
from alcove.gui.icons import Icons
from alcove.gui.models.offers import OffersModel
from alcove.gui.theme import Theme
from alcove.gui.widgets.elided_label import ElidedLabel
from alcove.gui.widgets.filters import Filters
from alcove.gui.widgets.parts import button, column, row
from alcove.gui.widgets.select import Select
from alcove.gui.widgets.switch import Switch
from alcove.i18n import _, ngettext
from alcove.library.links import may_be_link


class FilterBar(QWidget):
    """Sets an OffersModel; ``changed`` follows. ``link_given`` carries a link that was entered."""

    changed = Signal()
    link_given = Signal(str)

    def __init__(
        self, offers: OffersModel, theme: Theme, icons: Icons, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._offers = offers
        self._icons = icons
        self._make_parts(theme)
        self._lay_out()
        self._connect()
        self._unfold(False)

    def _make_parts(self, theme: Theme) -> None:
        self.search = QLineEdit()
        self.search.setPlaceholderText(_("Search models, or paste a link"))
        self.search.setAcceptDrops(False)  # what is dropped is the window's
        self.search.setAccessibleName(_("Search models"))
        self.search.setClearButtonEnabled(True)
        self.fold = button(_("Filters"))
        self.fold.setCheckable(True)
        self.filters = Filters(theme)
        self.orders = Select(_("Sort by"), theme)
        for order in ORDERS:
            self.orders.addItem(_order_words()[order], order)
        self.summary = ElidedLabel(role="muted")
        self.summary.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.clear = button(_("Clear"), "link")
        self.clear.setAccessibleName(_("Clear filters"))
        self.clear.hide()
        self.unfit = Switch(_("Show models that don't fit"), theme)

    def _lay_out(self) -> None:
        first = row(self.search, self.fold, spacing=12)
        first.setStretch(0, 1)
        second = row(self.orders, self.summary, self.clear, self.unfit, spacing=12)
        second.setStretch(1, 1)
        self.setLayout(column(first, self.filters, second, spacing=10))

    def _connect(self) -> None:
        self.search.textChanged.connect(self._narrow)
        self.search.returnPressed.connect(self.open_link)
        self.fold.toggled.connect(self._unfold)
        self.filters.changed.connect(self._narrow)
        self.orders.currentIndexChanged.connect(self._sort)
        self.clear.clicked.connect(self.filters.clear)
        self.unfit.toggled.connect(self._narrow)

    @property
    def wanted(self) -> Wanted:
        """The search and the filters."""
        return self.filters.wanted(self.search.text())

    @property
    def narrows(self) -> bool:
        """Whether some models are left out though they fit."""
        return self.wanted != Wanted()

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

    def offer(self, catalog: Catalog | None) -> None:
        """Offer the conditions by which the models of a catalog differ."""
        self.filters.offer(catalog)
        self._narrow()

    def widen(self) -> None:
        """Take search and filters away; where there are none, show what does not fit."""
        if not self.narrows:
            self.unfit.setChecked(True)
        self.search.clear()
        self.filters.clear()

    def start_search(self) -> None:
        """Let the user type another search."""
        self.search.setFocus()
        self.search.selectAll()

    def say_count(self) -> None:
        """Say how many models there are to see, and what they were narrowed by."""
        count = self._offers.count
        said = self.filters.said
        counted = ngettext("{count} model", "{count} models", count).format(count=count)
        self.summary.setText(": ".join(filter(None, (counted, " · ".join(said)))))
        self.fold.setText(_("Filters · {count}").format(count=len(said)) if said else _("Filters"))
        self.clear.setVisible(bool(said))

    def _narrow(self) -> None:
        self._offers.narrow(self.wanted, unfit=self.unfit.isChecked())
        self.changed.emit()

    def _sort(self) -> None:
        order: Order = self.orders.currentData()
        self._offers.sort_by(order)
        self.changed.emit()

    def _unfold(self, wanted: bool) -> None:
        self.filters.setVisible(wanted)
        self._icons.put(self.fold, "caret-down" if wanted else "caret-right", "text", 14)


def _order_words() -> dict[Order, str]:
    return {
        "best": _("Best for this computer"),
        "quality": _("Highest quality"),
        "speed": _("Fastest"),
        "size": _("Smallest file"),
        "date": _("Newest"),
    }

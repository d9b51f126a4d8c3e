"""Discover: which models this computer can run, best first."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QListView, QStackedWidget, QWidget

from alcove.catalog.model import Model
from alcove.fit.offer import Offer, choose
from alcove.fit.rank import rank
from alcove.gui.delegates.offer import OfferDelegate
from alcove.gui.icons import Icons
from alcove.gui.inventory import Inventory
from alcove.gui.models.offers import OfferRow, OffersFilter, OffersModel, RowRole
from alcove.gui.preferences import Preferences
from alcove.gui.tasks import Report, Task, Tasks
from alcove.gui.theme import Theme
from alcove.gui.transfers import Transfers
from alcove.gui.widgets.empty_state import EmptyState
from alcove.gui.widgets.list_detail import ListDetail
from alcove.gui.widgets.offer_detail import OfferDetail
from alcove.gui.widgets.parts import column, label, row
from alcove.gui.widgets.select import Select
from alcove.gui.widgets.switch import Switch
from alcove.gui.widgets.welcome import Welcome
from alcove.hardware.machine import Machine
from alcove.i18n import _
from alcove.words import gigabytes


class DiscoverPage(QWidget):
    """The list of offers with its filters, and the details of the chosen one."""

    chat_requested = Signal(object, object)
    priced = Signal()

    def __init__(
        self,
        tasks: Tasks,
        inventory: Inventory,
        preferences: Preferences,
        transfers: Transfers,
        theme: Theme,
        icons: Icons,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._inventory = inventory
        self._preferences = preferences
        self._offers: list[Offer] = []
        self.context = preferences.settings.context
        """The context, in tokens, at which models are priced here until the window closes."""
        self._pricing: Task | None = None
        self._model = OffersModel(self)
        self.filter = OffersFilter(self)
        self.filter.setSourceModel(self._model)
        self._make_parts(theme, transfers, icons)
        self._lay_out()
        self._connect()
        self.welcome.update_state()
        self._show_state()

    def _make_parts(self, theme: Theme, transfers: Transfers, icons: Icons) -> None:
        self._subtitle = label(role="muted")
        self.welcome = Welcome(self._inventory, self._preferences)
        self.search = QLineEdit()
        self.search.setPlaceholderText(_("Search models"))
        self.search.setAccessibleName(_("Search models"))
        self.search.setClearButtonEnabled(True)
        self.families = Select(_("Family"), theme)
        self.families.addItem(_("All families"), "")
        self.unfit = Switch(_("Show models that don't fit"), theme)
        self.list = QListView()
        self.list.setModel(self.filter)
        self.list.setItemDelegate(OfferDelegate(theme, self))
        self.list.setMouseTracking(True)
        self.list.setUniformItemSizes(True)
        self.list.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.list.setAccessibleName(_("Models, best for this computer first"))
        self.empty = EmptyState()
        self.detail = OfferDetail(self._inventory, transfers, theme, icons)

    def _lay_out(self) -> None:
        self._stack = QStackedWidget()
        self._stack.addWidget(self.list)
        self._stack.addWidget(self.empty)
        filters = row(self.search, self.families, self.unfit, spacing=12)
        filters.setStretch(0, 1)
        items = QWidget()
        head = column(label(_("Discover"), "title"), self._subtitle, spacing=2)
        body = column(spacing=16)
        body.setContentsMargins(32, 24, 20, 0)
        body.addLayout(head)
        body.addWidget(self.welcome)
        body.addLayout(filters)
        body.addWidget(self._stack, 1)
        items.setLayout(body)
        self.panes = ListDetail(items, self.detail)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.panes)

    def _connect(self) -> None:
        self._inventory.machine_changed.connect(self.price)
        self._inventory.catalog_changed.connect(self._catalog_changed)
        self._inventory.installed_changed.connect(self._show_rows)
        self.search.textChanged.connect(self._filter_changed)
        self.families.currentIndexChanged.connect(self._filter_changed)
        self.unfit.toggled.connect(self._filter_changed)
        self.list.selectionModel().currentChanged.connect(self._current_changed)
        self.list.clicked.connect(lambda _index: self.panes.ask(True))
        self.list.activated.connect(lambda _index: self.panes.ask(True))
        self.panes.covered_changed.connect(self.detail.show_back)
        self.detail.closed.connect(self._show_list)
        self.detail.context_chosen.connect(self._choose_context)
        self.detail.chat_requested.connect(self.chat_requested)
        self.welcome.chat_requested.connect(lambda model: self.chat_requested.emit(model, None))
        self.empty.button.clicked.connect(self._clear_filters)
        QShortcut(QKeySequence.StandardKey.Find, self, self._start_search)
        QShortcut(
            Qt.Key.Key_Escape,
            self,
            self._escape,
            context=Qt.ShortcutContext.WidgetWithChildrenShortcut,
        )

    def price(self) -> None:
        """Price every model of the catalog for this computer, beside the GUI thread."""
        machine, catalog = self._inventory.machine, self._inventory.catalog
        if machine is None or catalog is None:
            return
        if self._pricing is not None:
            self._pricing.cancel()
        self._pricing = self._tasks.run(
            partial(_price, catalog.models, machine, self.context), self._show_offers
        )

    @property
    def pricing(self) -> bool:
        """Whether newer prices than those in view are on their way."""
        return self._pricing is not None

    def take_focus(self) -> None:
        """Give the focus to the list, or to the search where the list is not seen."""
        (self.list if self.list.isVisible() else self.search).setFocus()

    def select(self, model_id: str) -> None:
        """Choose a model in the list, if it is there."""
        for number in range(self.filter.rowCount()):
            index = self.filter.index(number, 0)
            if index.data(RowRole).offer.model.id == model_id:
                self.list.setCurrentIndex(index)
                return

    def _show_offers(self, offers: list[Offer]) -> None:
        self._offers, self._pricing = offers, None
        self._show_rows()
        self.priced.emit()

    def _show_rows(self) -> None:
        chosen = self.detail.model.id if self.detail.model else ""
        self._model.show_rows(
            [
                OfferRow.of(
                    offer,
                    self._inventory.find(offer.model.id, offer.quantization.name) is not None,
                )
                for offer in self._offers
            ]
        )
        self.select(chosen)
        self._show_state()

    def _catalog_changed(self) -> None:
        catalog = self._inventory.catalog
        self.families.blockSignals(True)
        while self.families.count() > 1:
            self.families.removeItem(1)
        for family in sorted(catalog.families() if catalog else (), key=str.casefold):
            self.families.addItem(family, family)
        self.families.blockSignals(False)
        self.price()

    def _filter_changed(self) -> None:
        self.filter.search(self.search.text())
        self.filter.choose_family(self.families.currentData())
        self.filter.show_unfit(self.unfit.isChecked())
        self._show_state()

    def _clear_filters(self) -> None:
        if not self.search.text() and not self.families.currentData():
            self.unfit.setChecked(True)
        self.search.clear()
        self.families.setCurrentIndex(0)

    def _show_state(self) -> None:
        self._subtitle.setText(_subtitle(self._inventory.machine))
        if not self._offers:
            self.empty.say_measuring()
        elif not self.filter.rowCount():
            self._say_no_match()
        if self.filter.rowCount():
            self._keep_selection()
        self._stack.setCurrentWidget(self.list if self.filter.rowCount() else self.empty)
        self.panes.set_available(self.detail.model is not None)

    def _keep_selection(self) -> None:
        """Select the current row, or the best one, if filter or prices took the selection away."""
        if not self.list.selectionModel().hasSelection():
            current = self.list.currentIndex()
            self.list.setCurrentIndex(current if current.isValid() else self.filter.index(0, 0))

    def _say_no_match(self) -> None:
        if self.search.text() or self.families.currentData():
            self.empty.say(
                _("No model matches"),
                _("Nothing that fits this computer matches the search and the family."),
                _("Clear search"),
            )
        else:
            self.empty.say(
                _("Nothing fits right now"),
                _(
                    "Every model needs more memory than is free. Close other programs, or look at "
                    "what each would need."
                ),
                _("Show models that don't fit"),
            )

    def _current_changed(self, current: QModelIndex) -> None:
        if current.isValid():
            row_: OfferRow = current.data(RowRole)
            self.detail.show_offer(row_.offer)
            self.panes.set_available(True)

    def _choose_context(self, context: int) -> None:
        self.context = context
        self.price()

    def _show_list(self) -> None:
        self.panes.ask(False)
        self.list.setFocus()

    def _start_search(self) -> None:
        self.panes.ask(False)
        self.search.setFocus()
        self.search.selectAll()

    def _escape(self) -> None:
        if self.panes.covered:
            self._show_list()
        else:
            self.search.clear()


def _price(
    models: tuple[Model, ...], machine: Machine, context: int, report: Report[int]
) -> list[Offer]:
    offers = []
    for number, model in enumerate(models):
        report(number)
        offers.append(choose(model, machine, context))
    report(len(models))
    return rank(offers)


def _subtitle(machine: Machine | None) -> str:
    if machine is None:
        return _("What runs on this computer")
    memory = _("{free} of {total} memory free").format(
        free=gigabytes(machine.memory.available_bytes), total=gigabytes(machine.memory.total_bytes)
    )
    gpus = [
        _("{name} with {free} free").format(name=gpu.name, free=gigabytes(gpu.free_bytes))
        for gpu in machine.usable_gpus
    ]
    return _("What runs on this computer: {parts}").format(parts=" · ".join((memory, *gpus)))

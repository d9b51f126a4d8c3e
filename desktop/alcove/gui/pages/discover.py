"""Discover: which models this computer can run, best first."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QModelIndex, Qt, QTimer, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QListView, QStackedWidget, QWidget

from alcove.errors import Remedy
from alcove.fit.offer import Offer
from alcove.gui.delegates.offer import OfferDelegate
from alcove.gui.fit_words import memory_in_words
from alcove.gui.icons import Icons
from alcove.gui.inventory import Inventory
from alcove.gui.measuring import Measure, Measuring
from alcove.gui.models.offers import OfferRow, OffersModel, RowRole
from alcove.gui.offering import Offering
from alcove.gui.preferences import Preferences
from alcove.gui.tasks import Tasks
from alcove.gui.theme import Theme
from alcove.gui.transfers import Transfers
from alcove.gui.verdicts import Subject, Verdicts
from alcove.gui.watch import MEMORY_MS, MemoryWatch
from alcove.gui.widgets.empty_state import EmptyState
from alcove.gui.widgets.filter_bar import FilterBar
from alcove.gui.widgets.list_detail import ListDetail
from alcove.gui.widgets.offer_detail import OfferDetail
from alcove.gui.widgets.parts import column, label
from alcove.gui.widgets.welcome import Welcome
from alcove.i18n import _


class DiscoverPage(QWidget):
    """The list of offers with its filters, and the details of the chosen one.

    ``chat_requested`` carries an InstalledModel and the Wish it was priced for, or None,
    ``link_given`` a link that was entered in place of a search. Without ``measure``, speeds are
    only forecast; ``obstacle`` says why nothing can be measured now.
    """

    chat_requested = Signal(object, object)
    link_given = Signal(str)
    failed = Signal(object)
    priced = Signal()

    def __init__(
        self,
        tasks: Tasks,
        inventory: Inventory,
        preferences: Preferences,
        transfers: Transfers,
        theme: Theme,
        icons: Icons,
        measure: Measure | None = None,
        obstacle: Callable[[], str] = str,
        every_ms: int = MEMORY_MS,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._inventory = inventory
        self._preferences = preferences
        self._offers: list[Offer] = []
        self._following = True
        """Whether the best model is in view, whichever it comes to be."""
        self.context = preferences.settings.context
        """The context, in tokens, at which models are priced here until the window closes."""
        self._narrowing = False
        self._later = QTimer(self, singleShot=True, interval=0)
        """Shows the model in view once the list is painted, so that typing need not wait for it."""
        self._later.timeout.connect(self._show_other)
        self._offering = Offering(tasks, inventory, self)
        self.watch = MemoryWatch(self, inventory, every_ms)
        self.verdicts = Verdicts(tasks, inventory, preferences, self)
        self.verdicts.hold()
        self.measuring = Measuring(tasks, inventory, measure, obstacle, self) if measure else None
        self.offers = OffersModel(self)
        self._make_parts(theme, transfers, icons)
        self._lay_out()
        self._connect()
        self._use_catalog()
        self.welcome.update_state()
        self._show_state()

    def _make_parts(self, theme: Theme, transfers: Transfers, icons: Icons) -> None:
        self._subtitle = label(role="muted", wrap=True)
        self.welcome = Welcome(self._inventory, self._preferences)
        self.bar = FilterBar(self.offers, theme, icons)
        self.list = QListView()
        self.list.setModel(self.offers)
        self.list.setItemDelegate(OfferDelegate(theme, self))
        self.list.setMouseTracking(True)
        self.list.setUniformItemSizes(True)
        self.list.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.list.setAccessibleName(_("Models, best for this computer first"))
        self.empty = EmptyState()
        self.detail = OfferDetail(
            self._inventory,
            transfers,
            self.verdicts,
            theme,
            icons,
            measurable=self.measuring is not None,
        )

    def _lay_out(self) -> None:
        self._stack = QStackedWidget()
        self._stack.addWidget(self.list)
        self._stack.addWidget(self.empty)
        items = QWidget()
        head = column(label(_("Discover"), "title"), self._subtitle, spacing=2)
        body = column(spacing=16)
        body.setContentsMargins(32, 24, 20, 0)
        body.addLayout(head)
        self._notices = column(self.welcome, spacing=12)
        body.addLayout(self._notices)
        body.addWidget(self.bar)
        body.addWidget(self._stack, 1)
        self._foot = column(spacing=0)
        body.addLayout(self._foot)
        items.setLayout(body)
        self.panes = ListDetail(items, self.detail)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.panes)

    def _connect(self) -> None:
        self._inventory.machine_changed.connect(self._machine_changed)
        self._inventory.catalog_changed.connect(self._catalog_changed)
        self._inventory.memory_seen.connect(self._show_memory)
        self._inventory.insight_changed.connect(self.price)
        self._inventory.installed_changed.connect(self._installed_changed)
        self._offering.priced.connect(self._show_offers)
        self._offering.repriced.connect(self._replace_offer)
        self._offering.failed.connect(self.failed)
        self.verdicts.learned.connect(lambda model: self._offering.price_one(model, self.context))
        self.bar.changed.connect(self._narrowed)
        self.bar.orders.currentIndexChanged.connect(self.list.scrollToTop)
        self.list.selectionModel().currentChanged.connect(self._current_changed)
        self.list.clicked.connect(self._choose)
        self.list.activated.connect(self._choose)
        self.detail.touched.connect(self._stay)
        self.detail.touched.connect(self.verdicts.release)
        self.panes.covered_changed.connect(self.detail.show_back)
        self.detail.closed.connect(self._show_list)
        self.detail.context_chosen.connect(self._choose_context)
        self.detail.chat_requested.connect(self.chat_requested)
        self.detail.remedy_chosen.connect(self._remedy)
        if self.measuring is not None:
            self._connect_measuring(self.measuring)
        self.welcome.chat_requested.connect(lambda model: self.chat_requested.emit(model, None))
        self.empty.button.clicked.connect(self._way_on)
        self.bar.link_given.connect(self.link_given)
        QShortcut(QKeySequence.StandardKey.Find, self, self._start_search)
        QShortcut(
            Qt.Key.Key_Escape,
            self,
            self._escape,
            context=Qt.ShortcutContext.WidgetWithChildrenShortcut,
        )

    def _connect_measuring(self, measuring: Measuring) -> None:
        self.detail.measure_asked.connect(
            lambda subject, fit: measuring.start(subject, fit.configuration)
        )
        self.detail.speed.stop_asked.connect(measuring.stop)
        measuring.progressed.connect(self._measured)
        measuring.learned.connect(self._inventory.learn)
        measuring.failed.connect(self.failed)
        measuring.hindered.connect(self.detail.speed.say_remark)

    def add_notice(self, notice: QWidget) -> None:
        """Show a notice above the list, below the welcome."""
        self._notices.addWidget(notice)

    def add_foot(self, widget: QWidget) -> None:
        """Show something below the list."""
        self._foot.addWidget(widget)

    def price(self) -> None:
        """Price every model of the catalog for this computer, beside the GUI thread."""
        self._offering.price(self.context)

    @property
    def pricing(self) -> bool:
        """Whether newer prices than those in view are on their way."""
        return self._offering.busy

    def take_focus(self) -> None:
        """Give the focus to the list, or to the search where the list is not seen."""
        (self.list if self.list.isVisible() else self.bar.search).setFocus()

    def select(self, model_id: str) -> None:
        """Choose a model in the list, if it is there."""
        self._stay()
        self._select(model_id)

    def _select(self, model_id: str) -> None:
        index = self.offers.reveal(model_id)
        if index.isValid():
            self.list.setCurrentIndex(index)

    def _show_offers(self, offers: list[Offer]) -> None:
        self._offers = offers
        self._show_rows()
        self.priced.emit()

    def _replace_offer(self, new: Offer) -> None:
        """Show what is known now of one model, which keeps its place in the list."""
        self._offers = [new if offer.model is new.model else offer for offer in self._offers]
        self._show_rows()

    def _machine_changed(self) -> None:
        """Price anew; once a model is in view, memory that comes and goes takes it away no more."""
        if self._offers:
            self._stay()
        self.price()

    def _stay(self) -> None:
        self._following = False

    def _choose(self) -> None:
        self._stay()
        self.verdicts.release()
        self.panes.ask(True)

    def _installed_changed(self) -> None:
        self._show_rows()
        self.price()

    def _measured(self, subject: Subject, fraction: float | None) -> None:
        if self.detail.model is subject.model:
            self.detail.speed.say_progress(fraction)
        else:
            self.detail.speed.say_progress(None)
            if self.measuring is not None:
                self.measuring.stop()

    def _remedy(self, remedy: Remedy) -> None:
        if remedy is Remedy.GO_ONLINE:
            self._preferences.update(offline=False)  # with that, the verdicts try again
        else:
            self.verdicts.retry()

    def _show_rows(self) -> None:
        following, place = self._following, self.list.verticalScrollBar().value()
        chosen = self.detail.model.id if self.detail.model else ""
        installed = {
            (one.catalog_id, one.quantization)
            for one in self._inventory.installed or ()
            if one.catalog_id and one.damage is None
        }
        kept = chosen if any(offer.fit.fits for offer in self._offers) else ""
        self.offers.offer(self._offers, installed, self._inventory.gpus, kept)
        if following and self.offers.rowCount():
            self.list.setCurrentIndex(self.offers.index(0))
        else:
            self._select(chosen)
            self.list.doItemsLayout()  # so that the scroll bar knows of all rows
            self.list.verticalScrollBar().setValue(place)
        self._show_state()
        self._following = following  # it was not the user who chose now
        self._show_current()

    def _narrowed(self) -> None:
        """Keep the model in view where it is yet in the list, else show the first one."""
        following, self._narrowing = self._following, True
        if self.offers.rowCount() and not self.list.selectionModel().hasSelection():
            chosen = self.detail.model.id if self.detail.model else ""
            index = QModelIndex() if following else self.offers.index_of(chosen)
            self.list.setCurrentIndex(index if index.isValid() else self.offers.index(0))
        self._show_state()
        self._following, self._narrowing = following, False

    def _catalog_changed(self) -> None:
        self._use_catalog()
        self.price()

    def _use_catalog(self) -> None:
        catalog = self._inventory.catalog
        self.offers.use(catalog.search if catalog else None)
        self.bar.offer(catalog)

    def _show_state(self) -> None:
        self._show_memory()
        self.bar.say_count()
        catalog = self._inventory.catalog
        if catalog and catalog.fault and not catalog.models:
            self.empty.say_no_catalog(catalog.fault)
        elif not self._offers:
            self.empty.say_measuring()
        elif self.bar.is_link:
            self.empty.say_link()
        elif self.bar.narrows:
            self.empty.say_no_match()
        else:
            self.empty.say_nothing_fits()
        if self.offers.rowCount():
            self._keep_selection()
        self._stack.setCurrentWidget(self.list if self.offers.rowCount() else self.empty)
        self.panes.set_available(self.detail.model is not None)

    def _show_memory(self) -> None:
        self._subtitle.setText(memory_in_words(self._inventory.machine, self._inventory.held))

    def _keep_selection(self) -> None:
        """Select the current row, or the best one, if filter or prices took the selection away."""
        if not self.list.selectionModel().hasSelection():
            current = self.list.currentIndex()
            self.list.setCurrentIndex(current if current.isValid() else self.offers.index(0))

    def _current_changed(self) -> None:
        self._stay()
        if self.list.hasFocus():  # the user's keys, not a new list
            self.verdicts.release()
        if self._narrowing:
            self._later.start()
        else:
            self._show_other()

    def _show_other(self) -> None:
        """Show the current row, unless it is the model in view already."""
        row_: OfferRow | None = self.list.currentIndex().data(RowRole)
        if row_ is not None and row_.offer.model is not self.detail.model:
            self._show_current()

    def _show_current(self) -> None:
        """Show what is known now of the model in view."""
        current = self.list.currentIndex()
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
        self.bar.start_search()

    def _way_on(self) -> None:
        if self.bar.is_link:
            self.bar.open_link()
        else:
            self.bar.widen()

    def _escape(self) -> None:
        if self.panes.covered:
            self._show_list()
        else:
            self.bar.search.clear()

"""Library: the models that are on this computer."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLineEdit, QScrollArea, QStackedWidget, QWidget

from alcove.errors import ModelFileError
from alcove.fit.insight import Insight
from alcove.fit.result import Fit
from alcove.gui.appraising import Appraising, usual_wish
from alcove.gui.dialogs.choose_folder import choose_folder
from alcove.gui.dialogs.confirm import ConfirmDialog
from alcove.gui.icons import Icons
from alcove.gui.inventory import Inventory
from alcove.gui.latest import Latest
from alcove.gui.preferences import Preferences
from alcove.gui.tasks import Report, Tasks
from alcove.gui.watch import MEMORY_MS, MemoryWatch
from alcove.gui.widgets.empty_state import EmptyState
from alcove.gui.widgets.installed_card import InstalledCard
from alcove.gui.widgets.parts import button, clear, column, icon_button, label, row
from alcove.hardware.machine import Machine
from alcove.i18n import _, ngettext
from alcove.library.installed import InstalledModel
from alcove.library.search import matching
from alcove.words import gigabytes

if TYPE_CHECKING:
    from alcove.library.remove import Removal

_AT_ONCE = 100
"""Models that are shown, and priced, until more are asked for."""
_FEW = 8
"""So many models are found without a search."""


class LibraryPage(QWidget):
    """One card per installed model.

    ``chat_requested`` carries an InstalledModel and None: it is loaded as the settings say.
    ``folder_added`` carries a list with one Path.
    """

    chat_requested = Signal(object, object)
    failed = Signal(object)
    discover_requested = Signal()
    folder_added = Signal(object)
    priced = Signal()

    def __init__(
        self,
        tasks: Tasks,
        inventory: Inventory,
        preferences: Preferences,
        icons: Icons,
        every_ms: int = MEMORY_MS,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._inventory = inventory
        self._preferences = preferences
        self._icons = icons
        self._pricing = Latest(tasks, self)
        self._fits: dict[str, Fit] = {}
        self.watch = MemoryWatch(self, inventory, every_ms)
        self._context = preferences.settings.context
        self._limit = _AT_ONCE
        self.cards: list[InstalledCard] = []
        self._subtitle = label(role="muted")
        self.search = QLineEdit()
        self.search.setPlaceholderText(_("Search models"))
        self.search.setAccessibleName(_("Search models"))
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._search_changed)
        self._list = QWidget()
        self._list.setObjectName("content")
        self._cards = column(spacing=8)
        self._cards.setContentsMargins(0, 0, 8, 24)
        self._list.setLayout(self._cards)
        self.empty = EmptyState()
        self._stack = QStackedWidget()
        self._lay_out()
        inventory.installed_changed.connect(self._show)
        inventory.machine_changed.connect(self._price)
        inventory.insight_changed.connect(self._price)
        preferences.changed.connect(self._settings_changed)
        self._show()

    def _lay_out(self) -> None:
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(self._list)
        listed = QWidget()
        listed.setLayout(column(self.search, scroll, spacing=12))
        self._stack.addWidget(listed)
        self._stack.addWidget(self.empty)
        self.empty.button.clicked.connect(self.discover_requested)
        look = icon_button(self._icons, "arrow-clockwise", _("Look for models again"))
        look.clicked.connect(self._inventory.find_installed)
        add = button(_("Add folder…"))
        add.clicked.connect(lambda: choose_folder(self.folder_added.emit, self))
        head = row(spacing=8)
        head.addLayout(column(label(_("Library"), "title"), self._subtitle, spacing=2), 1)
        head.addWidget(look)
        head.addWidget(add)
        layout = column(spacing=16)
        layout.setContentsMargins(32, 24, 24, 0)
        layout.addLayout(head)
        layout.addWidget(self._stack, 1)
        self.setLayout(layout)

    def _show(self) -> None:
        installed = self._inventory.installed
        clear(self._cards)
        self.cards = [self._card(model) for model in self._shown()]
        for card in self.cards:
            self._cards.addWidget(card)
        if hidden := len(self._matching()) - len(self.cards):
            self._cards.addWidget(self._more(hidden))
        self._cards.addStretch(1)
        self._show_verdicts()
        self._subtitle.setText(_subtitle(installed))
        self.search.setVisible(len(installed or ()) > _FEW or bool(self.search.text()))
        self._stack.setCurrentIndex(0 if installed else 1)
        if installed is None:
            self.empty.say(_("Looking for models"), _("Alcove looks where models usually are."))
        else:
            self.empty.say(
                _("No models yet"),
                _("Download one that fits this computer, or add a folder with GGUF files."),
                _("Discover models"),
            )

        self._price()

    def _price(self) -> None:
        machine, installed = self._inventory.machine, self._inventory.installed
        if machine is None or not installed:
            return
        self._context = self._preferences.settings.context
        usable = [model for model in self._shown() if model.damage is None]
        self._pricing.ask(
            partial(
                _price,
                self._inventory.appraising,
                usable,
                machine,
                self._context,
                self._inventory.insight,
            ),
            self._show_fits,
            self.failed.emit,
        )

    def _settings_changed(self) -> None:
        if self._preferences.settings.context != self._context:
            self._price()

    def _show_fits(self, fits: dict[str, Fit]) -> None:
        self._fits = fits
        self._show_verdicts()
        self.priced.emit()

    def _show_verdicts(self) -> None:
        for card in self.cards:
            fit = self._fits.get(card.model.target)
            if fit is not None and card.model.damage is None:
                card.show_fit(fit)

    def _shown(self) -> tuple[InstalledModel, ...]:
        return self._matching()[: self._limit]

    def _matching(self) -> tuple[InstalledModel, ...]:
        return matching(self._inventory.installed or (), self.search.text())

    def _search_changed(self) -> None:
        self._limit = _AT_ONCE
        self._show()

    def _more(self, hidden: int) -> QWidget:
        more = button(_("Show more ({count})").format(count=hidden))
        more.clicked.connect(self.show_more)
        return more

    def show_more(self) -> None:
        """Show the next models of a long list."""
        self._limit += _AT_ONCE
        self._show()

    def _card(self, model: InstalledModel) -> InstalledCard:
        card = InstalledCard(model, self._icons)
        card.chat_requested.connect(lambda chosen: self.chat_requested.emit(chosen, None))
        card.delete_requested.connect(self.ask_to_delete)
        return card

    def ask_to_delete(self, model: InstalledModel) -> None:
        """Find out what comes free, say it, and delete the model if the user agrees."""
        installed = self._inventory.installed or ()
        self._tasks.run(lambda _report: _plan_removal(model, installed), self._ask)

    def _ask(self, removal: Removal) -> None:
        ConfirmDialog.ask(
            _("Delete {name}?").format(name=removal.model.name),
            removal.sentence,
            _("Delete"),
            lambda: self._delete(removal),
            self,
        )

    def _delete(self, removal: Removal) -> None:
        installed, look_again = self._inventory.installed or (), self._inventory.find_installed
        self._tasks.run(lambda _report: removal.execute(installed), lambda _nothing: look_again())


def _plan_removal(model: InstalledModel, installed: tuple[InstalledModel, ...]) -> Removal:
    from alcove.library.remove import plan_removal  # the hub's client takes long to import

    return plan_removal(model, installed)


def _price(
    appraising: Appraising,
    models: list[InstalledModel],
    machine: Machine,
    context: int,
    insight: Insight,
    report: Report[str],
) -> dict[str, Fit]:
    """Price installed models by dry run, each as it would be loaded from here."""
    appraiser, wish, fits = appraising.appraiser(), usual_wish(context), {}
    for model in models:
        report(model.target)
        try:
            fits[model.target] = appraiser.installed(model, machine, wish, insight)
        except ModelFileError:  # gone or damaged since it was found; the card says so next time
            continue
    return fits


def _subtitle(installed: tuple[InstalledModel, ...] | None) -> str:
    if not installed:
        return _("Models on this computer")
    count = len(installed)
    return ngettext(
        "{count} model, {size} on this computer", "{count} models, {size} on this computer", count
    ).format(count=count, size=gigabytes(sum(model.size_bytes for model in installed)))

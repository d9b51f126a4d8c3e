"""How old what is known of a model's files is, and the button that asks the hub anew."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from alcove.catalog.listing import age_of, files_in_words, repositories_of
from alcove.catalog.model import Model
from alcove.errors import AlcoveError
from alcove.gui.inventory import Inventory
from alcove.gui.latest import Latest
from alcove.gui.tasks import Report, Tasks
from alcove.gui.widgets.parts import button, column, label, row
from alcove.i18n import _
from alcove.network import Network

if TYPE_CHECKING:
    from alcove.library.listings import ListingStore, Refreshed


class FilesAge(QWidget):
    """Follows the model in view; ``refreshed`` follows when the hub has answered."""

    refreshed = Signal()

    def __init__(
        self,
        tasks: Tasks,
        inventory: Inventory,
        network: Callable[[], Network],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._inventory = inventory
        self._network = network
        self._asking = Latest(tasks, self)
        self._model: Model | None = None
        self.age = label(role="caption", wrap=True)
        self.trouble = label(role="bad", wrap=True)
        self.refresh = button(_("Refresh"), "link")
        self.refresh.setToolTip(_("Ask the hub for sizes and new quantizations"))
        self.refresh.setAccessibleName(_("Refresh the files of this model"))
        self.refresh.clicked.connect(self._ask)
        line = row(spacing=8)
        line.addWidget(self.age, 1)
        line.addWidget(self.refresh)
        self.setLayout(column(line, self.trouble, spacing=2))
        self.trouble.hide()
        inventory.catalog_changed.connect(self._show)

    def follow(self, model: Model | None) -> None:
        """Say it of this model."""
        if model is None or (self._model is not None and model.id == self._model.id):
            return
        self._asking.forget()
        self._model = model
        self.trouble.hide()
        self._show()

    def _show(self) -> None:
        if self._model is None:
            return
        age = age_of(self._model, self._inventory.listings)
        self.age.setText(_("Files: {age}").format(age=files_in_words(age)))
        self.refresh.setEnabled(True)

    def _ask(self) -> None:
        if self._model is None:
            return
        self.refresh.setEnabled(False)
        self.trouble.hide()
        self.age.setText(_("Asking the hub …"))
        store = self._inventory.appraising.listings()
        names = repositories_of(self._model)
        operation = partial(_refresh, self._network(), store, names)
        self._asking.ask(operation, self._refreshed, self._fail)

    def _refreshed(self, done: Refreshed) -> None:
        self._show()
        if done.failures:
            self._say(next(iter(done.failures.values())))
        self._inventory.read_catalog()
        self.refreshed.emit()

    def _fail(self, error: AlcoveError) -> None:
        self._show()
        self._say(error)

    def _say(self, error: AlcoveError) -> None:
        self.trouble.setText(str(error))
        self.trouble.show()


def _refresh(
    network: Network, store: ListingStore, names: tuple[str, ...], report: Report[float]
) -> Refreshed:
    from alcove.hub.repository import Hub
    from alcove.library.listings import refresh

    return refresh(Hub(network), store, names, lambda done, _name: report(done), insist=True)

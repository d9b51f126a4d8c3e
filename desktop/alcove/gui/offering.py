"""What this computer is offered: the models of the catalog, priced in tasks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from PySide6.QtCore import QObject, Signal

from alcove.catalog.model import Model
from alcove.fit.insight import Insight
from alcove.fit.offer import Offer
from alcove.gui.appraising import Appraising
from alcove.gui.inventory import Inventory
from alcove.gui.latest import Latest
from alcove.gui.tasks import Report, Tasks
from alcove.hardware.machine import Machine
from alcove.library.installed import InstalledModel


class Offering(QObject):
    """Prices the catalog; of what is asked for meanwhile, only the last counts.

    ``priced`` carries every Offer, best first, ``repriced`` one of them anew, ``failed`` an
    AlcoveError.
    """

    priced = Signal(object)
    repriced = Signal(object)
    failed = Signal(object)

    def __init__(self, tasks: Tasks, inventory: Inventory, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._inventory = inventory
        self._all = Latest(tasks, self)
        self._one = Latest(tasks, self)

    @property
    def busy(self) -> bool:
        """Whether new prices of all models are on their way."""
        return self._all.busy

    def price(self, context: int) -> None:
        """Price every model of the catalog that chats, at a context in tokens."""
        catalog = self._inventory.catalog
        models = catalog.chat_models if catalog else ()
        if (operation := self._operation(models, context)) is not None:
            self._all.ask(operation, self.priced.emit, self.failed.emit)

    def price_one(self, model: Model, context: int) -> None:
        """Price a model anew, now that more is known of it."""
        if (operation := self._operation((model,), context)) is not None:
            self._one.ask(operation, lambda offers: self.repriced.emit(offers[0]), self.failed.emit)

    def _operation(self, models: Sequence[Model], context: int) -> partial[list[Offer]] | None:
        machine = self._inventory.machine
        if machine is None or not models:
            return None
        return partial(
            _price,
            self._inventory.appraising,
            models,
            self._inventory.installed or (),
            machine,
            context,
            self._inventory.insight,
        )


def _price(
    appraising: Appraising,
    models: Sequence[Model],
    installed: Sequence[InstalledModel],
    machine: Machine,
    context: int,
    insight: Insight,
    report: Report[int],
) -> list[Offer]:
    """Offer models, best first; those that are on this computer by their own files."""

    def one_by_one() -> Iterator[Model]:
        for number, model in enumerate(models):
            report(number)
            yield model

    appraiser = appraising.appraiser()
    return appraiser.offers(one_by_one(), machine, context, insight, installed)

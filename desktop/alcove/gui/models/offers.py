"""The offers as an item model, narrowed and sorted as the Discover page is asked to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from contextlib import suppress
from dataclasses import dataclass
from itertools import compress
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
)

from alcove.catalog.search import Search
from alcove.catalog.wanted import Wanted
from alcove.fit.offer import Offer
from alcove.fit.rank import Order, ordered
from alcove.fit.result import Fit
from alcove.gui.fit_words import is_refused, pace
from alcove.gui.widgets.memory_bar import MemoryNeed
from alcove.hardware.machine import Gpu
from alcove.i18n import _
from alcove.words import gigabytes, parameters, tokens

Index = QModelIndex | QPersistentModelIndex
RowRole = Qt.ItemDataRole.UserRole

FIRST = 250
"""Rows that a view gets at once: more than the shipped catalog has."""

OFFERED: Order = "best"
"""The order in which offers come."""


@dataclass(frozen=True)
class OfferRow:
    """One offer in the words and figures that its row shows.

    ``compact_facts`` are for rows that are too narrow for ``facts``.
    """

    offer: Offer
    installed: bool
    name: str
    publisher: str
    facts: str
    compact_facts: str
    sentence: str
    speed: str
    memory: str
    size: str
    need: MemoryNeed

    @classmethod
    def of(cls, offer: Offer, installed: bool, gpus: Iterable[Gpu] = ()) -> OfferRow:
        """Word one offer to a computer with ``gpus``."""
        need = MemoryNeed.of(offer.fit, gpus)
        return cls(
            offer=offer,
            installed=installed,
            name=offer.model.name,
            publisher=offer.model.publisher,
            facts=_facts(offer),
            compact_facts=_compact_facts(offer),
            sentence=offer.fit.sentence,
            speed=pace(offer.fit.forecast) if offer.fit.fits else "",
            memory=_memory(offer.fit, need),
            size=gigabytes(offer.quantization.size_bytes),
            need=need,
        )

    @property
    def spoken(self) -> str:
        """The row as one sentence for a screen reader."""
        state = _("installed") if self.installed else ""
        said = (
            self.name,
            self.publisher,
            self.facts,
            self.sentence,
            self.speed,
            self.memory,
            state,
        )
        return ", ".join(part for part in said if part)


class OffersModel(QAbstractListModel):
    """The offers that are wanted, in the order that is wanted.

    Views get FIRST rows, and more as they are scrolled: to lay thousands out takes a while. A row
    is worded when it is first looked at.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._offers: list[Offer] = []
        self._search: Search | None = None
        self._wanted, self._order = Wanted(), OFFERED
        self._unfit = False
        self._kept = ""
        self._possible: list[Offer] | None = None
        """What may be shown, best first; None until it is needed."""
        self._sorted: list[Offer] | None = None
        """The same in the order that is wanted, and ``_ids`` of it."""
        self._ids: list[str] = []
        self._found: list[Offer] = []
        self._shown = 0
        self._worded: dict[str, OfferRow] = {}
        self._installed: Set[tuple[str, str]] = frozenset()
        self._gpus: tuple[Gpu, ...] = ()

    def use(self, search: Search | None) -> None:
        """Find models by ``search``, which knows all that will be offered."""
        self._search = search

    def offer(
        self,
        offers: Sequence[Offer],
        installed: Set[tuple[str, str]] = frozenset(),
        gpus: Iterable[Gpu] = (),
        kept: str = "",
    ) -> None:
        """Replace the offers, of which the best comes first.

        ``installed`` are ids of models with names of quantizations. The model that is ``kept``
        stays though it ceases to fit.
        """
        self._offers = list(offers)
        self._installed, self._gpus, self._kept = installed, tuple(gpus), kept
        self._possible = self._sorted = None
        self._worded.clear()
        self._update()

    def narrow(self, wanted: Wanted, *, unfit: bool = False) -> None:
        """Show what meets the conditions; ``unfit``: also what does not fit this computer."""
        if unfit != self._unfit or self._kept:
            self._possible = self._sorted = None
        self._wanted, self._unfit, self._kept = wanted, unfit, ""
        self._update()

    def sort_by(self, order: Order) -> None:
        """Show the rows in another order."""
        if order != self._order:
            self._order, self._sorted = order, None
            self._update()

    @property
    def count(self) -> int:
        """How many offers meet the conditions, in view or not."""
        return len(self._found)

    def index_of(self, model_id: str) -> QModelIndex:
        """Return where a model is among the rows that views got; invalid if it is not there."""
        for number, offer in enumerate(self._found[: self._shown]):
            if offer.model.id == model_id:
                return self.index(number)
        return QModelIndex()

    def reveal(self, model_id: str) -> QModelIndex:
        """Return where a model is, once views got all rows up to it; invalid if it is not here."""
        with suppress(ValueError):
            self._show_up_to(_ids(self._found).index(model_id) + 1)
        return self.index_of(model_id)

    def _update(self) -> None:
        before = _ids(self._found[: self._shown])
        found = self._find()
        shown = min(len(found), max(self._shown, FIRST))
        now = _ids(found[:shown])
        if before == now:
            self._found = found
            if now:
                self.dataChanged.emit(self.index(0), self.index(shown - 1))
        elif len(before) == len(now) and set(before) == set(now):
            self._move(found, before, now)
        else:
            self.beginResetModel()
            self._found, self._shown = found, min(len(found), FIRST)
            self.endResetModel()

    def _move(self, found: list[Offer], before: Sequence[str], now: Sequence[str]) -> None:
        places = {model_id: number for number, model_id in enumerate(now)}
        self.layoutAboutToBeChanged.emit()
        old = self.persistentIndexList()
        new = [self.index(places[before[index.row()]]) for index in old]
        self._found = found
        self.changePersistentIndexList(old, new)
        self.layoutChanged.emit()

    def _find(self) -> list[Offer]:
        if self._possible is None:
            offers, may = self._offers, self._may_be_shown
            self._possible = offers if self._unfit else list(filter(may, offers))
        if self._sorted is None:
            self._sorted = ordered(self._possible, self._order)
            self._ids = _ids(self._sorted)
        if self._search is None or self._wanted == Wanted():
            return self._sorted
        found = self._search.find(self._wanted)
        return list(compress(self._sorted, map(found.__contains__, self._ids)))

    def _may_be_shown(self, offer: Offer) -> bool:
        return offer.fit.fits or offer.model.id == self._kept

    def _show_up_to(self, rows: int) -> None:
        if rows > self._shown:
            self.beginInsertRows(QModelIndex(), self._shown, rows - 1)
            self._shown = rows
            self.endInsertRows()

    def canFetchMore(self, parent: Index) -> bool:  # noqa: N802 - Qt's name
        return not parent.isValid() and self._shown < len(self._found)

    def fetchMore(self, parent: Index) -> None:  # noqa: N802 - Qt's name
        del parent
        self._show_up_to(min(len(self._found), self._shown + FIRST))

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 0 if parent.isValid() else self._shown

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401
        if not index.isValid():
            return None
        if role == RowRole:
            return self._row(index.row())
        if role == Qt.ItemDataRole.DisplayRole:
            return self._found[index.row()].model.name
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self._row(index.row()).spoken
        return None

    def _row(self, number: int) -> OfferRow:
        offer = self._found[number]
        model_id = offer.model.id
        if (row := self._worded.get(model_id)) is None:
            installed = (model_id, offer.quantization.name) in self._installed
            row = self._worded[model_id] = OfferRow.of(offer, installed, self._gpus)
        return row


def _ids(offers: Iterable[Offer]) -> list[str]:
    return [offer.model.id for offer in offers]


def _facts(offer: Offer) -> str:
    model = offer.model
    size = _("{count} parameters").format(count=parameters(model.parameters))
    if model.active_parameters and model.active_parameters != model.parameters:
        size = _("{size}, {active} active").format(
            size=size, active=parameters(model.active_parameters)
        )
    return " · ".join((size, offer.quantization.name, model.licence.name))


def _compact_facts(offer: Offer) -> str:
    """Leave out what the row says already or the reader knows."""
    model = offer.model
    size = parameters(model.parameters)
    if model.active_parameters and model.active_parameters != model.parameters:
        size = _("{size}, {active} active").format(
            size=size, active=parameters(model.active_parameters)
        )
    licence = model.licence.name.removeprefix(f"{model.publisher} ")
    return " · ".join((size, offer.quantization.name, licence))


def _memory(fit: Fit, need: MemoryNeed) -> str:
    if fit.fits:
        return _("up to {tokens} tokens of context").format(tokens=tokens(fit.max_context))
    if is_refused(fit):
        return ""
    return _("needs {need} · {free} free").format(
        need=gigabytes(need.total), free=gigabytes(need.free)
    )

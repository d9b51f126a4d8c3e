"""The offers as an item model, and the filter that the Discover page puts over it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QSortFilterProxyModel,
    Qt,
)

from alcove.fit.offer import Offer
from alcove.fit.result import Fit
from alcove.gui.fit_words import is_refused, pace
from alcove.gui.widgets.memory_bar import MemoryNeed
from alcove.hardware.machine import Gpu
from alcove.i18n import _
from alcove.words import gigabytes, parameters, tokens

Index = QModelIndex | QPersistentModelIndex
RowRole = Qt.ItemDataRole.UserRole


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
    """Offers in the order they were given, best first."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[OfferRow] = []

    def show_rows(self, rows: Sequence[OfferRow]) -> None:
        """Replace the rows; where they are of the same models, selection and place in view stay."""
        before = {row.offer.model.id: number for number, row in enumerate(self._rows)}
        now = {row.offer.model.id: number for number, row in enumerate(rows)}
        if before == now:
            self._rows = list(rows)
            if rows:
                self.dataChanged.emit(self.index(0), self.index(len(rows) - 1))
        elif before.keys() == now.keys():
            self._move_rows(rows, now)
        else:
            self.beginResetModel()
            self._rows = list(rows)
            self.endResetModel()

    def _move_rows(self, rows: Sequence[OfferRow], now: Mapping[str, int]) -> None:
        self.layoutAboutToBeChanged.emit()
        old = self.persistentIndexList()
        new = [self.index(now[self._rows[index.row()].offer.model.id]) for index in old]
        self._rows = list(rows)
        self.changePersistentIndexList(old, new)
        self.layoutChanged.emit()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401
        if not index.isValid():
            return None
        row = self._rows[index.row()]
        if role == RowRole:
            return row
        if role == Qt.ItemDataRole.DisplayRole:
            return row.name
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return row.spoken
        return None


class OffersFilter(QSortFilterProxyModel):
    """Keeps the rows that match the search, the family and the wish to see what does not fit."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._words: tuple[str, ...] = ()
        self._family = ""
        self._all = False
        self._kept = ""

    def keep(self, model_id: str) -> None:
        """Let a model that ceases to fit stay while it is looked at."""
        self._kept = model_id

    def search(self, text: str) -> None:
        """Keep rows in which every word of ``text`` occurs."""
        self._words = tuple(text.casefold().split())
        self.invalidate()

    def choose_family(self, family: str) -> None:
        """Keep one family; empty keeps all."""
        self._family = family
        self.invalidate()

    def show_unfit(self, wanted: bool) -> None:
        """Keep models that do not fit this computer, too."""
        self._all = wanted
        self.invalidate()

    def filterAcceptsRow(self, source_row: int, source_parent: Index) -> bool:
        index = self.sourceModel().index(source_row, 0, source_parent)
        row: OfferRow = index.data(RowRole)
        model = row.offer.model
        if not (self._all or row.offer.fit.fits or model.id == self._kept):
            return False
        if self._family and model.family != self._family:
            return False
        haystack = (
            f"{model.name} {model.publisher} {model.family} {model.id} {row.facts}".casefold()
        )
        return all(word in haystack for word in self._words)


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

"""The ledger as a table: forecasts beside what was then measured."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median_low
from typing import Any, Literal

from PySide6.QtCore import (
    QAbstractTableModel,
    QDate,
    QLocale,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
)

from alcove.fit.configuration import ALL_LAYERS, Configuration
from alcove.fit.records import Answer, Entry, Load
from alcove.fit.result import Range
from alcove.i18n import _
from alcove.words import gigabytes, tokens

Index = QModelIndex | QPersistentModelIndex
CellRole = Qt.ItemDataRole.UserRole

Tone = Literal["plain", "muted", "good", "fair"]

_CLOSE = 0.05
"""By what share memory may differ from a forecast that holds."""


@dataclass(frozen=True)
class Cell:
    """What one cell says: a text, a smaller note beneath it, and both in words for a reader.

    ``compact`` is the note where the table is narrow: it has what the columns left out would say.
    """

    text: str
    note: str = ""
    compact: str = ""
    tone: Tone = "plain"
    note_tone: Tone = "muted"
    spoken: str = ""


_NOTHING = Cell("–", tone="muted")


@dataclass(frozen=True)
class LedgerRow:
    """One load in the words and figures of its row."""

    when: Cell
    model: Cell
    memory_forecast: Cell
    memory_measured: Cell
    speed_forecast: Cell
    speed_measured: Cell

    @classmethod
    def of(cls, load: Load, answers: Sequence[Answer], now: datetime) -> LedgerRow:
        """Word one load and its answers; ``now`` tells today from other days."""
        typical = _typical(answers)
        when, way = (
            _when(load.when, now),
            configuration_in_short(load.conditions.configuration),
        )
        return cls(
            when=Cell(when, tone="muted"),
            model=Cell(load.name, way, compact=f"{when} · {way}"),
            memory_forecast=Cell(gigabytes(load.predicted_total), tone="muted"),
            memory_measured=_memory(load),
            speed_forecast=_speed_forecast(typical),
            speed_measured=_speed(typical),
        )


@dataclass(frozen=True)
class _Column:
    title: str
    cell: Callable[[LedgerRow], Cell]
    right: bool = True


def _columns() -> tuple[_Column, ...]:
    return (
        _Column(_("When"), lambda row: row.when, right=False),
        _Column(_("Model"), lambda row: row.model, right=False),
        _Column(_("Memory\nforecast"), lambda row: row.memory_forecast),
        _Column(_("Memory\nmeasured"), lambda row: row.memory_measured),
        _Column(_("Tokens/s\nforecast"), lambda row: row.speed_forecast),
        _Column(_("Tokens/s\nmeasured"), lambda row: row.speed_measured),
    )


WHEN, MODEL, MEMORY_FORECAST, MEMORY_MEASURED, SPEED_FORECAST, SPEED_MEASURED = range(6)
"""The columns."""


class LedgerModel(QAbstractTableModel):
    """Loads in the order they were given, newest first; each cell's Cell is its CellRole."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._columns = _columns()
        self._rows: list[LedgerRow] = []

    def show_rows(self, rows: Iterable[LedgerRow]) -> None:
        """Replace the rows."""
        self.beginResetModel()
        self._rows = list(rows)
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 0 if parent.isValid() else len(self._columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401
        if not index.isValid():
            return None
        column = self._columns[index.column()]
        cell = column.cell(self._rows[index.row()])
        if role == CellRole:
            return cell
        if role == Qt.ItemDataRole.DisplayRole:
            return cell.text
        if role == Qt.ItemDataRole.ToolTipRole:
            return "\n".join(filter(None, (cell.text, cell.note)))
        if role == Qt.ItemDataRole.AccessibleTextRole:
            title = column.title.replace("\n", " ")
            return f"{title}: {cell.spoken or ', '.join(filter(None, (cell.text, cell.note)))}"
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(column)
        return None

    def headerData(
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> Any:  # noqa: ANN401
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._columns[section].title
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(self._columns[section])
        return None


def ledger_rows(
    loads: Iterable[Load], entries: Iterable[Entry], now: datetime
) -> tuple[LedgerRow, ...]:
    """Word loads together with their answers."""
    answers: dict[int, list[Answer]] = {}
    for entry in entries:
        answers.setdefault(entry.load.id, []).append(entry.answer)
    return tuple(LedgerRow.of(load, answers.get(load.id, ()), now) for load in loads)


def configuration_in_short(configuration: Configuration) -> str:
    """Say how a file was loaded: "8k context · KV q8_0 · 24 layers on the GPU"."""
    parts = [_("{tokens} context").format(tokens=tokens(configuration.context))]
    if configuration.kv_type != "f16":
        parts.append(f"KV {configuration.kv_type}")
    if configuration.gpu_layers == ALL_LAYERS:
        parts.append(_("all layers on the GPU"))
    elif configuration.gpu_layers:
        parts.append(_("{count} layers on the GPU").format(count=configuration.gpu_layers))
    else:
        parts.append(_("in RAM"))
    if configuration.cpu_moe_layers:
        parts.append(
            _("experts of {count} layers in RAM").format(count=configuration.cpu_moe_layers)
        )
    return " · ".join(parts)


def speed_figure(value: float) -> str:
    """Write a speed with the digits that mean something: "0.42", "8.2", "31"."""
    return f"{value:.2f}" if value < 1 else f"{value:.1f}" if value < 9.95 else f"{value:.0f}"


def range_figure(forecast: Range) -> str:
    """Write the bounds of a forecast of speed: "6.9-9.3"."""
    low, high = speed_figure(forecast.low), speed_figure(forecast.high)
    return low if low == high else f"{low}-{high}"


def is_close(forecast: int, measured: int) -> bool:
    """Whether a forecast of memory, in bytes, holds."""
    return abs(measured - forecast) <= _CLOSE * forecast


def _alignment(column: _Column) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignRight if column.right else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter


def _when(when: datetime, now: datetime) -> str:
    here, today = when.astimezone(), now.astimezone()
    if here.date() == today.date():
        return f"{here:%H:%M}"
    pattern = "d MMM" if here.year == today.year else "d MMM yyyy"
    return QLocale().toString(QDate(here.year, here.month, here.day), pattern)


def _memory(load: Load) -> Cell:
    text = gigabytes(load.measured_total)
    if load.peak_bytes is None:  # llama.cpp takes its compute buffers with the first prompt
        waiting = _("no answer yet")
        return Cell(text, waiting, compact=waiting, tone="muted")
    forecast, measured = load.predicted_total, load.measured_total
    share = measured / max(forecast, 1) - 1
    return _compared(text, gigabytes(forecast), share, close=is_close(forecast, measured))


def _typical(answers: Sequence[Answer]) -> Answer | None:
    """Pick the answer in the middle, by how right its forecast was, among those long enough."""
    long = [one for one in answers if one.is_long_enough] or list(answers)
    foretold = [one for one in long if one.forecast and one.forecast.expected > 0]

    def ratio(one: Answer) -> float:
        return one.generation / one.forecast.expected if one.forecast else one.generation

    candidates = foretold or long
    if not candidates:
        return None
    middle = median_low(map(ratio, candidates))
    return next(one for one in candidates if ratio(one) == middle)


def _speed_forecast(answer: Answer | None) -> Cell:
    if answer is None or answer.forecast is None:
        return _NOTHING
    return Cell(range_figure(answer.forecast), tone="muted")


def _speed(answer: Answer | None) -> Cell:
    if answer is None:
        return _NOTHING
    text, forecast = speed_figure(answer.generation), answer.forecast
    if not answer.is_long_enough:
        short = _("short answer")
        return Cell(text, short, compact=short, tone="muted")
    if forecast is None or forecast.expected <= 0:
        unknown = _("no forecast")
        return Cell(text, unknown, compact=unknown)
    share = answer.generation / forecast.expected - 1
    close = forecast.low <= answer.generation <= forecast.high
    return _compared(text, range_figure(forecast), share, close=close)


def _compared(text: str, forecast: str, share: float, *, close: bool) -> Cell:
    percent = round(share * 100)
    note, words = _("as forecast"), _("as forecast")
    if percent > 0:
        note, words = f"+{percent} %", _("{percent} % more than forecast")
    elif percent < 0:
        note, words = f"−{-percent} %", _("{percent} % less than forecast")
    return Cell(
        text,
        note,
        compact=_("forecast {forecast}").format(forecast=forecast),
        note_tone="good" if close else "fair",
        spoken=f"{text}, {words.format(percent=abs(percent))}",
    )

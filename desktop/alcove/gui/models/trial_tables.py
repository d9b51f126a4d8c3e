"""The tables of a run: a row per model with its figures, and a row per prompt with its outcomes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor

from alcove.gui.colours import Colours
from alcove.i18n import _
from alcove.trials import words
from alcove.trials.run import Reply, Run
from alcove.trials.summary import Figure, Summary, is_hidden, summaries
from alcove.words import decimal

Index = QModelIndex | QPersistentModelIndex

Tone = Literal["text", "muted", "good", "fair", "bad"]

_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


@dataclass(frozen=True)
class Cell:
    """What a cell says, its colour, and more that a tooltip tells."""

    text: str
    tone: Tone = "text"
    more: str = ""


class CellTable(QAbstractTableModel):
    """Cells under titles; the first column stands at the left, the others at the right."""

    def __init__(self, colours: Colours, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._colours = colours
        self._titles: tuple[str, ...] = ()
        self._rows: list[tuple[Cell, ...]] = []

    def show_cells(self, titles: Sequence[str], rows: Sequence[tuple[Cell, ...]]) -> None:
        """Show rows in place of those before; where only some cells changed, the rest stays."""
        if tuple(titles) != self._titles or len(rows) != len(self._rows):
            self.beginResetModel()
            self._titles, self._rows = tuple(titles), list(rows)
            self.endResetModel()
            return
        for number, row in enumerate(rows):
            if row != self._rows[number]:
                self._rows[number] = row
                self.dataChanged.emit(self.index(number, 0), self.index(number, len(row) - 1))

    def recolour(self, colours: Colours) -> None:
        """Show the same in other colours."""
        self._colours = colours
        if self._rows:
            last = self.index(len(self._rows) - 1, len(self._titles) - 1)
            self.dataChanged.emit(self.index(0, 0), last)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 0 if parent.isValid() else len(self._titles)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401
        if not index.isValid():
            return None
        cell = self._rows[index.row()][index.column()]
        if role == Qt.ItemDataRole.DisplayRole:
            return cell.text
        if role == Qt.ItemDataRole.ToolTipRole:
            return cell.more or cell.text
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{self._titles[index.column()]}: {cell.text}"
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _RIGHT if index.column() else _LEFT
        if role == Qt.ItemDataRole.ForegroundRole:
            return QColor(getattr(self._colours, cell.tone))
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:  # noqa: ANN401
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return self._titles[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _RIGHT if section else _LEFT
        return None


def model_titles(run: Run) -> tuple[str, ...]:
    """Return the titles of ``model_cells``."""
    shared = (_("Generation"), _("Prompt"), _("First token"), _("Peak memory"))
    if run.kind == "bench":
        return (_("Model"), *shared)
    return (_("Model"), _("Passed"), _("Votes"), *shared)


def model_cells(run: Run) -> list[tuple[Cell, ...]]:
    """Return a row for each model; speeds are medians in tokens per second."""
    return [_model_row(run, one) for one in summaries(run)]


def prompt_titles(run: Run) -> tuple[str, ...]:
    """Return the titles of ``prompt_cells``."""
    return (_("Prompt"), *(one.name for one in run.contestants))


def prompt_cells(run: Run) -> list[tuple[Cell, ...]]:
    """Return a row for each prompt, with what each model made of it."""
    if run.kind == "bench":
        return _bench_rows(run)
    return [
        (
            Cell(prompt.name, more=prompt.text),
            *(_outcome(run, prompt.name, one.id) for one in run.contestants),
        )
        for prompt in run.trial.prompts
    ]


def _model_row(run: Run, one: Summary) -> tuple[Cell, ...]:
    name = Cell(one.contestant.name, more=one.contestant.target)
    if one.contestant.failure:
        name = Cell(one.contestant.name, "bad", one.contestant.failure)
    figures = (
        _counted(words.speed(one.generation), one.generation),
        _counted(words.speed(one.prompt), one.prompt),
        _counted(words.seconds(one.first_token), one.first_token),
        Cell(words.memory(one), "text" if one.peak_memory_bytes else "muted"),
    )
    if run.kind == "bench":
        return (name, *figures)
    return (name, _passed(one), Cell(str(one.votes), "text" if one.votes else "muted"), *figures)


def _passed(one: Summary) -> Cell:
    text = words.passes(one)
    if not one.checked:
        return Cell(text, "muted")
    tone: Tone = "good" if one.passed == one.checked else "fair" if one.passed else "bad"
    return Cell(text, tone)


def _counted(text: str, figure: Figure) -> Cell:
    if not figure.count:
        return Cell(text, "muted")
    more = _("The median of {count} answers, which range over {spread}").format(
        count=figure.count, spread=words.spread(figure)
    )
    return Cell(text, more=more)


def _outcome(run: Run, prompt: str, contestant: int) -> Cell:
    reply = run.of(contestant, prompt)
    if reply is None:
        return Cell(words.NONE, "muted")
    if is_hidden(run, prompt):
        return Cell(_("vote first"), "muted")
    best = " ★" if run.votes.get(prompt) == contestant else ""
    return Cell(words.mark(reply) + best, _tone(reply), words.why(reply) or reply.text)


def _tone(reply: Reply) -> Tone:
    if reply.failure:
        return "bad"
    if not reply.findings:
        return "text"
    tones: dict[bool | None, Tone] = {True: "good", False: "bad", None: "fair"}
    return tones[reply.passed]


def _bench_rows(run: Run) -> list[tuple[Cell, ...]]:
    return [
        (
            Cell(_("{size} tokens").format(size=f"{int(prompt.name):,}")),
            *(_bench_cell(one) for one in summaries(run, prompt.name)),
        )
        for prompt in run.trial.prompts
    ]


def _bench_cell(one: Summary) -> Cell:
    if one.prompt.median is None or one.generation.median is None:
        return Cell(words.NONE, "muted")
    text = _("{prompt} read, {generation} written").format(
        prompt=decimal(one.prompt.median), generation=decimal(one.generation.median)
    )
    more = _("Read at {prompt}, written at {generation} tokens/s, {count} times").format(
        prompt=words.spread(one.prompt),
        generation=words.spread(one.generation),
        count=one.prompt.count,
    )
    return Cell(text, more=more)

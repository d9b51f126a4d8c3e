"""Formulas inside a QTextDocument: objects between letters, which stand on the line as they do."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRect, QRectF, QSizeF
from PySide6.QtGui import (
    QFontMetricsF,
    QPainter,
    QPyTextObject,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFormat,
)

from alcove.gui.chat.formula import SIZE, Formula, formula_of

OBJECT = QTextFormat.ObjectTypes.UserObject.value + 1
"""The type of these objects."""
_LATEX = QTextFormat.Property.UserProperty.value + 100
_SOURCE = _LATEX + 1
_DISPLAYED = _LATEX + 2
_BEARING = 1.5
"""How many pixels are free beside a formula."""
REPLACEMENT = "\ufffc"
"""The letter in whose place an object stands."""


def formula_format(
    style: QTextCharFormat, latex: str, source: str, *, displayed: bool
) -> QTextCharFormat:
    """Return the format of an object with a formula, among text of ``style``."""
    made = QTextCharFormat(style)
    made.setObjectType(OBJECT)
    made.setVerticalAlignment(QTextCharFormat.VerticalAlignment.AlignMiddle)
    made.setToolTip(latex)
    made.setProperty(_LATEX, latex)
    made.setProperty(_SOURCE, source)
    made.setProperty(_DISPLAYED, displayed)
    return made


def with_sources(selection: QTextCursor) -> str:
    """Return the selected text with the Markdown of its formulas in their places."""
    document, at = selection.document(), QTextCursor(selection)
    sources = []
    for position in range(selection.selectionStart(), selection.selectionEnd()):
        if document.characterAt(position) == REPLACEMENT:
            at.setPosition(position + 1)
            sources.append(at.charFormat().stringProperty(_SOURCE))
    first, *others = selection.selection().toPlainText().split(REPLACEMENT)
    return first + "".join(map("".join, zip(sources, others, strict=False)))


class FormulaObject(QPyTextObject):
    """Says how large formulas are, and paints them; wider ones than the text are made smaller."""

    def __init__(self, document: QTextDocument) -> None:
        super().__init__(document)
        document.documentLayout().registerHandler(OBJECT, self)

    def intrinsicSize(  # noqa: N802 - a Qt override
        self, document: QTextDocument, _position: int, style: QTextFormat
    ) -> QSizeF:
        formula, font = _formula(style), _Metrics(style)
        if formula is None:
            return QSizeF(0, 0)
        scale = _scale(formula, font, document)
        return QSizeF(formula.width * scale + 2 * _BEARING, font.height(formula, scale))

    def drawObject(  # noqa: N802 - a Qt override
        self,
        painter: QPainter,
        rect: QRectF | QRect,
        document: QTextDocument,
        position: int,
        style: QTextFormat,
    ) -> None:
        formula = _formula(style)
        if formula is None:
            return
        origin = QPointF(rect.left() + _BEARING, _baseline(rect, document, position))
        colour = style.foreground().color()
        formula.paint(painter, origin, _scale(formula, _Metrics(style), document), colour)


class _Metrics:
    """The room of an object that is aligned to the middle.

    Qt leaves as much of it above as below a line that is half an x above the baseline.
    """

    def __init__(self, style: QTextFormat) -> None:
        self._font = style.toCharFormat().font()
        metrics = QFontMetricsF(self._font)
        self._half = metrics.xHeight() / 2

    @property
    def size(self) -> float:
        """How large the letters are by those that formulas are set in."""
        return self._font.pixelSize() * 1.06 / SIZE

    def height(self, formula: Formula, scale: float) -> float:
        """Return the least height that keeps a formula within its line."""
        above, below = formula.ascent * scale, formula.descent * scale
        return max(2 * above - self._half, 2 * below + self._half, self._half)


def _baseline(rect: QRectF | QRect, document: QTextDocument, position: int) -> float:
    """Return where the baseline of the line is in whose middle Qt has put ``rect``."""
    block = document.findBlock(position)
    line = block.layout().lineForTextPosition(position - block.position())
    return QRectF(rect).center().y() + (line.ascent() - line.descent()) / 2


def _formula(style: QTextFormat) -> Formula | None:
    return formula_of(style.stringProperty(_LATEX), displayed=style.boolProperty(_DISPLAYED))


def _scale(formula: Formula, font: _Metrics, document: QTextDocument) -> float:
    room = document.textWidth()
    fit = (room - 2 * _BEARING) / formula.width if room > 0 and formula.width > 0 else font.size
    return min(font.size, fit)

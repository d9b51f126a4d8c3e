"""LaTeX set by ziamath, as shapes that Qt paints crisply at every scale and in every colour."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, Qt

if TYPE_CHECKING:
    from ziamath.zmath import Latex

SIZE = 16
"""Height of the type that formulas are set in, in pixels."""
_KNOWN = 500
"""How many formulas are remembered."""
_UNKNOWN = re.compile(r"<mi>\s*\\")
_TEXT_COLOURS = {"", "black", "none"}


@dataclass(frozen=True)
class Shape:
    """A part of a formula; ``colour`` is empty for the colour of the text around."""

    path: QPainterPath
    colour: str = ""
    stroke: float = 0.0
    """Width of the line along the path, in pixels; 0: the path is filled."""


@dataclass(frozen=True)
class Formula:
    """A formula, its origin at the left end of its baseline. All in pixels."""

    shapes: tuple[Shape, ...]
    left: float
    width: float
    ascent: float
    descent: float

    def paint(self, painter: QPainter, origin: QPointF, scale: float, colour: QColor) -> None:
        """Paint it with the left end of its baseline at ``origin``."""
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.translate(origin)
        painter.scale(scale, scale)
        painter.translate(-self.left, 0)
        for shape in self.shapes:
            own = QColor(shape.colour) if QColor.isValidColorName(shape.colour) else colour
            if shape.stroke:
                painter.strokePath(shape.path, QPen(own, shape.stroke))
            else:
                painter.fillPath(shape.path, own)
        painter.restore()


@lru_cache(maxsize=_KNOWN)
def formula_of(latex: str, *, displayed: bool) -> Formula | None:
    """Set ``latex``; None if it is not understood, or needs letters that the font does not have."""
    if not _is_balanced(latex):
        return None
    from ziamath.config import config
    from ziamath.zmath import Latex

    config.svg2 = False  # paths where they belong, instead of references to symbols
    try:
        made = Latex(latex, size=SIZE, inline=not displayed)
        if _UNKNOWN.search(made.mathmlstr()) or not _has_glyphs(made):
            return None
        drawing = Element("svg")
        made.node.draw(0, 0, drawing)
        shapes = tuple(_shapes(drawing))
    except Exception:  # whatever a model writes, and ziamath stumbles over, stays text
        return None
    box = made.node.bbox
    return Formula(shapes, box.xmin, box.xmax - box.xmin, box.ymax, -box.ymin)


def prepare() -> None:
    """Read the font, which takes a fifth of a second. Any thread."""
    formula_of("x", displayed=False)


def _is_balanced(latex: str) -> bool:
    """Whether every group is closed; ziamath would close it where the formula ends."""
    braces = re.sub(r"\\.", "", latex, flags=re.DOTALL)
    return braces.count("{") == braces.count("}")


def _has_glyphs(made: Latex) -> bool:
    """Whether the font has all letters; Latin ones in other styles come with the plain ones."""
    letters = {letter for letter in "".join(made.mathml.itertext()) if letter.isprintable()}
    return all(made.font.glyphindex(letter) for letter in letters - {" "})


def _shapes(drawing: Element) -> Iterator[Shape]:
    for part in drawing:
        path = _path(part)
        if path is None or path.isEmpty():
            continue
        fill, stroke = part.get("fill", ""), part.get("stroke", "")
        if fill != "none" and not (stroke and fill in _TEXT_COLOURS):
            yield Shape(path, "" if fill in _TEXT_COLOURS else fill)
        if stroke:
            width = float(part.get("stroke-width", "1"))
            yield Shape(path, "" if stroke in _TEXT_COLOURS else stroke, width)


def _path(part: Element) -> QPainterPath | None:
    made = QPainterPath()
    made.setFillRule(Qt.FillRule.WindingFill)
    match part.tag:
        case "path":
            _trace(made, part.get("d", "").split())
        case "rect":
            x, y, width, height = (float(part.get(n, "0")) for n in ("x", "y", "width", "height"))
            radius = float(part.get("rx", "0"))
            made.addRoundedRect(QRectF(x, y, width, height), radius, radius)
        case "ellipse":
            x, y, rx, ry = (float(part.get(name, "0")) for name in ("cx", "cy", "rx", "ry"))
            made.addEllipse(QPointF(x, y), rx, ry)
        case _:
            return None
    return made


def _trace(path: QPainterPath, words: list[str]) -> None:
    """Follow a path of SVG with absolute places."""
    numbers = iter(words)

    def point() -> QPointF:
        return QPointF(float(next(numbers)), float(next(numbers)))

    for word in numbers:
        match word:
            case "M":
                path.moveTo(point())
            case "L":
                path.lineTo(point())
            case "Q":
                path.quadTo(point(), point())
            case "C":
                path.cubicTo(point(), point(), point())
            case "Z":
                path.closeSubpath()

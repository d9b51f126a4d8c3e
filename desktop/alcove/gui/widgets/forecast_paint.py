"""How the plot of forecasts against measurements is drawn."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen, QPolygonF

from alcove.gui.colours import Colours
from alcove.gui.models.forecasts import Plot, PlotPoint
from alcove.gui.theme import BODY, CAPTION, font
from alcove.gui.widgets.log_scale import LogScale
from alcove.i18n import _

_LEFT, _TOP, _RIGHT, _BOTTOM = 46, 26, 10, 44
_RADIUS, _CAP = 4.5, 3.0
_LINE = 18
_CLOSE = 1.1
"""The band along the diagonal holds what is off by less than this factor."""

_Side = Qt.AlignmentFlag


def area_in(bounds: QRectF) -> QRectF:
    """Return where in a widget the points lie, between the axes."""
    return bounds.adjusted(_LEFT, _TOP, -_RIGHT, -_BOTTOM)


def scale_of(plot: Plot) -> LogScale:
    """Return the scale that both axes have."""
    return LogScale.over(
        value
        for point in plot.points
        for value in (point.low, point.forecast, point.high, point.measured)
    )


def place_of(point: PlotPoint, scale: LogScale, area: QRectF) -> QPointF:
    """Return where a point lies."""
    return _place(point.forecast, point.measured, scale, area)


def paint_plot(
    painter: QPainter,
    bounds: QRectF,
    plot: Plot,
    chosen: int | None,
    colours: Colours,
    *,
    focused: bool,
) -> None:
    """Draw a plot; the oldest points lie lowest, the chosen one says what it is."""
    area, scale = area_in(bounds), scale_of(plot)
    _paint_diagonal(painter, area, scale, colours)
    _paint_axes(painter, area, scale, plot, colours)
    _paint_sides(painter, area, plot, colours)
    painter.setPen(QPen(QColor(colours.accent if focused else colours.border), 1))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(area, 6, 6)
    for point in reversed(plot.points):
        _paint_point(painter, area, scale, point, colours)
    if chosen is not None:
        point = plot.points[chosen]
        _paint_point(painter, area, scale, point, colours, chosen=True)
        _paint_words(painter, bounds, place_of(point, scale, area), point, colours)


def _place(forecast: float, measured: float, scale: LogScale, area: QRectF) -> QPointF:
    return QPointF(
        area.left() + area.width() * scale.share(forecast),
        area.bottom() - area.height() * scale.share(measured),
    )


def _paint_diagonal(painter: QPainter, area: QRectF, scale: LogScale, colours: Colours) -> None:
    painter.save()
    painter.setClipRect(area)
    corners = [
        _place(scale.low / 2, scale.low / 2 * _CLOSE, scale, area),
        _place(scale.high * 2, scale.high * 2 * _CLOSE, scale, area),
        _place(scale.high * 2, scale.high * 2 / _CLOSE, scale, area),
        _place(scale.low / 2, scale.low / 2 / _CLOSE, scale, area),
    ]
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colours.accent_soft))
    painter.drawPolygon(QPolygonF(corners))
    painter.setPen(QPen(QColor(colours.accent), 1.2, Qt.PenStyle.DashLine))
    painter.drawLine(area.bottomLeft(), area.topRight())
    painter.restore()


def _paint_axes(
    painter: QPainter, area: QRectF, scale: LogScale, plot: Plot, colours: Colours
) -> None:
    face = font(CAPTION)
    painter.setFont(face)
    grid = QColor(colours.border)
    grid.setAlphaF(0.6)
    for value in scale.ticks():
        here = _place(value, value, scale, area)
        painter.setPen(QPen(grid, 1))
        painter.drawLine(QPointF(here.x(), area.top()), QPointF(here.x(), area.bottom()))
        painter.drawLine(QPointF(area.left(), here.y()), QPointF(area.right(), here.y()))
        painter.setPen(QColor(colours.muted))
        beneath = QRectF(here.x() - 30, area.bottom() + 4, 60, _LINE)
        painter.drawText(beneath, _Side.AlignCenter, f"{value:g}")
        beside = QRectF(0, here.y() - _LINE / 2, _LEFT - 8, _LINE)
        painter.drawText(beside, _Side.AlignRight | _Side.AlignVCenter, f"{value:g}")
    painter.setPen(QColor(colours.muted))
    above = QRectF(0, 0, area.right(), _TOP - 6)
    vertical = _("Measured, {unit}").format(unit=plot.unit)
    painter.drawText(above, _Side.AlignLeft | _Side.AlignVCenter, vertical)
    below = QRectF(area.left(), area.bottom() + _BOTTOM - _LINE, area.width(), _LINE)
    horizontal = _("Forecast, {unit}").format(unit=plot.unit)
    painter.drawText(below, _Side.AlignRight | _Side.AlignVCenter, horizontal)


def _paint_sides(painter: QPainter, area: QRectF, plot: Plot, colours: Colours) -> None:
    painter.setFont(font(CAPTION))
    painter.setPen(QColor(colours.muted))
    inner = area.adjusted(10, 6, -10, -6)
    painter.drawText(inner, _Side.AlignLeft | _Side.AlignTop, plot.above)
    painter.drawText(inner, _Side.AlignRight | _Side.AlignBottom, plot.below)


def _paint_point(
    painter: QPainter,
    area: QRectF,
    scale: LogScale,
    point: PlotPoint,
    colours: Colours,
    *,
    chosen: bool = False,
) -> None:
    """Draw a point on the bar of its forecast's bounds; it is hollow where the forecast failed."""
    here = place_of(point, scale, area)
    colour = QColor(colours.accent if point.inside else colours.fair)
    bar = QColor(colour)
    bar.setAlphaF(1.0 if chosen else 0.45)
    painter.setPen(QPen(bar, 1.6 if chosen else 1.2))
    if point.low < point.high:
        ends = [_place(value, point.measured, scale, area) for value in (point.low, point.high)]
        painter.drawLine(*ends)
        for end in ends:
            painter.drawLine(end - QPointF(0, _CAP), end + QPointF(0, _CAP))
    radius = _RADIUS + 1.5 if chosen else _RADIUS
    painter.setPen(QPen(colour if not point.inside else QColor(colours.surface), 1.6))
    painter.setBrush(colour if point.inside else QColor(colours.surface))
    painter.drawEllipse(here, radius, radius)


def _paint_words(
    painter: QPainter, bounds: QRectF, here: QPointF, point: PlotPoint, colours: Colours
) -> None:
    """Draw what a point is above it, or beneath it where there is no room."""
    strong, caption = font(BODY, "bold"), font(CAPTION)
    most = bounds.width() - 24
    name = QFontMetricsF(strong).elidedText(point.name, Qt.TextElideMode.ElideRight, most)
    words = QFontMetricsF(caption).elidedText(point.words, Qt.TextElideMode.ElideRight, most)
    width = max(
        QFontMetricsF(strong).horizontalAdvance(name),
        QFontMetricsF(caption).horizontalAdvance(words),
    )
    size = QSizeF(width + 22, 2 * _LINE + 12)
    left = here.x() - size.width() / 2
    left = max(min(left, bounds.right() - size.width()), bounds.left() + 1)
    top = here.y() - size.height() - 12
    if top < bounds.top():
        top = here.y() + 12
    box = QRectF(QPointF(left, top), size)
    painter.setPen(QPen(QColor(colours.border), 1))
    painter.setBrush(QColor(colours.raised))
    painter.drawRoundedRect(box, 8, 8)
    line = QRectF(box.left() + 10, box.top() + 5, width + 2, _LINE)
    painter.setFont(strong)
    painter.setPen(QColor(colours.text))
    painter.drawText(line, _Side.AlignLeft | _Side.AlignVCenter, name)
    painter.setFont(caption)
    painter.setPen(QColor(colours.muted))
    painter.drawText(line.translated(0, _LINE), _Side.AlignLeft | _Side.AlignVCenter, words)

"""Forecasts against measurements, as a scatter plot: right ones lie on the diagonal."""

from __future__ import annotations

from collections.abc import Sequence
from math import hypot

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QAccessible,
    QAccessibleEvent,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from alcove.fit.records import Entry, Load
from alcove.gui.models.forecasts import Plot, memory_plot, speed_plot
from alcove.gui.theme import Theme
from alcove.gui.widgets.forecast_paint import area_in, paint_plot, place_of, scale_of
from alcove.gui.widgets.parts import column, label, row
from alcove.gui.widgets.select import Select
from alcove.i18n import _

_REACH = 14
"""How near, in pixels, the pointer must come to a point."""

_STEPS = {Qt.Key.Key_Right: 1, Qt.Key.Key_Up: 1, Qt.Key.Key_Left: -1, Qt.Key.Key_Down: -1}


class ForecastPlot(QWidget):
    """Draws one Plot. The pointer and the arrow keys choose a point, which then says what it is."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._plot = speed_plot(())
        self._chosen: int | None = None
        self.setAccessibleName(_("Forecast against measurement"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.show_plot(self._plot)
        theme.changed.connect(self.update)

    @property
    def chosen(self) -> int | None:
        """The place of the chosen point among those of the plot, None where none is."""
        return self._chosen

    def show_plot(self, plot: Plot) -> None:
        """Draw another plot."""
        self._plot = plot
        self._chosen = None
        self._describe()
        self.update()

    def choose(self, chosen: int | None) -> None:
        """Mark a point and say what it is; None for none."""
        if chosen != self._chosen:
            self._chosen = chosen
            self._describe()
            self.update()

    def place(self, point: int) -> QPointF:
        """Return where a point is drawn."""
        return place_of(self._plot.points[point], scale_of(self._plot), self._area())

    def sizeHint(self) -> QSize:
        return QSize(520, 300)

    def minimumSizeHint(self) -> QSize:
        return QSize(260, 300)

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        bounds = QRectF(self.rect())
        colours = self._theme.colours
        paint_plot(painter, bounds, self._plot, self._chosen, colours, focused=self.hasFocus())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        here = event.position()
        distances = [
            (hypot(*(self.place(point) - here).toTuple()), point)
            for point in range(len(self._plot.points))
        ]
        distance, nearest = min(distances, default=(_REACH, 0))
        self.choose(nearest if distance < _REACH else None)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        if not self.hasFocus():
            self.choose(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        order = sorted(
            range(len(self._plot.points)), key=lambda point: self._plot.points[point].forecast
        )
        key = Qt.Key(event.key())
        if not order or key not in {*_STEPS, Qt.Key.Key_Home, Qt.Key.Key_End, Qt.Key.Key_Escape}:
            super().keyPressEvent(event)
        elif key == Qt.Key.Key_Escape:
            self.choose(None)
        elif self._chosen is None or key in (Qt.Key.Key_Home, Qt.Key.Key_End):
            self.choose(order[-1 if key == Qt.Key.Key_End else 0])
        else:
            place = order.index(self._chosen) + _STEPS[key]
            self.choose(order[min(max(place, 0), len(order) - 1)])

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.choose(None)
        self.update()

    def _area(self) -> QRectF:
        return area_in(QRectF(self.rect()))

    def _describe(self) -> None:
        said = self._plot.sentence
        if self._chosen is not None:
            point = self._plot.points[self._chosen]
            said = f"{point.name}: {point.words}"
        self.setAccessibleDescription(said)
        changed = QAccessibleEvent(self, QAccessible.Event.DescriptionChanged)
        QAccessible.updateAccessibility(changed)


class ForecastPanel(QWidget):
    """The plot with a sentence that sums it up, for speed or for memory; hidden without either."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.sentence = label(role="muted", wrap=True)
        self.choice = Select(_("What is compared"), theme)
        for key, text in (("speed", _("Speed")), ("memory", _("Memory"))):
            self.choice.addItem(text, key)
        self.choice.currentIndexChanged.connect(self._show)
        self.plot = ForecastPlot(theme)
        head = row(spacing=12)
        head.addWidget(self.sentence, 1)
        head.addWidget(self.choice, 0, Qt.AlignmentFlag.AlignTop)
        self.setLayout(column(head, self.plot, spacing=8))
        self.show_ledger((), ())

    def show_ledger(self, loads: Sequence[Load], entries: Sequence[Entry]) -> None:
        """Show loads and the answers that they gave."""
        self._plots = {"speed": speed_plot(entries), "memory": memory_plot(loads)}
        self.setVisible(any(plot.points for plot in self._plots.values()))
        self._show()

    def _show(self) -> None:
        plot = self._plots[self.choice.currentData()]
        self.sentence.setText(plot.sentence)
        self.plot.show_plot(plot)
        self.plot.setVisible(bool(plot.points))

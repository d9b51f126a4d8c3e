"""The memory bar with its legend, one per device."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QWidget

from alcove.fit.result import DeviceShare, Fit
from alcove.gui.theme import Theme
from alcove.gui.widgets.elided_label import ElidedLabel
from alcove.gui.widgets.memory_bar import MemoryBar, MemoryNeed
from alcove.gui.widgets.parts import column, label, row
from alcove.i18n import _
from alcove.words import gigabytes


class MemoryLegend(QWidget):
    """Says where the memory of a model goes."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._bars: list[_DeviceBar] = []
        self._devices = column(spacing=10)
        self._figures: list[QLabel] = []
        layout = column(spacing=10)
        layout.addLayout(self._devices)
        for colour, text in (
            ("weights", _("Weights")),
            ("context", _("Context")),
            ("compute", _("Compute")),
            ("muted", _("Process")),
        ):
            figure = label(role="strong")
            self._figures.append(figure)
            layout.addLayout(row(_Dot(theme, colour), label(text, "muted"), None, figure))
        self.setLayout(layout)

    def show_fit(self, fit: Fit) -> None:
        """Draw a bar for each device that the model uses."""
        used = [share for share in fit.devices if share.needed_bytes]
        while len(self._bars) < len(used):
            self._bars.append(_DeviceBar(self._theme))
            self._devices.addWidget(self._bars[-1])
        for bar, share in zip(self._bars, used, strict=False):
            bar.show_share(share, fit.overhead_bytes)
        for number, bar in enumerate(self._bars):
            bar.setVisible(number < len(used))
        sizes = (fit.weights_bytes, fit.context_bytes, fit.compute_bytes, fit.overhead_bytes)
        for figure, size in zip(self._figures, sizes, strict=True):
            figure.setText(gigabytes(size))


class _DeviceBar(QWidget):
    """The name of one device, what is taken of it, and the bar."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._name = ElidedLabel(role="muted")
        self._text = label(role="caption")
        self._bar = MemoryBar(theme)
        title = row(self._name, self._text)
        title.setStretch(0, 1)
        self.setLayout(column(title, self._bar, spacing=2))

    def show_share(self, share: DeviceShare, overhead_bytes: int) -> None:
        """Show what the model takes of a device; in RAM, its process takes some besides."""
        need = MemoryNeed.on([share], overhead_bytes)
        text = _("needs {need} · {free} free").format(
            need=gigabytes(need.total), free=gigabytes(share.free_bytes)
        )
        name = _("RAM") if share.kind == "cpu" else share.name
        self._name.setText(name)
        self._text.setText(text)
        self._bar.show_need(need, f"{name}: {text}")


class _Dot(QLabel):
    """A dot in one of the theme's colours."""

    def __init__(self, theme: Theme, colour: str) -> None:
        super().__init__()
        self._theme, self._colour = theme, colour

    def sizeHint(self) -> QSize:
        return QSize(10, 16)

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(getattr(self._theme.colours, self._colour)))
        painter.drawEllipse(QRectF(0, self.height() / 2 - 4, 8, 8))

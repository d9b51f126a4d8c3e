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
        self._figures = {name: label(role="strong") for name in ("weights", "context", "compute")}
        layout = column(spacing=10)
        layout.addLayout(self._devices)
        for name, text in (
            ("weights", _("Weights")),
            ("context", _("Context")),
            ("compute", _("Compute")),
        ):
            layout.addLayout(
                row(_Dot(theme, name), label(text, "muted"), None, self._figures[name])
            )
        self.setLayout(layout)

    def show_fit(self, fit: Fit) -> None:
        """Draw a bar for each device that the model uses."""
        used = [share for share in fit.devices if share.needed_bytes]
        while len(self._bars) < len(used):
            self._bars.append(_DeviceBar(self._theme))
            self._devices.addWidget(self._bars[-1])
        for bar, share in zip(self._bars, used, strict=False):
            bar.show_share(share)
        for number, bar in enumerate(self._bars):
            bar.setVisible(number < len(used))
        self._figures["weights"].setText(gigabytes(fit.weights_bytes))
        self._figures["context"].setText(gigabytes(fit.context_bytes))
        self._figures["compute"].setText(gigabytes(fit.compute_bytes))


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

    def show_share(self, share: DeviceShare) -> None:
        """Show what the model takes of a device."""
        text = _("needs {need} · {free} free").format(
            need=gigabytes(share.needed_bytes), free=gigabytes(share.free_bytes)
        )
        name = _("RAM") if share.kind == "cpu" else share.name
        self._name.setText(name)
        self._text.setText(text)
        self._bar.show_need(MemoryNeed.on([share]), f"{name}: {text}")


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

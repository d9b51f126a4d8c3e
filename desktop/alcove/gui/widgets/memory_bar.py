"""The memory bar: weights, context and compute against what is free."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from alcove.fit.result import DeviceShare, Fit
from alcove.gui.colours import Colours
from alcove.gui.theme import Theme
from alcove.hardware.machine import Gpu


@dataclass(frozen=True)
class MemoryNeed:
    """What a model takes, its process besides, and what is free, in bytes."""

    weights: int
    context: int
    compute: int
    free: int
    process: int = 0

    @classmethod
    def of(cls, fit: Fit, gpus: Iterable[Gpu] = ()) -> MemoryNeed:
        """Add up the devices that the model takes something of, which are among ``gpus``."""
        return cls.on(fit.devices, fit.overhead_bytes, gpus)

    @classmethod
    def on(
        cls, shares: Iterable[DeviceShare], overhead_bytes: int, gpus: Iterable[Gpu] = ()
    ) -> MemoryNeed:
        """Add up what is taken of some devices; the process lies in RAM.

        What is free in RAM counts once, however many of ``gpus`` share it.
        """
        used = [share for share in shares if share.needed_bytes > 0]
        in_ram = any(share.kind == "cpu" for share in used)
        sharing = {gpu.name for gpu in gpus if gpu.kind == "integrated"}
        ram = [one for one in used if one.kind == "cpu" or one.name in sharing]
        apart = [one for one in used if one not in ram]
        return cls(
            process=overhead_bytes if in_ram else 0,
            weights=sum(share.weights_bytes for share in used),
            context=sum(share.context_bytes for share in used),
            compute=sum(share.compute_bytes for share in used),
            free=max((share.free_bytes for share in ram), default=0)
            + sum(share.free_bytes for share in apart),
        )

    @property
    def total(self) -> int:
        """Everything the model takes."""
        return self.weights + self.context + self.compute + self.process

    def reserve(self, missing: int) -> int:
        """Return what of the ``missing`` bytes is kept in reserve beside what the model takes."""
        return max(missing - (self.total - self.free), 0) if missing else 0


def paint_memory(painter: QPainter, area: QRectF, need: MemoryNeed, colours: Colours) -> None:
    """Draw ``need`` into ``area``; a line marks the end of memory where it is not enough."""
    scale = max(need.total, need.free, 1)
    outline = QPainterPath()
    outline.addRoundedRect(area, area.height() / 2, area.height() / 2)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.fillPath(outline, QColor(colours.border))
    painter.setClipPath(outline)
    left = area.left()
    for size, colour in (
        (need.weights, colours.weights),
        (need.context, colours.context),
        (need.compute, colours.compute),
        (need.process, colours.muted),
    ):
        width = area.width() * size / scale
        painter.fillRect(QRectF(left, area.top(), width, area.height()), QColor(colour))
        left += width
    end = area.left() + area.width() * need.free / scale
    if need.total > need.free:
        _paint_excess(painter, QRectF(end, area.top(), area.right() - end, area.height()), colours)
    painter.restore()
    if need.total > need.free:
        painter.fillRect(QRectF(end - 1, area.top() - 3, 2, area.height() + 6), QColor(colours.bad))


def _paint_excess(painter: QPainter, area: QRectF, colours: Colours) -> None:
    """Cover what has no memory to go to."""
    painter.fillRect(area, QColor(colours.surface))
    shade = QColor(colours.bad)
    shade.setAlphaF(0.4)
    painter.fillRect(area, shade)


class MemoryBar(QWidget):
    """Draws one MemoryNeed."""

    def __init__(self, theme: Theme, height: int = 10, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._thickness = height
        self._need = MemoryNeed(0, 0, 0, 0)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_need(self, need: MemoryNeed, description: str) -> None:
        """Draw ``need``; ``description`` says the same to a screen reader."""
        self._need = need
        self.setAccessibleName(description)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(120, self._thickness + 6)

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        painter = QPainter(self)
        top = (self.height() - self._thickness) / 2
        area = QRectF(0, top, self.width(), self._thickness)
        paint_memory(painter, area, self._need, self._theme.colours)

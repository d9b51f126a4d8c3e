"""The thin bar at the bottom of the window: the download that runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFrame, QProgressBar, QWidget

from alcove.gui.transfers import Transfer, Transfers
from alcove.gui.widgets.elided_label import ElidedLabel
from alcove.gui.widgets.parts import button, label, row
from alcove.i18n import _, ngettext
from alcove.words import duration, gigabytes

if TYPE_CHECKING:
    from alcove.hub.remote import TransferProgress

_STEPS = 1000


class TransferBar(QFrame):
    """Name, progress, speed and time left of the running download; hidden without one."""

    def __init__(self, transfers: Transfers, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._transfers = transfers
        self.setProperty("role", "bar")
        self._name = ElidedLabel(role="strong")
        self._progress = QProgressBar()
        self._progress.setRange(0, _STEPS)
        self._progress.setTextVisible(False)
        self._figures = label(role="caption")
        self._waiting = label(role="caption")
        cancel = button(_("Cancel"), "quiet")
        cancel.clicked.connect(self._cancel)
        layout = row(self._name, self._progress, self._figures, self._waiting, cancel, spacing=16)
        layout.setContentsMargins(24, 6, 12, 6)
        layout.setStretch(1, 1)
        self.setLayout(layout)
        transfers.changed.connect(self._show)
        self._show()

    @property
    def figures(self) -> str:
        """What the bar says of the progress."""
        return self._figures.text()

    def _show(self) -> None:
        current = self._transfers.current
        self.setVisible(current is not None)
        if current is None:
            return
        self._name.setText(current.name)
        self._progress.setValue(_permille(current.progress))
        self._progress.setAccessibleName(_("Download of {name}").format(name=current.name))
        self._figures.setText(_describe(current))
        waiting = len(self._transfers.waiting)
        self._waiting.setVisible(waiting > 0)
        self._waiting.setText(
            ngettext("{count} more waits", "{count} more wait", waiting).format(count=waiting)
        )

    def _cancel(self) -> None:
        if self._transfers.current is not None:
            self._transfers.cancel(self._transfers.current)


def _permille(progress: TransferProgress | None) -> int:
    if progress is None or progress.total_bytes <= 0:
        return 0
    return round(_STEPS * progress.received_bytes / progress.total_bytes)


def _describe(transfer: Transfer) -> str:
    progress = transfer.progress
    if progress is None:
        return _("Starting, {size}").format(size=gigabytes(transfer.size_bytes))
    parts = [
        _("{received} of {total}").format(
            received=gigabytes(progress.received_bytes), total=gigabytes(progress.total_bytes)
        )
    ]
    if progress.bytes_per_second > 0:
        parts.append(_("{speed}/s").format(speed=gigabytes(round(progress.bytes_per_second))))
    if progress.seconds_left is not None:
        parts.append(_("{time} left").format(time=duration(progress.seconds_left)))
    return " · ".join(parts)

"""What can be done with the model in view: download it, stop that, or chat."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from alcove.fit.result import Fit
from alcove.gui.dialogs.cancel_download import ask_to_cancel
from alcove.gui.disk import Space
from alcove.gui.fit_words import is_refused
from alcove.gui.transfers import Transfers
from alcove.gui.verdicts import Subject
from alcove.gui.widgets.memory_bar import MemoryNeed
from alcove.gui.widgets.parts import button, column, label
from alcove.hardware.machine import Gpu
from alcove.hub.items import Item, Wanted
from alcove.i18n import _
from alcove.words import gigabytes


class OfferActions(QWidget):
    """Shows what suits: download, what the model would need, cancel or chat."""

    chat_asked = Signal(object)

    def __init__(self, transfers: Transfers, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._transfers = transfers
        self._subject: Subject | None = None
        self._fit: Fit | None = None
        self._space: Space | None = None
        self._gpus: tuple[Gpu, ...] = ()
        self.full_disk = label(role="fair", wrap=True)
        self.download = button("", "primary")
        self.needs = label(role="muted", wrap=True)
        self.pause = button("")
        self.cancel = button(_("Cancel download"))
        self.chat = button(_("Chat"), "primary")
        self.setLayout(
            column(self.full_disk, self.download, self.needs, self.pause, self.cancel, self.chat)
        )
        self.download.clicked.connect(self._start)
        self.pause.clicked.connect(self._pause)
        self.cancel.clicked.connect(self._stop)
        self.chat.clicked.connect(self._chat)
        transfers.changed.connect(self._update)

    def show_subject(
        self, subject: Subject, fit: Fit, space: Space | None, gpus: tuple[Gpu, ...]
    ) -> None:
        """Offer what can be done with a file on a computer with ``gpus``.

        ``space`` is that of its download, once known.
        """
        self._subject, self._fit, self._space, self._gpus = subject, fit, space, gpus
        self._update()

    def _update(self) -> None:
        if self._subject is None or self._fit is None:
            return
        installed, fits = self._subject.installed is not None, self._fit.fits
        item = self._item()
        missing = item is None and not installed
        size = gigabytes(self._subject.quantization.size_bytes)
        self.download.setText(_("Download {size}").format(size=size))
        self.download.setVisible(missing and fits)
        lacking = self._space if self._space and self._space.lacks else None
        self.full_disk.setText(lacking.sentence if lacking else "")
        self.full_disk.setVisible(missing and fits and lacking is not None)
        self.needs.setText(_needs(self._fit, self._gpus))
        self.needs.setVisible(missing and not fits)
        paused = item is not None and item.state == "paused"
        self.pause.setText(_("Resume download") if paused else _("Pause download"))
        self.pause.setVisible(item is not None)
        self.cancel.setVisible(item is not None)
        self.chat.setVisible(installed)
        self.chat.setEnabled(fits)

    def _start(self) -> None:
        if self._subject is not None:
            self._transfers.add(_wanted(self._subject))

    def _pause(self) -> None:
        if (item := self._item()) is not None:
            self._transfers.act(item)

    def _stop(self) -> None:
        if (item := self._item()) is not None:
            ask_to_cancel(item, self._transfers, self)

    def _item(self) -> Item | None:
        """Return the download of the file in view; one that failed can be asked for again."""
        if self._subject is None:
            return None
        item = self._transfers.find(*self._subject.place)
        return item if item is not None and item.state != "failed" else None

    def _chat(self) -> None:
        if self._subject is not None and self._subject.installed is not None:
            self.chat_asked.emit(self._subject.installed)


def _wanted(subject: Subject) -> Wanted:
    model, quantization = subject.model, subject.quantization
    return Wanted(
        name=f"{model.name} {quantization.name}",
        repository=quantization.repository,
        file=quantization.file,
        size_bytes=quantization.size_bytes,
    )


def _needs(fit: Fit, gpus: tuple[Gpu, ...]) -> str:
    """Say what a model that does not fit would need; ``free`` is that of the devices it uses."""
    if is_refused(fit):
        return _("Choose another quantization, or another model.")
    need = MemoryNeed.of(fit, gpus)
    reserve = need.reserve(fit.missing_bytes)
    return _("Needs {need} of memory with a reserve of {reserve}; {free} are free.").format(
        need=gigabytes(need.total + reserve),
        reserve=gigabytes(reserve),
        free=gigabytes(need.free),
    )

"""What a link to the hub offers: the quantizations of its repository, with verdict and download."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Self

from PySide6.QtCore import QEvent, QSignalBlocker, Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPushButton, QWidget

from alcove.errors import AlcoveError, Remedy
from alcove.gui.fit_words import both_paces
from alcove.gui.icons import Icons
from alcove.gui.linked import Choice, Linked, LinkVerdict
from alcove.gui.remedies import actions_for
from alcove.gui.theme import Theme
from alcove.gui.widgets.elided_label import ElidedLabel
from alcove.gui.widgets.parts import button, clear, column, icon_button, label, row
from alcove.gui.widgets.select import Select
from alcove.gui.widgets.verdict_view import VerdictView
from alcove.hub.remote import RemoteModel
from alcove.i18n import _
from alcove.library.references import Reference
from alcove.words import gigabytes

Handlers = Mapping[Remedy, Callable[[], None]]

_WIDTH = 520


class LinkDialog(QDialog):
    """Opens at once and says what it waits for; ``download_chosen`` carries a RemoteModel.

    ``chat_chosen`` carries the InstalledModel, where the file is on this computer already.
    """

    download_chosen = Signal(object)
    chat_chosen = Signal(object)

    @classmethod
    def ask(
        cls,
        link: Reference,
        page: str,
        linked: Linked,
        handlers: Handlers,
        theme: Theme,
        icons: Icons,
        parent: QWidget,
    ) -> Self:
        """Open the dialog for ``link``, whose page on the hub is ``page``."""
        dialog = cls(link, page, linked, handlers, theme, icons, parent)
        dialog.open()
        dialog.look()
        return dialog

    def __init__(
        self,
        link: Reference,
        page: str,
        linked: Linked,
        handlers: Handlers,
        theme: Theme,
        icons: Icons,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(link.target)
        self.setMinimumWidth(_WIDTH)
        self._link, self._page, self.linked = link, page, linked
        self._handlers: Handlers = {**handlers, Remedy.RETRY: self.look}
        linked.setParent(self)
        self.remedies: list[QPushButton] = []
        """The buttons that help where the hub does not answer."""
        self._make_parts(theme, icons)
        self._lay_out(link)
        self.cancel.setFocus()
        linked.found.connect(self._found)
        linked.judged.connect(self._judged)
        linked.received.connect(self._receiving)
        linked.failed.connect(self._failed)
        self.finished.connect(linked.forget)

    @property
    def model(self) -> RemoteModel | None:
        """The model that is chosen; None before the hub has answered."""
        chosen: RemoteModel | None = self.quantizations.currentData()
        return chosen

    def event(self, event: QEvent) -> bool:
        if event.type() != QEvent.Type.LayoutRequest:
            return super().event(event)
        done, layout = super().event(event), self.layout()
        if layout is not None:
            self.resize(_WIDTH, layout.totalHeightForWidth(_WIDTH))  # texts wrap
        return done

    def look(self) -> None:
        """Ask the hub what the link leads to."""
        self._say(_("Asking {page} …").format(page=self._page), "")
        self.linked.look(self._link)

    def _make_parts(self, theme: Theme, icons: Icons) -> None:
        self.sentence = label(role="lead", wrap=True)
        self.advice = label(role="muted", wrap=True)
        self.told = label(role="muted")
        self.warning = label(role="fair", wrap=True)
        self.quantizations = Select(_("Quantization"), theme)
        self.quantizations.currentIndexChanged.connect(self._judge)
        self.verdict = VerdictView(theme)
        self.verdict.hide()
        self.pace = label(role="strong", wrap=True)
        self.disk = label(role="fair", wrap=True)
        self.checking = label(role="muted", wrap=True)
        self.download = button(_("Download"), "primary")
        self.download.clicked.connect(self._download)
        self.chat = button(_("Chat"), "primary")
        self.chat.clicked.connect(self._chat)
        self.cancel = button(_("Cancel"))
        self.cancel.clicked.connect(self.reject)
        self._open_page = icon_button(icons, "arrow-square-out", _("Open the model's page"))
        self._open_page.clicked.connect(lambda: QDesktopServices.openUrl(QUrl(self._page)))

    def _lay_out(self, link: Reference) -> None:
        publisher, _slash, name = link.repository.partition("/")
        title = row(spacing=8)
        title.addLayout(
            column(ElidedLabel(name, "heading"), label(publisher, "muted"), spacing=2), 1
        )
        title.addWidget(self._open_page, 0, Qt.AlignmentFlag.AlignTop)
        self._said = QWidget()
        self._said.setLayout(column(self.sentence, self.advice))
        self._offered = QWidget()
        self._offered.setLayout(
            column(
                self.told,
                self.quantizations,
                self.checking,
                self.verdict,
                self.pace,
                self.disk,
                self.warning,
                spacing=12,
            )
        )
        self._remedies = QHBoxLayout()
        self._remedies.setSpacing(8)
        foot = row(None)
        foot.addLayout(self._remedies)
        for made in (self.cancel, self.chat, self.download):
            foot.addWidget(made)
        layout = column(title, self._said, self._offered, None, foot, spacing=16, margins=24)
        self.setLayout(layout)

    def _say(self, sentence: str, advice: str, *buttons: QPushButton) -> None:
        """Say what is going on, or went wrong, in place of the offer."""
        self.sentence.setText(sentence)
        self.advice.setText(advice)
        self.advice.setVisible(bool(advice))
        self._help_by(*buttons)
        self.download.hide()
        self.chat.hide()
        self._turn(offered=False)

    def _help_by(self, *buttons: QPushButton) -> None:
        clear(self._remedies)
        self.remedies = list(buttons)
        for made in buttons:
            self._remedies.addWidget(made)

    def _turn(self, *, offered: bool) -> None:
        self._said.setVisible(not offered)
        self._offered.setVisible(offered)

    def _found(self, choice: Choice) -> None:
        with QSignalBlocker(self.quantizations):
            self.quantizations.clear()
            for one in choice.models:
                name = one.quantization or one.files[0].path
                self.quantizations.addItem(f"{name} · {gigabytes(one.size_bytes)}", one)
            self.quantizations.setCurrentIndex(choice.models.index(choice.chosen))
        self._help_by()
        self.told.setText(choice.told)
        self.told.setVisible(bool(choice.told))
        self.warning.setText(choice.warning)
        self.warning.setVisible(bool(choice.warning))
        self._turn(offered=True)
        self._judge()
        (self.download if self.download.isVisible() else self.chat).setFocus()

    def _judge(self) -> None:
        if (model := self.model) is None:
            return
        installed = self.linked.installed(model)
        self.chat.setVisible(installed is not None)
        self.download.setVisible(installed is None)
        self.download.setText(_("Download {size}").format(size=gigabytes(model.size_bytes)))
        self.verdict.hide()
        self.pace.hide()
        self.disk.hide()
        self._receiving(0)
        self.linked.judge(model)

    def _receiving(self, size: int) -> None:
        sentence = _("Reading the file's header…")
        if size:
            sentence = _("Reading the file's header… {size}").format(size=gigabytes(size))
        self.checking.setText(sentence)
        self.checking.show()

    def _judged(self, verdict: LinkVerdict) -> None:
        fit, space = verdict.fit, verdict.space
        self.checking.hide()
        self.verdict.show_fit(fit)
        self.verdict.show()
        self.pace.setText(both_paces(fit.forecast, fit.context) if fit.fits else "")
        self.pace.setVisible(bool(self.pace.text()))
        self.disk.setVisible(space is not None and space.lacks)
        if space is not None:
            self.disk.setText(space.sentence)

    def _failed(self, error: AlcoveError) -> None:
        if self._offered.isVisible():
            self.checking.setText(str(error))  # it can be downloaded without a verdict
            return
        self._say(error.cause, error.advice, *self._buttons(error))

    def _buttons(self, error: AlcoveError) -> list[QPushButton]:
        made = []
        for action in actions_for(error, self._handlers):
            one = button(action.label)
            one.clicked.connect(action.run)
            if action.run != self.look:
                one.clicked.connect(self.reject)
            made.append(one)
        return made

    def _download(self) -> None:
        self.download_chosen.emit(self.model)
        self.accept()

    def _chat(self) -> None:
        if self.model is not None:
            self.chat_chosen.emit(self.linked.installed(self.model))
        self.accept()

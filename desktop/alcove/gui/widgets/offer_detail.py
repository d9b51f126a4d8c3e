"""The detail pane of Discover: one model, priced live."""

from __future__ import annotations

from typing import TypeVar

from PySide6.QtCore import QSignalBlocker, Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QBoxLayout, QFrame, QScrollArea, QWidget

from alcove.catalog.model import Licence, Model, Quantization
from alcove.fit.estimate import estimate
from alcove.fit.forecast import speed
from alcove.fit.offer import Offer
from alcove.fit.result import Fit, Forecast
from alcove.fit.shape import shape_from_catalog
from alcove.gui.icons import Icons
from alcove.gui.inventory import Inventory
from alcove.gui.theme import Theme
from alcove.gui.transfers import Transfer, Transfers
from alcove.gui.widgets.context_slider import ContextSlider
from alcove.gui.widgets.memory_bar import MemoryNeed
from alcove.gui.widgets.memory_legend import MemoryLegend
from alcove.gui.widgets.parts import button, column, icon_button, label, row, rule, set_role
from alcove.gui.widgets.select import Select
from alcove.i18n import _
from alcove.library.installed import InstalledModel
from alcove.words import gigabytes, parameters, tokens

Box = TypeVar("Box", bound=QBoxLayout)

_WIDEST = 560
_VERDICTS = {"gpu": "good", "cpu": "good", "partial": "fair", "no": "bad"}


class OfferDetail(QFrame):
    """Shows a model; quantization and context reprice it at once."""

    context_chosen = Signal(int)
    chat_requested = Signal(object, object)
    closed = Signal()

    def __init__(
        self,
        inventory: Inventory,
        transfers: Transfers,
        theme: Theme,
        icons: Icons,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._inventory = inventory
        self._transfers = transfers
        self._model: Model | None = None
        self._picked = False
        self.fit: Fit | None = None
        self.setProperty("role", "pane")
        self.setAccessibleName(_("Details of the model"))
        self._make_parts(theme, icons)
        self._lay_out()
        self._connect()

    @property
    def model(self) -> Model | None:
        """The model that is shown."""
        return self._model

    @property
    def quantization(self) -> Quantization:
        """The quantization that is chosen."""
        chosen: Quantization = self.quantizations.currentData()
        return chosen

    def show_offer(self, offer: Offer) -> None:
        """Show a model with the quantization and the context it was offered with.

        If it is the model in view, offered anew, what the user chose for it stays.
        """
        if offer.model is self._model:
            self._show_again(offer)
            return
        model = self._model = offer.model
        self._picked = False
        self._name.setText(model.name)
        self._publisher.setText(" · ".join(filter(None, (model.publisher, model.country))))
        self._facts.setText(_facts(model))
        self._licence.setText(_licence(model.licence))
        with QSignalBlocker(self.quantizations):
            self.quantizations.clear()
            for one in model.quantizations:
                self.quantizations.addItem(f"{one.name} · {gigabytes(one.size_bytes)}", one)
            self.quantizations.setCurrentIndex(model.quantizations.index(offer.quantization))
        self.context.offer(model.context, offer.fit.context)
        self._show_fit(offer.fit)
        self.update_state()

    def _show_again(self, offer: Offer) -> None:
        if not self._picked:
            with QSignalBlocker(self.quantizations):
                index = offer.model.quantizations.index(offer.quantization)
                self.quantizations.setCurrentIndex(index)
        self.reprice()

    def _pick(self) -> None:
        self._picked = True
        self.reprice()

    def show_back(self, wanted: bool) -> None:
        """Show the button that leads back to the list, where both have no room side by side."""
        self._head.setVisible(wanted)

    def update_state(self) -> None:
        """Show what suits: download, what it would need, cancel or chat."""
        if self._model is None:
            return
        transfer = self._transfers.find(Transfer.of(self._model, self.quantization))
        installed = self._installed()
        missing = transfer is None and installed is None
        fits = self.fit is not None and self.fit.fits
        self.download.setVisible(missing and fits)
        self.needs.setVisible(missing and not fits)
        self.download.setText(
            _("Download {size}").format(size=gigabytes(self.quantization.size_bytes))
        )
        self.cancel.setVisible(transfer is not None)
        self.chat.setVisible(installed is not None)
        self.chat.setEnabled(fits)

    def _installed(self) -> InstalledModel | None:
        if self._model is None:
            return None
        return self._inventory.find(self._model.id, self.quantization.name)

    def reprice(self) -> None:
        """Price the model again with what is chosen, for example on another computer."""
        machine = self._inventory.machine
        if self._model is None or machine is None:
            return
        shape = shape_from_catalog(self._model, self.quantization)
        self._show_fit(estimate(shape, machine, self.context.context))
        self.update_state()

    def _show_fit(self, fit: Fit) -> None:
        self.fit = fit
        self._sentence.setText(fit.sentence)
        set_role(self._sentence, _VERDICTS[fit.verdict])
        self._memory.show_fit(fit)
        self.needs.setText(_needs(fit))
        self._speed.setText(_speed(fit))
        self._basis.setText(_basis(fit.forecast) if fit.fits else "")
        self.context.say_longest(
            _("Up to {count} tokens fit.").format(count=tokens(fit.max_context))
            if fit.max_context
            else _("No context fits with this quantization.")
        )

    def _make_parts(self, theme: Theme, icons: Icons) -> None:
        self.back = button(_("All models"), "quiet")
        icons.put(self.back, "arrow-left", "accent")
        self._name = label(role="heading", wrap=True)
        self._publisher = label(role="muted", wrap=True)
        self._facts = label(role="muted", wrap=True)
        self._sentence = label(role="good", wrap=True)
        self._memory = MemoryLegend(theme)
        self.quantizations = Select(_("Quantization"), theme)
        self.context = ContextSlider()
        self._speed = label(role="figure")
        self._basis = label(role="caption", wrap=True)
        self._licence = label(role="muted", wrap=True)
        self._page = icon_button(icons, "arrow-square-out", _("Open the model's page"))
        self.download = button("", "primary")
        self.needs = label(role="muted", wrap=True)
        self.cancel = button(_("Cancel download"))
        self.chat = button(_("Chat"), "primary")

    def _lay_out(self) -> None:
        self._head = QWidget()
        self._head.setLayout(_inset(row(self.back, None), 14, 12, 14, 0))
        self._head.hide()
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(self._content())
        foot = _inset(column(self.download, self.needs, self.cancel, self.chat), 24, 12, 24, 20)
        inner = QWidget()
        inner.setMaximumWidth(_WIDEST)
        layout = column(self._head, scroll, rule(), foot, spacing=0)
        layout.setStretch(1, 1)
        inner.setLayout(layout)
        self.setLayout(row(inner))

    def _content(self) -> QWidget:
        title = row(spacing=8)
        title.addWidget(self._name, 1)
        title.addWidget(self._page, 0, Qt.AlignmentFlag.AlignTop)
        body = column(column(self._publisher, self._facts, spacing=2), spacing=16)
        body.addWidget(self._sentence)
        body.addWidget(self._memory)
        body.addWidget(rule())
        body.addLayout(column(label(_("Quantization"), "section"), self.quantizations, spacing=6))
        body.addWidget(self.context)
        body.addWidget(rule())
        speed_section = column(label(_("Speed"), "section"), self._speed, self._basis, spacing=2)
        body.addLayout(speed_section)
        body.addWidget(rule())
        body.addLayout(column(label(_("Licence"), "section"), self._licence, spacing=4))
        body.addStretch(1)
        content = QWidget()
        content.setObjectName("content")
        # The heading stands as high as the page's; the icon's own padding ends at the margin.
        parts = (_inset(title, 24, 22, 17, 0), _inset(body, 24, 0, 24, 24))
        content.setLayout(column(*parts, spacing=0))
        return content

    def _connect(self) -> None:
        self.back.clicked.connect(self.closed)
        self._page.clicked.connect(self._open_page)
        self.quantizations.currentIndexChanged.connect(self._pick)
        self.context.moved.connect(self.reprice)
        self.context.released.connect(self.context_chosen)
        self.download.clicked.connect(self._start)
        self.cancel.clicked.connect(self._stop)
        self.chat.clicked.connect(self._request_chat)
        self._transfers.changed.connect(self.update_state)
        self._inventory.installed_changed.connect(self.update_state)

    def _start(self) -> None:
        if self._model is not None:
            self._transfers.start(Transfer.of(self._model, self.quantization))

    def _stop(self) -> None:
        if self._model is not None:
            self._transfers.cancel(Transfer.of(self._model, self.quantization))

    def _request_chat(self) -> None:
        if (installed := self._installed()) is not None:
            self.chat_requested.emit(installed, self.context.context)

    def _open_page(self) -> None:
        if self._model is not None:
            QDesktopServices.openUrl(QUrl(self._model.page))


def _inset(layout: Box, left: int, top: int, right: int, bottom: int) -> Box:
    layout.setContentsMargins(left, top, right, bottom)
    return layout


def _needs(fit: Fit) -> str:
    """Say what a model that does not fit would need; ``free`` is that of the devices it uses."""
    need = MemoryNeed.on(fit.devices)
    return _("Needs {need} of memory; {free} are free.").format(
        need=gigabytes(need.total), free=gigabytes(need.free)
    )


def _facts(model: Model) -> str:
    size = _("{count} parameters").format(count=parameters(model.parameters))
    if model.active_parameters and model.active_parameters != model.parameters:
        active = parameters(model.active_parameters)
        size = _("{size}, {active} active").format(size=size, active=active)
    context = _("trained for {count} tokens").format(count=tokens(model.context))
    lines = [f"{size} · {context}"]
    if abilities := [words for key, words in _abilities().items() if key in model.abilities]:
        lines.append(" · ".join(abilities))
    return "\n".join(lines)


def _abilities() -> dict[str, str]:
    return {
        "reasoning": _("reasoning"),
        "tools": _("tools"),
        "code": _("code"),
        "vision": _("vision"),
        "audio": _("audio"),
        "embedding": _("embeddings"),
    }


def _licence(licence: Licence) -> str:
    use = {
        "yes": _("commercial use allowed"),
        "conditional": _("commercial use under conditions"),
        "no": _("no commercial use"),
        None: _("terms not checked"),
    }[licence.commercial]
    return "\n".join(filter(None, (f"{licence.name}: {use}", licence.conditions)))


def _speed(fit: Fit) -> str:
    generation = fit.forecast.generation
    return speed(generation) if generation and fit.fits else "–"


def _basis(forecast: Forecast) -> str:
    if forecast.generation is None:
        return _("not known yet")
    if forecast.prompt is None:
        return forecast.basis
    reads = _("reads prompts at {speed}").format(speed=speed(forecast.prompt))
    return f"{forecast.basis} · {reads}"

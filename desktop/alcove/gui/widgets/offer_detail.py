"""The detail pane of Discover: one model, priced live."""

from __future__ import annotations

from typing import TypeVar

from PySide6.QtCore import QSignalBlocker, Qt, QTimer, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QBoxLayout, QFrame, QScrollArea, QWidget

from alcove.catalog.model import Model, Quantization
from alcove.fit.catalogued import shape_from_catalog
from alcove.fit.formula import targets
from alcove.fit.offer import Offer
from alcove.fit.plan import Wish
from alcove.fit.result import Fit
from alcove.gui.disk import Space
from alcove.gui.fit_words import is_refused
from alcove.gui.icons import Icons
from alcove.gui.inventory import Inventory
from alcove.gui.theme import Theme
from alcove.gui.transfers import Transfers
from alcove.gui.verdicts import Subject, Verdict, Verdicts
from alcove.gui.widgets.advanced import Advanced
from alcove.gui.widgets.context_slider import ContextSlider
from alcove.gui.widgets.model_facts import facts_of, figures_of, licence_in_words
from alcove.gui.widgets.offer_actions import OfferActions
from alcove.gui.widgets.parts import button, column, icon_button, label, row, rule
from alcove.gui.widgets.select import Select
from alcove.gui.widgets.speed_view import SpeedView
from alcove.gui.widgets.verdict_view import VerdictView
from alcove.i18n import _
from alcove.library.installed import InstalledModel
from alcove.words import gigabytes, tokens

Box = TypeVar("Box", bound=QBoxLayout)

_WIDEST = 560
_FOOT = (24, 12, 24, 20)
_PATIENCE_MS = 150
"""A verdict that takes longer is announced."""


class OfferDetail(QFrame):
    """Shows a model; quantization, context and what is decided under Advanced reprice it.

    ``chat_requested`` carries the InstalledModel and the Wish it was priced for, ``measure_asked``
    the Subject and the Fit in view. ``touched``: the user decided something about the model.
    ``fitted``: another fit is in view, ``shown``: that is the verdict on what is chosen.
    """

    context_chosen = Signal(int)
    chat_requested = Signal(object, object)
    remedy_chosen = Signal(object)
    measure_asked = Signal(object, object)
    touched = Signal()
    fitted = Signal()
    shown = Signal()
    closed = Signal()

    def __init__(
        self,
        inventory: Inventory,
        transfers: Transfers,
        verdicts: Verdicts,
        theme: Theme,
        icons: Icons,
        *,
        measurable: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._inventory = inventory
        self._verdicts = verdicts
        self._model: Model | None = None
        self._picked = False
        self._space: Space | None = None
        self._patience = QTimer(self, singleShot=True, interval=_PATIENCE_MS)
        self.fit: Fit | None = None
        self.setProperty("role", "pane")
        self.setAccessibleName(_("Details of the model"))
        self._make_parts(transfers, theme, icons, measurable)
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

    @property
    def wish(self) -> Wish:
        """How the model would be loaded."""
        return self.advanced.wish(self.context.context)

    @property
    def subject(self) -> Subject | None:
        """The file that is priced; None where it can be had nowhere any more."""
        if self._model is None:
            return None
        installed = self._installed()
        if installed is None and not self.quantization.repository:
            return None
        return Subject(self._model, self.quantization, installed)

    def show_offer(self, offer: Offer) -> None:
        """Show a model with the quantization and the context it was offered with.

        If it is the model in view, offered anew, what the user chose for it stays.
        """
        self.reason.setText(offer.reason)
        if offer.model is self._model:
            self._show_again(offer)
            return
        model = self._model = offer.model
        self._picked = False
        self._space = None
        self._name.setText(model.name)
        self._publisher.setText(" · ".join(filter(None, (model.publisher, model.country))))
        self._facts.setText(facts_of(model))
        self._licence.setText(licence_in_words(model.licence))
        self._figures.setText(figures_of(model))
        self._published.setVisible(bool(model.benchmarks))
        self._offer_quantizations(model, offer.quantization)
        self.context.offer(model.context, offer.fit.context)
        self.advanced.reset()
        self.speed.say_remark("")
        self._scroll.verticalScrollBar().setValue(0)
        self._show_fit(offer.fit)
        self.reprice()

    def _show_again(self, offer: Offer) -> None:
        if not self._picked:
            self._offer_quantizations(offer.model, offer.quantization)
        self.reprice()

    def _offer_quantizations(self, model: Model, chosen: Quantization) -> None:
        """Offer those of the catalog, and the one that is here though the catalog lacks it."""
        offered = {one.name: one for one in (*model.quantizations, chosen)}
        by_size = sorted(offered.values(), key=lambda one: one.size_bytes)
        with QSignalBlocker(self.quantizations):
            self.quantizations.clear()
            for one in by_size:
                self.quantizations.addItem(f"{one.name} · {gigabytes(one.size_bytes)}", one)
            self.quantizations.setCurrentIndex(by_size.index(chosen))

    def _pick(self) -> None:
        self._picked = True
        self._space = None
        self.reprice()

    def show_back(self, wanted: bool) -> None:
        """Show the button that leads back to the list, where both have no room side by side."""
        self._head.setVisible(wanted)

    def add_section(self, section: QWidget) -> None:
        """Show something of the model below its speed."""
        self._sections.addWidget(section)

    def look_at(self, section: QWidget) -> None:
        """Scroll a section into view."""
        self._scroll.verticalScrollBar().setValue(section.y())

    def _installed(self) -> InstalledModel | None:
        if self._model is None:
            return None
        return self._inventory.find(self._model.id, self.quantization.name)

    def reprice(self) -> None:
        """Price the model again with what is chosen; the verdict in view stays until then."""
        if (subject := self.subject) is None or self._inventory.machine is None:
            return
        if not self._patience.isActive():
            self._patience.start()
        self._verdicts.ask(subject, self.wish)

    def _judged(self, subject: Subject, wish: Wish, verdict: Verdict) -> None:
        if subject != self.subject or wish != self.wish:
            return  # what is chosen now was asked for, too
        self._patience.stop()
        self._space = verdict.space
        self._show_fit(verdict.fit)
        self.shown.emit()
        if verdict.fit.basis == "dry-run" and wish == self.wish:  # else it is judged anew already
            others = [self.advanced.wish(context) for context in self.context.others]
            self._verdicts.foresee(subject, others)

    def _show_fit(self, fit: Fit) -> None:
        self.fit = fit
        self.verdict.show_fit(fit)
        self.speed.show_fit(fit)
        self._offer_choices(fit)
        self._show_actions()
        self.context.say_longest(_longest(fit))
        self.fitted.emit()

    def _offer_choices(self, fit: Fit) -> None:
        if self._model is None or self._inventory.machine is None:
            return
        experts = shape_from_catalog(self._model, self.quantization).moe_layers
        gpu = bool(targets(self._inventory.machine))
        self.advanced.offer(fit.layers, min(experts, fit.layers - 1), gpu=gpu)

    def _show_actions(self) -> None:
        if (subject := self.subject) is not None and self.fit is not None:
            self.acts.show_subject(subject, self.fit, self._space, self._inventory.gpus)

    def _show_news(self) -> None:
        self.verdict.say_news(self._verdicts.received, self._verdicts.failure)

    def _make_parts(
        self, transfers: Transfers, theme: Theme, icons: Icons, measurable: bool
    ) -> None:
        self.back = button(_("All models"), "quiet")
        icons.put(self.back, "arrow-left", "accent")
        self._name = label(role="heading", wrap=True)
        self._publisher = label(role="muted", wrap=True)
        self._facts = label(role="muted", wrap=True)
        self.verdict = VerdictView(theme)
        self.quantizations = Select(_("Quantization"), theme)
        self.context = ContextSlider()
        self.advanced = Advanced(theme, icons)
        self.speed = SpeedView(measurable)
        self.reason = label(role="muted", wrap=True)
        self._figures = label(role="muted", wrap=True)
        self._sections = column(spacing=16)
        self._licence = label(role="muted", wrap=True)
        self._page = icon_button(icons, "arrow-square-out", _("Open the model's page"))
        self.acts = OfferActions(transfers)

    def _lay_out(self) -> None:
        self._head = QWidget()
        self._head.setLayout(_inset(row(self.back, None), 14, 12, 14, 0))
        self._head.hide()
        self._scroll = scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(self._content())
        foot = _inset(column(self.acts), *_FOOT)
        bar = scroll.verticalScrollBar()
        bar.rangeChanged.connect(lambda _low, high: _make_room(foot, bar.sizeHint().width(), high))
        inner = QWidget()
        inner.setMaximumWidth(_WIDEST)
        layout = column(self._head, scroll, rule(), foot, spacing=0)
        layout.setStretch(1, 1)
        inner.setLayout(layout)
        self.setLayout(row(inner))

    def _content(self) -> QWidget:
        figures = column(label(_("Published figures"), "section"), self._figures, spacing=4)
        self._published = QWidget()
        self._published.setLayout(column(figures, rule(), spacing=16))
        title = row(spacing=8)
        title.addWidget(self._name, 1)
        title.addWidget(self._page, 0, Qt.AlignmentFlag.AlignTop)
        facts = column(self._publisher, self._facts, spacing=2)
        body = column(column(facts, self.reason, spacing=8), spacing=16)
        body.addWidget(self.verdict)
        body.addWidget(rule())
        body.addLayout(column(label(_("Quantization"), "section"), self.quantizations, spacing=6))
        body.addWidget(self.context)
        body.addWidget(self.advanced)
        body.addWidget(rule())
        body.addWidget(self.speed)
        body.addWidget(rule())
        body.addWidget(self._published)
        body.addLayout(self._sections)
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
        for touched in (
            self.quantizations.currentIndexChanged,
            self.context.moved,
            self.advanced.changed,
        ):
            touched.connect(lambda *_values: self.touched.emit())
        self.context.moved.connect(self.reprice)
        self.advanced.changed.connect(self.reprice)
        self._patience.timeout.connect(self.verdict.say_checking)
        self._verdicts.judged.connect(self._judged)
        self._verdicts.changed.connect(self._show_news)
        self.verdict.remedy_chosen.connect(self.remedy_chosen)
        self.speed.measure_asked.connect(self._ask_to_measure)
        self.context.released.connect(self.context_chosen)
        self.acts.chat_asked.connect(lambda file: self.chat_requested.emit(file, self.wish))
        self._inventory.installed_changed.connect(self._look_again)

    def _look_again(self) -> None:
        """Price the file that lies on this computer now, or no longer does."""
        self.reprice()
        self._show_actions()

    def _ask_to_measure(self) -> None:
        if (subject := self.subject) is not None and self.fit is not None:
            self.measure_asked.emit(subject, self.fit)

    def _open_page(self) -> None:
        if self._model is not None:
            QDesktopServices.openUrl(QUrl(self._model.page))


def _inset(layout: Box, left: int, top: int, right: int, bottom: int) -> Box:
    layout.setContentsMargins(left, top, right, bottom)
    return layout


def _make_room(foot: QBoxLayout, width: int, highest: int) -> None:
    """Let the foot end where the content does beside a scroll bar of ``width``, if it is there."""
    left, top, right, bottom = _FOOT
    foot.setContentsMargins(left, top, right + (width if highest else 0), bottom)


def _longest(fit: Fit) -> str:
    if is_refused(fit):
        return ""
    if not fit.max_context:
        return _("No context fits with this quantization.")
    return _("Up to {count} tokens fit.").format(count=tokens(fit.max_context))

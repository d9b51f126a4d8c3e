"""What the context and the KV cache take of the memory, and another choice of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QWidget

from alcove.errors import AlcoveError
from alcove.fit.configuration import KV_BYTES_PER_ELEMENT
from alcove.fit.plan import Wish
from alcove.fit.result import Fit
from alcove.gui.fit_words import ROLES
from alcove.gui.latest import Latest
from alcove.gui.session import ModelSession, SessionState
from alcove.gui.tasks import Report, Tasks
from alcove.gui.theme import Theme
from alcove.gui.widgets.context_slider import ContextSlider
from alcove.gui.widgets.parts import button, column, label, row, rule, set_role
from alcove.gui.widgets.select import Select
from alcove.i18n import _
from alcove.library.installed import InstalledModel
from alcove.words import gigabytes

Price = Callable[[InstalledModel, Wish], Fit]
"""Judges how a model would be loaded as a wish says; called in a task, raises AlcoveError."""

_LONGEST = 32_768
"""The longest context offered before it is known what the model was trained for."""


class MemoryCard(QWidget):
    """Prices the model at hand at every choice; ``chosen`` carries the wish to load it again by."""

    chosen = Signal(object)

    def __init__(
        self,
        tasks: Tasks,
        session: ModelSession,
        price: Price,
        theme: Theme,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._wanted = False
        self._price = price
        self._pricing = Latest(tasks, self)
        self._model: InstalledModel | None = None
        self._loaded: Wish | None = None
        self._limit = 0
        self.context = ContextSlider()
        self.kv_type = Select(_("KV cache"), theme)
        self.kv_type.addItem(_("Automatic"), None)
        for name in KV_BYTES_PER_ELEMENT:
            self.kv_type.addItem(name, name)
        self.cost = label(role="strong", wrap=True)
        self.verdict = label(role="caption", wrap=True)
        self.load = button(_("Load again like this"))
        self.load.clicked.connect(lambda: self.chosen.emit(self.wish))
        self.context.moved.connect(lambda _tokens: self._ask())
        self.kv_type.currentIndexChanged.connect(lambda _place: self._ask())
        layout = column(rule(), label(_("Memory"), "section"), self.context, spacing=8)
        layout.addLayout(row(label(_("KV cache")), None, self.kv_type))
        for part in (self.cost, self.verdict, self.load):
            layout.addWidget(part)
        self.setLayout(layout)
        self.hide()
        session.changed.connect(self._follow_session)

    @property
    def wish(self) -> Wish:
        """How the model is to be loaded by what is chosen here."""
        loaded = self._loaded or Wish(self.context.context)
        if self.context.context == loaded.context and self.kv_type.currentData() == loaded.kv_type:
            return loaded
        context = self.context.context
        return replace(
            loaded, context=context, least_context=None, kv_type=self.kv_type.currentData()
        )

    def want(self, wanted: bool) -> None:
        """Price the loaded model from now on, or no more."""
        self._wanted = wanted
        self._follow_session()

    def _follow_session(self) -> None:
        ready = self._wanted and self._session.state is SessionState.READY
        model, wish = (self._session.model, self._session.wish) if ready else (None, None)
        self.setVisible(ready)
        if not isinstance(model, InstalledModel) or wish is None:
            self.hide()  # how a model elsewhere is loaded is up to its engine
            self._model, self._loaded = None, None
            self._pricing.forget()
        elif (model, wish) != (self._model, self._loaded):
            if model != self._model:
                self._limit = 0
            self._model, self._loaded = model, wish
            self._offer(wish.context)
            with QSignalBlocker(self.kv_type):
                self.kv_type.setCurrentIndex(max(0, self.kv_type.findData(wish.kv_type)))
            self._ask()

    def _offer(self, context: int) -> None:
        self.context.offer(max(self._limit or _LONGEST, context), context)

    def _ask(self) -> None:
        """Price what is chosen."""
        self.load.setVisible(False)
        if self._model is not None:
            operation = partial(_priced, self._price, self._model, self.wish)
            self._pricing.ask(operation, self._show, self._refuse)

    def _show(self, fit: Fit) -> None:
        if fit.context_limit and fit.context_limit != self._limit:
            self._limit = fit.context_limit
            self._offer(self.context.context)
        self.cost.setText(
            _("{cache} for the conversation, {total} in all").format(
                cache=gigabytes(fit.context_bytes), total=gigabytes(fit.needed_bytes)
            )
        )
        self.verdict.setText("\n".join((fit.sentence, *fit.remarks)))
        set_role(self.verdict, ROLES[fit.verdict])
        self.load.setVisible(fit.fits and self.wish != self._loaded)

    def _refuse(self, error: AlcoveError) -> None:
        self.cost.setText("")
        self.verdict.setText(str(error))
        set_role(self.verdict, "bad")


def _priced(price: Price, model: InstalledModel, wish: Wish, report: Report[None]) -> Fit:
    report(None)
    return price(model, wish)

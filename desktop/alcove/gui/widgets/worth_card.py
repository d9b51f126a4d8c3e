"""The card that says what the answers generated here would have cost elsewhere."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QDoubleSpinBox, QWidget

from alcove.errors import AlcoveError
from alcove.gui.latest import Latest
from alcove.gui.preferences import Preferences
from alcove.gui.tasks import Report, Tasks
from alcove.gui.theme import Theme
from alcove.gui.widgets.card import card
from alcove.gui.widgets.parts import column, label, row, selectable
from alcove.gui.widgets.select import Select
from alcove.i18n import _, ngettext
from alcove.paths import Paths

if TYPE_CHECKING:
    from alcove.fit.worth import Price, Tally

_DEAREST = 10_000.0
_FIRST_OWN = "1/3"


class WorthCard(QWidget):
    """Reads the ledger while it is seen; the price that is chosen goes into the settings."""

    def __init__(
        self,
        tasks: Tasks,
        paths: Paths,
        preferences: Preferences,
        theme: Theme,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._paths = paths
        self._preferences = preferences
        self._reading = Latest(tasks, self)
        self._tally: Tally | None = None
        self._prices: tuple[Price, ...] = ()
        self.figure = label(role="figure")
        self.sentence = label(role="muted", wrap=True)
        self.origin = selectable(label(role="caption", wrap=True))
        self.prices = Select(_("Hosted price"), theme)
        self.prices.setMinimumContentsLength(16)
        self.asked = _amount(_("Dollars for a million tokens read"))
        self.answered = _amount(_("Dollars for a million tokens written"))
        self._own = QWidget()
        self._own.setLayout(
            row(label(_("Read")), self.asked, label(_("Written")), self.answered, None)
        )
        self._chosen = QWidget()
        choice = column(self.prices, self._own, self.origin, spacing=8)
        choice.setContentsMargins(0, 0, 0, 0)
        self._chosen.setLayout(choice)
        parts = column(self.figure, self.sentence, self._chosen, spacing=8)
        self.setLayout(column(card(_("What this would have cost"), parts)))
        self.prices.currentIndexChanged.connect(self._choose)
        self.asked.valueChanged.connect(self._state)
        self.answered.valueChanged.connect(self._state)
        self._show()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.read()

    def read(self) -> None:
        """Read the ledger and the prices again, if the card is seen."""
        if self.isVisible():
            self._reading.ask(partial(_read, self._paths), self._know, self._fail)

    def _know(self, known: tuple[Tally, tuple[Price, ...]]) -> None:
        self._tally, self._prices = known
        with QSignalBlocker(self.prices):
            self.prices.clear()
            for price in self._prices:
                self.prices.addItem(price.name, price.key)
            self.prices.addItem(_("Your own price"), None)
            chosen = self.prices.findData(self._price().key)
            self.prices.setCurrentIndex(chosen if chosen >= 0 else self.prices.count() - 1)
        self._show()

    def _fail(self, error: AlcoveError) -> None:
        self._tally = None
        self._show()
        self.sentence.setText(str(error))

    def _price(self) -> Price:
        from alcove.fit.worth import remembered_price

        return remembered_price(self._preferences.settings.price, self._prices)

    def _show(self) -> None:
        tally = self._tally
        known = tally is not None and tally.since is not None
        self.figure.setVisible(known)
        self._chosen.setVisible(known)
        if tally is None or tally.since is None:
            self.sentence.setText(_("Nothing was generated here yet."))
            return
        from alcove.fit.worth import cost, money, origin

        price = self._price()
        own = self.prices.currentData() is None
        self._own.setVisible(own)
        with QSignalBlocker(self.asked), QSignalBlocker(self.answered):
            self.asked.setValue(price.input)
            self.answered.setValue(price.output)
        self.figure.setText(money(cost(tally, price), price.currency))
        self.sentence.setText(_sentence(tally))
        self.origin.setText(origin(price))

    def _choose(self) -> None:
        self._preferences.update(price=self.prices.currentData() or _FIRST_OWN)
        self._show()

    def _state(self) -> None:
        self._preferences.update(price=f"{self.asked.value():g}/{self.answered.value():g}")
        self._show()


def _amount(name: str) -> QDoubleSpinBox:
    made = QDoubleSpinBox()
    made.setRange(0.0, _DEAREST)
    made.setDecimals(3)
    made.setSingleStep(0.1)
    made.setKeyboardTracking(False)
    made.setAccessibleName(name)
    return made


def _read(paths: Paths, _report: Report[int]) -> tuple[Tally, tuple[Price, ...]]:
    from alcove.fit.ledger import Ledger
    from alcove.fit.worth import load_prices

    return Ledger(paths.database).tally(), load_prices(paths.prices)


def _sentence(tally: Tally) -> str:
    assert tally.since is not None
    said = ngettext(
        "{count} answer since {day}: {read} tokens read, {written} written. Prompts are counted "
        "whole; electricity is not.",
        "{count} answers since {day}: {read} tokens read, {written} written. Prompts are counted "
        "whole; electricity is not.",
        tally.answers,
    )
    return said.format(
        count=f"{tally.answers:,}",
        day=f"{tally.since.astimezone():%Y-%m-%d}",
        read=f"{tally.prompt_tokens:,}",
        written=f"{tally.completion_tokens:,}",
    )

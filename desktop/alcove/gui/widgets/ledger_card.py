"""The card that keeps promises visible: forecasts beside what was then measured."""

from __future__ import annotations

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QWidget

from alcove.gui.dialogs.confirm import ConfirmDialog
from alcove.gui.learning import Learning
from alcove.gui.theme import Theme
from alcove.gui.widgets.card import card
from alcove.gui.widgets.forecast_plot import ForecastPanel
from alcove.gui.widgets.ledger_table import LedgerTable
from alcove.gui.widgets.parts import button, column, label
from alcove.i18n import _, ngettext


class LedgerCard(QWidget):
    """A plot and a table; read anew while they are seen, and when they come into view."""

    def __init__(self, learning: Learning, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._learning = learning
        self.trouble = label(role="bad", wrap=True)
        self.panel = ForecastPanel(theme)
        self.table = LedgerTable(theme)
        self.forget = button(_("Forget these measurements"), "quiet")
        self.forget.clicked.connect(self._ask)
        section = column(self.trouble, self.panel, self.table, spacing=16)
        self.setLayout(column(card(_("Forecast and measurement"), section, self.forget)))
        learning.recorded.connect(self._show_if_seen)
        learning.changed.connect(self._show_trouble)
        self._show()
        self._show_trouble()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._show()

    def _show_if_seen(self) -> None:
        if self.isVisible():
            self._show()

    def _show(self) -> None:
        loads, entries = self._learning.loads, self._learning.entries
        self.panel.show_ledger(loads, entries)
        self.panel.setVisible(bool(loads))
        self.table.show_ledger(loads, entries)
        self.forget.setVisible(bool(loads))

    def _show_trouble(self) -> None:
        trouble = self._learning.trouble
        self.trouble.setText(str(trouble) if trouble else "")
        self.trouble.setVisible(trouble is not None)
        self.table.setVisible(trouble is None or bool(self._learning.loads))

    def _ask(self) -> None:
        count = len(self._learning.loads)
        loads = ngettext("{count} load", "{count} loads", count).format(count=count)
        ConfirmDialog.ask(
            _("Forget these measurements?"),
            _(
                "What was forecast and measured of {loads} and their answers is deleted, and "
                "forecasts no longer learn from it. The speed of this computer stays known."
            ).format(loads=loads),
            _("Forget"),
            self._learning.forget,
            self,
        )

"""System: what this computer has, and how fast it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QBoxLayout, QScrollArea, QVBoxLayout, QWidget

from alcove.gui.icons import Icons
from alcove.gui.inventory import Inventory
from alcove.gui.learning import Learning
from alcove.gui.theme import Theme
from alcove.gui.widgets.calibration_card import CalibrationCard
from alcove.gui.widgets.card import card
from alcove.gui.widgets.ledger_card import LedgerCard
from alcove.gui.widgets.machine_facts import FindingRow, fact, facts_of
from alcove.gui.widgets.memory_bar import MemoryBar, MemoryNeed
from alcove.gui.widgets.parts import button, clear, column, label, row
from alcove.hardware.machine import Machine, Memory
from alcove.hardware.report import Finding, findings
from alcove.i18n import _
from alcove.words import gigabytes

_WIDEST = 1400
_NARROW = 1000
"""Width in pixels below which the cards stand in one column."""


class SystemPage(QWidget):
    """Facts, findings and measurements, each in a card."""

    def __init__(
        self,
        inventory: Inventory,
        learning: Learning,
        theme: Theme,
        icons: Icons,
        read_memory: Callable[[], Memory],
        every_ms: int = 2000,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._inventory = inventory
        self._icons = icons
        self._read_memory = read_memory
        self._timer = QTimer(self, interval=every_ms)
        self._timer.timeout.connect(self._show_memory)
        self.speed = CalibrationCard(learning, inventory)
        self.ledger = LedgerCard(learning, theme)
        self._make_parts(theme)
        self._lay_out()
        inventory.machine_changed.connect(self._show_machine)
        inventory.insight_changed.connect(self._show_machine)
        self._show_machine()

    @property
    def watching(self) -> bool:
        """Whether memory is read again and again; only while the page is seen."""
        return self._timer.isActive()

    def add_card(self, card_: QWidget) -> None:
        """Show another card below what this computer is."""
        self._beside.addWidget(card_)

    def take_focus(self) -> None:
        """Give the focus to the cards, so that the keys scroll them."""
        self._scroll.setFocus()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        wide = self.width() >= _NARROW
        direction = QBoxLayout.Direction.LeftToRight if wide else QBoxLayout.Direction.TopToBottom
        self._columns.setDirection(direction)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._show_memory()
        self._timer.start()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._timer.stop()

    def _make_parts(self, theme: Theme) -> None:
        self.memory = label(role="figure")
        self._used = label(role="caption")
        self._bar = MemoryBar(theme)
        self._findings = QVBoxLayout()
        self._findings.setSpacing(10)
        self._facts = QVBoxLayout()
        self._facts.setSpacing(8)
        self.measure = button(_("Look again"))
        self.measure.setToolTip(_("Look again at what this computer has"))
        self.measure.clicked.connect(self._measure)

    def _lay_out(self) -> None:
        content = QWidget()
        content.setObjectName("content")
        content.setMaximumWidth(_WIDEST)
        measured = column(
            card(_("Memory"), column(row(self.memory, None, self._used), self._bar)),
            card(_("How models run here"), self._findings),
            self.speed,
            self.ledger,
            None,
            spacing=16,
        )
        self.facts = card(_("This computer"), self._facts)
        self._beside = column(self.facts, spacing=16)
        chosen = column(self._beside, None, spacing=16)
        self._columns = column(measured, chosen, spacing=16)
        self._columns.setStretch(0, 5)
        self._columns.setStretch(1, 3)
        body = column(row(label(_("System"), "title"), None, self.measure), spacing=16)
        body.setContentsMargins(32, 24, 24, 24)
        body.addLayout(self._columns)
        body.addStretch(1)
        content.setLayout(body)
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setWidget(content)
        self.setLayout(column(self._scroll))

    def _measure(self) -> None:
        self.measure.setEnabled(False)
        self._inventory.measure()

    def _show_machine(self) -> None:
        machine = self._inventory.machine
        self.measure.setEnabled(machine is not None)
        clear(self._findings)
        clear(self._facts)
        if machine is None:
            self._findings.addWidget(label(_("Looking at this computer"), "muted"))
            return
        known = self._inventory.insight.at_best(machine)
        for finding in _lasting(known):
            self._findings.addWidget(FindingRow(finding, self._icons))
        for name, value in facts_of(known):
            self._facts.addWidget(fact(name, value))

    def _show_memory(self) -> None:
        memory = self._read_memory()
        used = memory.total_bytes - memory.available_bytes
        self.memory.setText(
            _("{free} of {total} free").format(
                free=gigabytes(memory.available_bytes), total=gigabytes(memory.total_bytes)
            )
        )
        self._used.setText(_("{used} in use").format(used=gigabytes(used)))
        self._bar.show_need(MemoryNeed(used, 0, 0, memory.total_bytes), self.memory.text())


def _lasting(machine: Machine) -> tuple[Finding, ...]:
    """Leave out what depends on how much RAM is free: the page shows that as it is now."""
    elsewhere = findings(replace(machine, memory=Memory(0, 0)))
    return tuple(finding for finding in findings(machine) if finding in elsewhere)

"""Which other computers would run the model in view, and the commands to run there."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from alcove.fit.forecast import speed
from alcove.fit.plan import Wish
from alcove.fit.result import Fit
from alcove.gui.elsewhere import ElsewhereFinder
from alcove.gui.icons import Icons
from alcove.gui.verdicts import Subject
from alcove.gui.widgets.copy_field import CopyField
from alcove.gui.widgets.parts import button, clear, column, label, rule
from alcove.i18n import _
from alcove.words import gigabytes

if TYPE_CHECKING:
    from alcove.fit.hosts import Host
    from alcove.library.beyond import Beyond, Way

_HOSTS = 4
"""Computers that are named."""


class BeyondView(QWidget):
    """Hidden while the model fits. ``connect_asked`` carries an address and a key."""

    connect_asked = Signal(str, str)
    shown = Signal()

    def __init__(
        self, finder: ElsewhereFinder, icons: Icons, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._finder = finder
        self._icons = icons
        self._asked: tuple[Subject, int] | None = None
        finder.setParent(self)
        finder.found.connect(self._show)
        self._parts = QVBoxLayout()
        self._parts.setSpacing(6)
        layout = column(label(_("Beyond this computer"), "section"), self._parts, rule(), spacing=8)
        self.setLayout(layout)
        self.hide()

    def follow(self, subject: Subject | None, fit: Fit | None, wish: Wish) -> None:
        """Say where a model that does not fit here would run; say nothing of one that does."""
        if subject is None or fit is None or not fit.missing_bytes:
            self._asked = None
            self._finder.forget()
            self.hide()
            return
        asked = (subject, wish.context)
        if asked != self._asked:
            self._asked = asked
            self.hide()
            self._finder.ask(subject, fit, wish)

    def _show(self, found: Beyond) -> None:
        clear(self._parts)
        self._say(
            _("It needs {size} in all.").format(size=gigabytes(found.fit.needed_bytes)), "muted"
        )
        self._say_hosts(found.hosts)
        for way in found.ways:
            self._say_way(way)
        self.show()
        self.shown.emit()

    def _say_hosts(self, hosts: tuple[Host, ...]) -> None:
        if not hosts:
            self._say(_("None of the computers that Alcove knows would run it."), "muted")
            return
        self._say(_("It would run on:"), "muted")
        for host in hosts[:_HOSTS]:
            generation = host.fit.forecast.generation
            pace = f"  ·  {speed(generation)}" if generation else ""
            self._say(f"{host.profile.title}{pace}")

    def _say_way(self, way: Way) -> None:
        self._parts.addSpacing(6)
        self._say(way.title, "strong")
        self._say(way.note, "caption")
        for step in way.steps:
            if len(way.steps) > 1:
                self._say(step.where, "caption")
            self._parts.addWidget(CopyField(step.command, self._icons))
        connect = button(_("Connect…"), "link")
        connect.setAccessibleName(_("Connect: {title}").format(title=way.title))
        connect.clicked.connect(partial(self._connect, way))
        self._parts.addWidget(connect)

    def _connect(self, way: Way) -> None:
        self.connect_asked.emit(way.url, way.key)

    def _say(self, text: str, role: str = "body") -> None:
        made = label(text, wrap=True)
        made.setProperty("role", role)
        self._parts.addWidget(made)

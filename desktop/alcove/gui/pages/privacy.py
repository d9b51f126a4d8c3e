"""Privacy: every request that left this computer, and what never does."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSignalBlocker, QTimer
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QFileDialog, QStackedWidget, QWidget

from alcove.errors import AlcoveError
from alcove.gui.dialogs.confirm import ConfirmDialog
from alcove.gui.journal import JournalView
from alcove.gui.preferences import Preferences
from alcove.gui.theme import Theme
from alcove.gui.widgets.empty_state import EmptyState
from alcove.gui.widgets.journal_table import JournalTable
from alcove.gui.widgets.parts import button, column, frame, label, row, selectable
from alcove.gui.widgets.select import Select
from alcove.gui.widgets.switch import Switch
from alcove.i18n import _, ngettext
from alcove.network.entry import Total
from alcove.network.promise import never_sent, nothing_listed, what_is_listed
from alcove.words import exact_size

_LOOK_MS = 2000


class PrivacyPage(QWidget):
    """The offline switch, the promise, and the journal with its sums per host."""

    def __init__(
        self,
        journal: JournalView,
        preferences: Preferences,
        theme: Theme,
        every_ms: int = _LOOK_MS,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._journal = journal
        self._preferences = preferences
        self._timer = QTimer(self, interval=every_ms)
        self._timer.timeout.connect(journal.read)
        journal.setParent(self)
        self._make_parts(theme)
        self._lay_out()
        journal.changed.connect(self._show)
        journal.failed.connect(self._show_failure)
        journal.exported.connect(self._show_export)
        preferences.changed.connect(self._show_settings)
        self._show_settings()
        self._show()

    @property
    def watching(self) -> bool:
        """Whether the journal is read again and again; only while the page is seen."""
        return self._timer.isActive()

    def take_focus(self) -> None:
        """Give the focus to the table, or to the switch where there is none."""
        (self.table if self.table.isVisible() else self.offline).setFocus()

    def export(self, path: Path) -> None:
        """Write every request to a file."""
        self._journal.export(path)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._journal.filter(self.hosts.currentData())
        self._timer.start()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._timer.stop()

    def _make_parts(self, theme: Theme) -> None:
        self.offline = Switch(_("Work offline"), theme)
        self.offline.toggled.connect(lambda on: self._preferences.update(offline=on))
        self.fixed = label(role="caption", wrap=True)
        self.news = label(role="muted", wrap=True)
        self.news.hide()
        self.hosts = Select(_("Host"), theme)
        self.hosts.addItem(_("All hosts"), None)
        self.hosts.activated.connect(lambda _index: self._journal.filter(self.hosts.currentData()))
        self.save = button(_("Export…"))
        self.save.clicked.connect(self._choose_file)
        self.clear = button(_("Clear…"), "danger")
        self.clear.clicked.connect(self._ask_to_clear)
        self.table = JournalTable(self._journal.model)
        self.empty = EmptyState()

    def _lay_out(self) -> None:
        self._stack = QStackedWidget()
        self._stack.addWidget(self.table)
        self._stack.addWidget(self.empty)
        head = row(label(_("Privacy"), "title"), None, self.offline, spacing=16)
        self._tools = QWidget()
        self._tools.setLayout(row(self.hosts, None, self.save, self.clear))
        layout = column(spacing=16)
        layout.setContentsMargins(32, 24, 24, 16)
        layout.addLayout(head)
        layout.addWidget(self.fixed)
        layout.addWidget(_promise())
        layout.addWidget(self._tools)
        layout.addWidget(self.news)
        layout.addWidget(self._stack, 1)
        self.setLayout(layout)

    def _show_settings(self) -> None:
        shut = self._preferences.network()
        chosen = self._preferences.settings.offline
        self.offline.setChecked(chosen)
        self.fixed.setVisible(shut.by_variable and not chosen)
        self.fixed.setText(
            _("Alcove was started with --offline or HF_HUB_OFFLINE: it is offline in any case.")
        )

    def _show(self) -> None:
        totals = self._journal.totals
        self._tools.setVisible(bool(totals))
        self._stack.setCurrentWidget(self.table if totals else self.empty)
        self.empty.say(_("Nothing was sent"), nothing_listed(self._journal.cleared))
        self._offer_hosts(totals)

    def _offer_hosts(self, totals: tuple[Total, ...]) -> None:
        """Offer each host with its sums; the one that is chosen stays."""
        chosen = self.hosts.currentData()
        offered: list[tuple[str, str | None]] = [
            (_("All hosts · {sum}").format(sum=_sum_of(totals)), None)
        ]
        offered += [(f"{one.host} · {_sum_of((one,))}", one.host) for one in totals]
        with QSignalBlocker(self.hosts):
            if self.hosts.count() != len(offered):
                self.hosts.clear()
                self.hosts.addItems([text for text, _host in offered])
            for place, (text, host) in enumerate(offered):
                self.hosts.setItemText(place, text)
                self.hosts.setItemData(place, host)
            self.hosts.setCurrentIndex(max(0, self.hosts.findData(chosen) if chosen else 0))

    def _show_failure(self, error: AlcoveError) -> None:
        self._say(str(error), "bad")

    def _show_export(self, path: Path, count: int) -> None:
        self._say(
            ngettext(
                "{count} request was written to {path}.",
                "{count} requests were written to {path}.",
                count,
            ).format(count=count, path=path)
        )

    def _say(self, sentence: str, role: str = "muted") -> None:
        self.news.setText(sentence)
        self.news.setProperty("role", role)
        self.news.style().polish(self.news)
        self.news.show()

    def _choose_file(self) -> None:
        dialog = QFileDialog(self, _("Write every request to a file"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilters(["CSV (*.csv)", "JSON (*.json)"])
        dialog.setDefaultSuffix("csv")
        dialog.selectFile("alcove-requests.csv")
        dialog.fileSelected.connect(lambda name: self.export(Path(name)))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _ask_to_clear(self) -> None:
        ConfirmDialog.ask(
            _("Forget every request?"),
            _("The list is emptied for good. Export it before if you may need it."),
            _("Clear"),
            self._journal.clear,
            self,
        )


def _promise() -> QWidget:
    text = column(spacing=6)
    text.setContentsMargins(20, 14, 20, 14)
    text.addWidget(label(_("What Alcove never sends"), "section"))
    for sentence in (*never_sent(), what_is_listed(), _how_to_check()):
        text.addWidget(selectable(label(sentence, "muted", wrap=True)))
    return frame("card", text)


def _how_to_check() -> str:
    return _(
        "Check it with a tool of your system, such as ss -tp on Linux, nettop on macOS or the "
        "Resource Monitor on Windows: it shows no connection to another computer but these."
    )


def _sum_of(totals: tuple[Total, ...]) -> str:
    count = sum(one.requests for one in totals)
    requests = ngettext("{count} request", "{count} requests", count).format(count=count)
    return _("{requests} · {sent} sent · {received} received").format(
        requests=requests,
        sent=exact_size(sum(one.sent_bytes for one in totals)),
        received=exact_size(sum(one.received_bytes for one in totals)),
    )

"""Downloads: everything that is fetched, waits, stands still or is done."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QScrollArea, QStackedWidget, QWidget

from alcove.errors import AlcoveError
from alcove.gui.dialogs.cancel_download import ask_to_cancel
from alcove.gui.disk import free_space
from alcove.gui.icons import Icons
from alcove.gui.inventory import Inventory
from alcove.gui.latest import Latest
from alcove.gui.preferences import Preferences
from alcove.gui.tasks import Tasks
from alcove.gui.theme import Theme
from alcove.gui.transfers import Transfers
from alcove.gui.widgets.empty_state import EmptyState
from alcove.gui.widgets.parts import button, column, label, row
from alcove.gui.widgets.speed_limit import SpeedLimit
from alcove.gui.widgets.steady_label import SteadyLabel
from alcove.gui.widgets.transfer_list import TransferList
from alcove.gui.widgets.transfer_row import Actions
from alcove.hub.items import Item
from alcove.i18n import _, ngettext
from alcove.words import gigabytes

_TICK_MS = 1000
_LOOK_TICKS = 5
"""How many seconds pass between two looks at the disk."""


class DownloadsPage(QWidget):
    """The list with what concerns all of it: the room on the disk, the speed, pause and resume.

    ``chat_requested`` carries an InstalledModel, ``library_requested`` follows the wish for room.
    """

    chat_requested = Signal(object)
    discover_requested = Signal()
    library_requested = Signal()

    def __init__(
        self,
        tasks: Tasks,
        inventory: Inventory,
        preferences: Preferences,
        transfers: Transfers,
        actions: Actions,
        theme: Theme,
        icons: Icons,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._inventory = inventory
        self._transfers = transfers
        self._looking = Latest(tasks, self)
        self._free: int | None = None
        self._ticks = 0
        self._timer = QTimer(self, interval=_TICK_MS)
        self._timer.timeout.connect(self._tick)
        self.list = TransferList(transfers, actions, theme, icons)
        self.list.cancel_asked.connect(lambda item: ask_to_cancel(item, transfers, self))
        self.list.chat_asked.connect(self._chat)
        self._make_parts(preferences, theme)
        self._lay_out()
        transfers.changed.connect(self._show)
        transfers.progressed.connect(self._show_summary)
        transfers.troubled.connect(self._show_trouble)
        self._show()

    @property
    def summary(self) -> str:
        """What the page says of all downloads together."""
        return self._summary.text

    def take_focus(self) -> None:
        """Give the focus to the first row, or to the way on from an empty list."""
        rows = self.list.rows
        (rows[0] if rows else self.empty.button).setFocus()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._look_at_disk()
        self._timer.start()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._timer.stop()

    def _make_parts(self, preferences: Preferences, theme: Theme) -> None:
        self._summary = SteadyLabel(theme)
        self._trouble = label(role="bad", wrap=True)
        self._trouble.hide()
        self.limit = SpeedLimit(preferences, theme)
        self.make_room = button(_("Delete models"))
        self.make_room.setToolTip(_("Makes room on the disk; cancelling a download does too."))
        self.make_room.clicked.connect(self.library_requested)
        self.make_room.hide()
        self.pause_all = button(_("Pause all"))
        self.pause_all.clicked.connect(lambda: self._transfers.pause(*self._ongoing()))
        self.resume_all = button(_("Resume all"))
        self.resume_all.clicked.connect(lambda: self._transfers.resume(*self._paused()))
        self.clear = button(_("Clear finished"))
        self.clear.clicked.connect(self._transfers.clear_done)
        self.empty = EmptyState()
        self.empty.say(
            _("No downloads"),
            _("What you download shows here. It goes on after a restart, wherever it stopped."),
            _("Discover models"),
        )
        self.empty.button.clicked.connect(self.discover_requested)

    def _lay_out(self) -> None:
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(self.list)
        self._stack = QStackedWidget()
        self._stack.addWidget(scroll)
        self._stack.addWidget(self.empty)
        head = row(spacing=8)
        head.addLayout(column(label(_("Downloads"), "title"), self._summary, spacing=2), 1)
        for made in (self.make_room, self.limit, self.clear, self.resume_all, self.pause_all):
            head.addWidget(made)
        layout = column(spacing=16)
        layout.setContentsMargins(32, 24, 24, 0)
        layout.addLayout(head)
        layout.addWidget(self._trouble)
        layout.addWidget(self._stack, 1)
        self.setLayout(layout)

    def _show(self) -> None:
        items = self._transfers.items
        self._trouble.hide()
        self._stack.setCurrentIndex(0 if items else 1)
        self.limit.setVisible(bool(items))
        self.pause_all.setVisible(bool(items))
        self.pause_all.setEnabled(bool(self._ongoing()))
        self.resume_all.setVisible(bool(self._paused()))
        self.clear.setVisible(any(item.state == "done" for item in items))
        self._show_summary()

    def _show_summary(self) -> None:
        needed = sum(
            max(0, one.size_bytes - one.received_bytes) for one in self._transfers.unfinished
        )
        lacks = self._free is not None and needed > self._free
        self.make_room.setVisible(lacks)
        self._summary.say(
            _summary(self._transfers.unfinished, needed, self._free), "bad" if lacks else "muted"
        )

    def _show_trouble(self, error: AlcoveError) -> None:
        self._trouble.setText(str(error))
        self._trouble.show()

    def _ongoing(self) -> list[Item]:
        return [item for item in self._transfers.items if item.state in ("running", "waiting")]

    def _paused(self) -> list[Item]:
        return [item for item in self._transfers.items if item.state == "paused"]

    def _tick(self) -> None:
        self._ticks += 1
        if any(item.retry_at is not None for item in self._transfers.unfinished):
            self.list.refresh()
        if self._ticks % _LOOK_TICKS == 0:
            self._look_at_disk()

    def _look_at_disk(self) -> None:
        cache = self._inventory.cache
        if cache is not None:
            self._looking.ask(
                lambda _report: free_space(cache), self._disk_seen, lambda _error: None
            )

    def _disk_seen(self, free: int | None) -> None:
        self._free = free
        self._show_summary()

    def _chat(self, item: Item) -> None:
        """Chat with what was downloaded; while it is not found yet, look again."""
        installed = self._inventory.installed or ()
        found = next((one for one in installed if set(one.files) & set(item.paths)), None)
        if found is not None and found.damage is None:
            self.chat_requested.emit(found)
        else:
            self._inventory.find_installed()


def _summary(unfinished: tuple[Item, ...], needed: int, free: int | None) -> str:
    parts = []
    if unfinished:
        count = len(unfinished)
        parts.append(
            ngettext("{count} to go, {size}", "{count} to go, {size}", count).format(
                count=count, size=gigabytes(needed)
            )
        )
    if speed := sum(item.bytes_per_second for item in unfinished if item.state == "running"):
        parts.append(_("{speed}/s").format(speed=gigabytes(round(speed))))
    if free is not None and needed > free:
        parts.append(
            _("{size} free, {missing} too little").format(
                size=gigabytes(free), missing=gigabytes(needed - free)
            )
        )
    elif free is not None:
        parts.append(_("{size} free").format(size=gigabytes(free)))
    return " · ".join(parts)

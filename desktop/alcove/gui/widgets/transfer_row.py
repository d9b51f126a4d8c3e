"""One download: how far it is, why it does not go on, and what can be done about it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QProgressBar, QPushButton, QWidget

from alcove.gui.icons import Icons
from alcove.gui.messages import Action
from alcove.gui.theme import Theme
from alcove.gui.transfer_words import STEPS, reason_in_words, status_in_words, steps, verb
from alcove.gui.transfers import Transfers
from alcove.gui.widgets.drag_handle import DragHandle
from alcove.gui.widgets.elided_label import ElidedLabel
from alcove.gui.widgets.parts import button, clear, column, icon_button, label, row, set_role
from alcove.gui.widgets.steady_label import SteadyLabel
from alcove.hub.items import Item
from alcove.i18n import _

Actions = Callable[[Item], Sequence[Action]]
"""Gives the buttons that help where an item does not go on by itself."""

_COLOURS = {"failed": "bad", "paused": "fair", "done": "good"}
_ACT_WIDTH = 92
"""So that the bars of all rows end at the same place, whatever their buttons say."""
_KEYS = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}


class TransferRow(QFrame):
    """Shows one item; Space pauses and resumes it, Delete cancels it, Alt and an arrow move it.

    ``cancel_asked`` and ``chat_asked`` carry the Item, ``stepped`` how far the user moves the row.
    """

    cancel_asked = Signal(object)
    chat_asked = Signal(object)
    stepped = Signal(int)
    neighbour_asked = Signal(int)

    def __init__(
        self,
        item: Item,
        transfers: Transfers,
        actions: Actions,
        theme: Theme,
        icons: Icons,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.item = item
        self._transfers, self._actions, self._icons = transfers, actions, icons
        self._spoken: tuple[object, ...] = ()
        self._reason = ""
        self.setProperty("role", "card")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._make_parts(theme, icons)
        self._lay_out()

    def show_item(self, item: Item, now: float) -> None:
        """Show the item as it is ``now``, in seconds since the epoch."""
        self.item = item
        self._name.setText(item.name)
        self.progress.setValue(steps(item))
        self.figures.say(status_in_words(item, now), _COLOURS.get(item.state, "muted"))
        spoken = (item.state, item.why, item.problem, self.progress.value() // 100)
        if spoken != self._spoken:
            self._spoken = spoken
            self._show_state(now)

    @property
    def remedies(self) -> list[QPushButton]:
        """The buttons that help where it does not go on."""
        return self._help.findChildren(QPushButton)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = _KEYS.get(Qt.Key(event.key()))
        if step is not None and event.modifiers() & Qt.KeyboardModifier.AltModifier:
            self.stepped.emit(step)
        elif step is not None:
            self.neighbour_asked.emit(step)
        elif event.key() == Qt.Key.Key_Space:
            self.act.click()
        elif event.key() == Qt.Key.Key_Delete:
            self.cancel_asked.emit(self.item)
        else:
            super().keyPressEvent(event)

    def _make_parts(self, theme: Theme, icons: Icons) -> None:
        self.handle = DragHandle(icons, _("Move {name}").format(name=self.item.name))
        self.handle.stepped.connect(self.stepped)
        keeping = self.handle.sizePolicy()
        keeping.setRetainSizeWhenHidden(True)
        self.handle.setSizePolicy(keeping)
        self._name = ElidedLabel(role="strong")
        self.progress = QProgressBar()
        self.progress.setRange(0, STEPS)
        self.progress.setTextVisible(False)
        self.figures = SteadyLabel(theme)
        self.reason = label(role="muted", wrap=True)
        self.act = button("")
        self.act.setMinimumWidth(_ACT_WIDTH)
        self.act.clicked.connect(self._act)
        self.cancel = icon_button(icons, "x", _("Cancel"))
        self.cancel.clicked.connect(lambda: self.cancel_asked.emit(self.item))
        self._remedies = row(spacing=8)

    def _lay_out(self) -> None:
        self._help = QWidget()
        helping = column(self.reason, spacing=8)
        helping.addLayout(self._remedies)
        self._help.setLayout(helping)
        said = column(self._name, self.progress, self.figures, self._help, spacing=6)
        layout = row(spacing=8)
        layout.setContentsMargins(8, 12, 12, 12)
        layout.addWidget(self.handle, 0, Qt.AlignmentFlag.AlignTop)
        layout.addLayout(said, 1)
        layout.addWidget(self.act, 0, Qt.AlignmentFlag.AlignTop)
        layout.addWidget(self.cancel, 0, Qt.AlignmentFlag.AlignTop)
        self.setLayout(layout)

    def _show_state(self, now: float) -> None:
        item = self.item
        done = item.state == "done"
        self.progress.setVisible(not done and item.state != "failed")
        self.progress.setAccessibleName(_("Download of {name}").format(name=item.name))
        self.handle.setVisible(not done)
        words = verb(item)
        self.act.setText(words)
        self.act.setVisible(bool(words))
        self.act.setAccessibleName(f"{words}: {item.name}")
        name = _("Take out of the list") if done else _("Cancel the download")
        self.cancel.setToolTip(name)
        self.cancel.setAccessibleName(f"{name}: {item.name}")
        status = status_in_words(item, now)
        self.setAccessibleName(", ".join(filter(None, (item.name, status, reason_in_words(item)))))
        self._show_reason()

    def _show_reason(self) -> None:
        """Show why it does not go on; the buttons stay while the reason does."""
        reason = reason_in_words(self.item)
        if reason != self._reason:
            self._reason = reason
            self.reason.setText(reason)
            clear(self._remedies)
            for action in self._actions(self.item) if reason else ():
                if action.label == self.act.text():
                    continue
                made = button(action.label)
                made.setAccessibleName(f"{action.label}: {self.item.name}")
                made.clicked.connect(action.run)
                self._remedies.addWidget(made)
            if reason:
                self._remedies.addStretch(1)
        self._help.setVisible(bool(reason))
        set_role(self.reason, "bad" if self.item.state == "failed" else "muted")

    def _act(self) -> None:
        if self.item.state == "done":
            self.chat_asked.emit(self.item)
        else:
            self._transfers.act(self.item)

"""All trials and benchmarks that were run, newest first."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QPushButton, QScrollArea, QStackedWidget, QWidget

from alcove.gui.dialogs.confirm import ConfirmDialog
from alcove.gui.icons import Icons
from alcove.gui.trials.work import TrialWork
from alcove.gui.widgets.elided_label import ElidedLabel
from alcove.gui.widgets.empty_state import EmptyState
from alcove.gui.widgets.parts import button, clear, column, frame, icon_button, label, row
from alcove.i18n import _
from alcove.trials.run import Heading

_AT_ONCE = 50


class HistoryView(QWidget):
    """``opened`` carries the id of a run; ``begun`` asks for a new one."""

    opened = Signal(int)
    begun = Signal()

    def __init__(self, work: TrialWork, icons: Icons, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._work = work
        self._icons = icons
        self._limit = _AT_ONCE
        self.buttons: dict[int, QPushButton] = {}
        self.new = button(_("New trial"), "primary")
        self.new.clicked.connect(self.begun)
        self.empty = EmptyState()
        self.empty.say(
            _("No trials yet"),
            _(
                "Ask several models the same, and see their answers, speeds and checks side by "
                "side. What runs can be stopped, and goes on where it was."
            ),
            _("New trial"),
        )
        self.empty.button.clicked.connect(self.begun)
        self._lay_out()
        work.history_changed.connect(self._show)
        work.state_changed.connect(self._show)
        self._show()

    def _lay_out(self) -> None:
        self._cards = column(spacing=8)
        self._cards.setContentsMargins(0, 0, 8, 24)
        inside = QWidget()
        inside.setObjectName("content")
        inside.setLayout(self._cards)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(inside)
        self._stack = QStackedWidget()
        self._stack.addWidget(scroll)
        self._stack.addWidget(self.empty)
        head = row(spacing=8)
        about = label(_("The same prompts over several models"), "muted")
        head.addLayout(column(label(_("Trials"), "title"), about, spacing=2), 1)
        head.addWidget(self.new)
        layout = column(head, spacing=16)
        layout.addWidget(self._stack, 1)
        self.setLayout(layout)

    def take_focus(self) -> None:
        """Give the focus to the newest run, or to the way to the first one."""
        first = next(iter(self.buttons.values()), None)
        (first or (self.empty.button if self.empty.isVisible() else self.new)).setFocus()

    def _show(self) -> None:
        history = self._work.history or ()
        clear(self._cards)
        self.buttons = {}
        for one in history[: self._limit]:
            self._cards.addWidget(self._card(one))
        if len(history) > self._limit:
            more = button(_("Show more"))
            more.clicked.connect(self._show_more)
            self._cards.addWidget(more)
        self._cards.addStretch(1)
        self._stack.setCurrentIndex(0 if history or self._work.history is None else 1)
        self.new.setVisible(bool(history))

    def _show_more(self) -> None:
        self._limit += _AT_ONCE
        self._show()

    def _card(self, one: Heading) -> QFrame:
        when = f"{one.created.astimezone():%Y-%m-%d %H:%M}"
        open_ = button(_("Open"))
        open_.setAccessibleName(_("Open {name} of {when}").format(name=one.name, when=when))
        open_.clicked.connect(lambda: self.opened.emit(one.id))
        self.buttons[one.id] = open_
        delete = icon_button(
            self._icons, "trash", _("Delete {name} of {when}").format(name=one.name, when=when)
        )
        delete.setEnabled(self._work.running != one.id)
        delete.clicked.connect(lambda: self._ask_to_delete(one, when))
        state = label(f"{when} · {self._state(one)}", "caption")
        text = column(
            ElidedLabel(one.name, "strong"),
            ElidedLabel(", ".join(one.models), "muted"),
            state,
            spacing=2,
        )
        content = row(spacing=8)
        content.setContentsMargins(16, 12, 12, 12)
        content.addLayout(text, 1)
        content.addWidget(delete)
        content.addWidget(open_)
        return frame("card", content)

    def _state(self, one: Heading) -> str:
        if self._work.running == one.id:
            return _("running")
        if one.finished:
            return _("finished")
        return _("stopped at {done} of {total} answers").format(done=one.asked, total=one.total)

    def _ask_to_delete(self, one: Heading, when: str) -> None:
        ConfirmDialog.ask(
            _("Delete {name} of {when}?").format(name=one.name, when=when),
            _(
                "Its answers, figures and votes are deleted for good. Export them before if you "
                "may need them."
            ),
            _("Delete"),
            lambda: self._work.delete(one.id),
            self,
        )

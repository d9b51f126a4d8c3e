"""The messages of one conversation, one below the other, in a column that is easy to read."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QRect, Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from alcove.chat.conversation import Message
from alcove.gui.chat.actions import order_focus
from alcove.gui.chat.answer_view import AnswerView
from alcove.gui.chat.user_view import UserView
from alcove.gui.icons import Icons
from alcove.gui.theme import Theme
from alcove.gui.widgets.parts import icon_button
from alcove.i18n import _

COLUMN = 720
"""The widest that text gets, in pixels."""

_NEAR = 24
_AT_ONCE = 12
_SLICE = 4

Entry = tuple[Message, Sequence[int]]
"""A message and the ids of its siblings, its own included."""


class Transcript(QScrollArea):
    """Scrolls along with an answer for as long as the user stays at the bottom."""

    edit_requested = Signal(object)
    regenerate_requested = Signal(object)
    sibling_requested = Signal(int)
    link_activated = Signal(str)

    def __init__(self, theme: Theme, icons: Icons, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._icons = icons
        self._following = True
        self._maximum = 0
        self._obstacle = ""
        self._pending: Sequence[Entry] = ()
        self._earlier = QTimer(self, interval=0)
        self._earlier.timeout.connect(self._add_earlier)
        self._views: dict[int, UserView | AnswerView] = {}
        self._content = QWidget()
        self._content.setObjectName("transcript")
        self._layout = QVBoxLayout(self._content)
        self._layout.setSpacing(14)
        self._layout.addStretch(1)
        self.setWidget(self._content)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(_("Conversation"))
        self.to_bottom = icon_button(icons, "arrow-down", _("Go to the end"))
        self.to_bottom.setObjectName("toBottom")
        self.to_bottom.setParent(self)
        self.to_bottom.setFixedSize(34, 34)
        self.to_bottom.hide()
        self.to_bottom.clicked.connect(self.follow)
        bar = self.verticalScrollBar()
        bar.valueChanged.connect(self._moved)
        bar.rangeChanged.connect(self._grown)

    @property
    def views(self) -> tuple[UserView | AnswerView, ...]:
        """The messages shown, first one first."""
        return tuple(self._views.values())

    def clear(self) -> None:
        """Show nothing."""
        self._earlier.stop()
        self._pending = ()
        for view in self._views.values():
            self._layout.removeWidget(view)
            view.hide()
            view.deleteLater()
        self._views.clear()

    def show_branch(self, branch: Sequence[Entry]) -> None:
        """Show messages and go to the end; the earliest follow in slices, so nothing blocks."""
        self.clear()
        for message, siblings in branch[-_AT_ONCE:]:
            self.add(message, siblings)
        self._pending = branch[:-_AT_ONCE]
        if self._pending:
            self._earlier.start()
        self.follow()

    def add(self, message: Message, siblings: Sequence[int]) -> None:
        """Show one more message below the others."""
        view = self._view(message, siblings)
        above = self.views[-1].focus_stops[-1] if self._views else self
        self._views[message.id] = view
        self._layout.insertWidget(self._layout.count() - 1, view)
        order_focus((above, *view.focus_stops))

    def set_obstacle(self, obstacle: str) -> None:
        """Say why no other answer can be asked for; an empty sentence: one can."""
        self._obstacle = obstacle
        for view in self._views.values():
            if isinstance(view, AnswerView):
                view.set_obstacle(obstacle)

    def recolour(self) -> None:
        """Take the colours of the theme: what is in sight now, the rest when it comes in sight."""
        seen = self.viewport().rect()
        for view in self._views.values():
            place = view.mapTo(self.viewport(), QPoint())
            if isinstance(view, AnswerView) and seen.intersects(QRect(place, view.size())):
                view.recolour(self._theme.colours)

    def _add_earlier(self) -> None:
        if not self._pending:
            self._earlier.stop()
        for message, siblings in reversed(self._pending[-_SLICE:]):
            view = self._view(message, siblings)
            self._views = {message.id: view, **self._views}
            self._layout.insertWidget(0, view)
            order_focus((self, *view.focus_stops))
        self._pending = self._pending[:-_SLICE]

    def _view(self, message: Message, siblings: Sequence[int]) -> UserView | AnswerView:
        view: UserView | AnswerView
        if message.role == "user":
            view = UserView(message, siblings, self._icons)
            view.edit_requested.connect(self.edit_requested)
        else:
            view = AnswerView(self._theme.colours, self._icons)
            view.show_message(message, siblings)
            view.set_obstacle(self._obstacle)
            view.regenerate_requested.connect(self.regenerate_requested)
            view.link_activated.connect(self.link_activated)
        view.sibling_requested.connect(self.sibling_requested)
        return view

    def answer(self, message: int) -> AnswerView | None:
        """Return the view of an answer, if it is shown."""
        view = self._views.get(message)
        return view if isinstance(view, AnswerView) else None

    def reveal(self, message: int) -> None:
        """Bring a message into sight, its beginning at the top, if it is here."""
        while message not in self._views and self._pending:
            self._add_earlier()
        view = self._views.get(message)
        if view is not None:
            self._following = False
            self._layout.activate()
            self.verticalScrollBar().setValue(max(0, view.y() - _NEAR))

    def follow(self) -> None:
        """Go to the end and stay there."""
        self._following = True
        bar = self.verticalScrollBar()
        bar.setValue(bar.maximum())
        self.to_bottom.hide()

    def _moved(self, value: int) -> None:
        self._following = value >= self.verticalScrollBar().maximum() - _NEAR
        self.to_bottom.setVisible(not self._following)
        self.recolour()

    def _grown(self, _minimum: int, maximum: int) -> None:
        grown, self._maximum = maximum - self._maximum, maximum
        bar = self.verticalScrollBar()
        if self._following:
            bar.setValue(maximum)
        elif self._earlier.isActive():
            bar.setValue(bar.value() + grown)  # what grew stands above what the user reads
        else:
            self._moved(bar.value())
        self.recolour()

    def resizeEvent(self, event: QResizeEvent) -> None:
        side = max(20, (self.width() - COLUMN) // 2)
        bar = self.width() - self.viewport().width()
        self._layout.setContentsMargins(side, 24, max(8, side - bar), 24)
        self.to_bottom.move(self.width() // 2 - 17, self.height() - 46)
        super().resizeEvent(event)

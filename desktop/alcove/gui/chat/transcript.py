"""The messages of one conversation, one below the other, in a column that is easy to read."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QPoint, QRect, Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

from alcove.chat.conversation import Message
from alcove.gui.chat.answer_view import AnswerView
from alcove.gui.chat.live import LiveAnswer
from alcove.gui.chat.message_column import MessageColumn, View
from alcove.gui.chat.user_view import UserView
from alcove.gui.icons import Icons
from alcove.gui.theme import Theme
from alcove.gui.widgets.parts import icon_button
from alcove.i18n import _

COLUMN = 720
"""The widest that text gets, in pixels."""

_NEAR = 24
_AHEAD = 0.75
"""How far out of sight messages are ready, in heights of the view."""
_KEPT = 3
"""How far out of sight messages stay at least, in heights of the view."""


class Transcript(QScrollArea):
    """Scrolls along with an answer for as long as the user stays at the bottom.

    Only messages in sight and near have a view. ``siblings`` returns the ids of the versions of a
    message, its own included.
    """

    edit_requested = Signal(object)
    regenerate_requested = Signal(object)
    resume_requested = Signal(object)
    sibling_requested = Signal(int)
    link_activated = Signal(str)

    def __init__(
        self,
        theme: Theme,
        icons: Icons,
        siblings: Callable[[Message], Sequence[int]],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._icons = icons
        self._siblings = siblings
        self._following = True
        self._placing = False
        self._obstacle = ""
        self._anchor: tuple[View, int] | None = None
        """The topmost message in sight, and how far below the upper edge it begins."""
        self._live: tuple[LiveAnswer, Message] | None = None
        self._column = MessageColumn(self._view, self)
        self._later = QTimer(self, interval=0, singleShot=True)
        self._later.timeout.connect(self._prepare)
        self.setWidget(self._column)
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
    def views(self) -> tuple[View, ...]:
        """The messages that have a view, first one first."""
        return self._column.views

    @property
    def empty(self) -> bool:
        """Whether there is no message."""
        return not self._column.messages

    def show_branch(self, branch: Sequence[Message]) -> None:
        """Show messages and go to the end."""
        self._live = None
        self._column.set_messages(branch)
        self.follow()

    def add(self, message: Message) -> None:
        """Show one more message below the others."""
        for view in self.views[-1:]:
            if isinstance(view, AnswerView):
                view.set_last(False)
        self._column.append(message)

    def answer(self, message: int) -> AnswerView | None:
        """Return the view of an answer, if it has one."""
        view = self._column.view(message)
        return view if isinstance(view, AnswerView) else None

    def show_live(self, live: LiveAnswer, message: Message) -> None:
        """Show an answer as far as it is written."""
        self._live = live, message
        self._column.note(message)
        if (view := self.answer(message.id)) is not None:
            view.show_live(live, message)

    def settle(self, message: Message) -> None:
        """Show an answer that is not written any more."""
        self._live = None
        self._column.note(message)
        if (view := self.answer(message.id)) is not None:
            view.show_message(message, self._siblings(message))

    def set_obstacle(self, obstacle: str) -> None:
        """Say why no other answer can be asked for; an empty sentence: one can."""
        self._obstacle = obstacle
        for view in self.views:
            if isinstance(view, AnswerView):
                view.set_obstacle(obstacle)

    def recolour(self) -> None:
        """Take the colours of the theme: what is in sight now, the rest when it comes in sight."""
        seen = self.viewport().rect()
        for view in self.views:
            place = view.mapTo(self.viewport(), QPoint())
            if isinstance(view, AnswerView) and seen.intersects(QRect(place, view.size())):
                view.recolour(self._theme.colours)

    def follow(self) -> None:
        """Go to the end and stay there."""
        self._following = True
        self._fill()

    def reveal(self, message: int) -> None:
        """Bring a message into sight, its beginning at the top, if it is here."""
        place = self._column.place(message)
        if place is None:
            return
        self._following, self._placing = False, True
        self._column.restart(place)
        self.verticalScrollBar().setValue(self._column.views[0].y())
        self._placing = False
        self._fill()

    def _view(self, message: Message) -> View:
        view: View
        siblings = self._siblings(message)
        if message.role == "user":
            view = UserView(message, siblings, self._icons)
            view.edit_requested.connect(self.edit_requested)
        else:
            view = AnswerView(self._theme.colours, self._icons)
            view.show_message(message, siblings)
            if self._live is not None and self._live[1].id == message.id:
                view.show_live(*self._live)
            view.set_last(message.id == self._column.messages[-1].id)
            view.set_obstacle(self._obstacle)
            view.resume_requested.connect(self.resume_requested)
            view.regenerate_requested.connect(self.regenerate_requested)
            view.link_activated.connect(self.link_activated)
        view.sibling_requested.connect(self.sibling_requested)
        return view

    def _fill(self) -> None:
        """Build what is in sight at once, and a little later what is near."""
        if not self.isVisible():
            return
        self._build(0)
        self.to_bottom.setVisible(not self._following)
        self.recolour()
        self._later.start()

    def _prepare(self) -> None:
        """Build one message out of sight, or forget what is far away."""
        ahead = round(_AHEAD * self.viewport().height())
        if self._build(ahead, most=1):
            self._later.start()
        else:
            self._column.thin(self._sight(_KEPT * self.viewport().height()))

    def _build(self, margin: int, most: int | None = None) -> int:
        """Build what is missing within ``margin`` pixels around what is in sight; how many."""
        bar, built = self.verticalScrollBar(), 0
        self._placing = True
        while most is None or built < most:
            if self._following:
                self._column.keep_end()
                bar.setValue(bar.maximum())
            place = self._column.missing(self._sight(margin))
            if place is None:
                break
            before = bar.value()
            moved = self._column.build(place)
            bar.setValue(bar.maximum() if self._following else before + moved)
            built += 1
        self._placing = False
        self._remember_place()
        return built

    def _sight(self, margin: int) -> tuple[int, int]:
        """Return what part of the column is in sight, ``margin`` pixels around it included."""
        top = self.verticalScrollBar().value()
        return top - margin, top + self.viewport().height() + margin

    def _remember_place(self) -> None:
        top = self.verticalScrollBar().value()
        inside = (one for one in self.views if one.y() + one.height() > top)
        first = next(inside, None)
        self._anchor = (first, first.y() - top) if first else None

    def _keep_place(self) -> None:
        """Stay with the message that is read, whatever grew above it."""
        if self._anchor is not None and self._anchor[0] in self.views:
            view, below = self._anchor
            self._placing = True
            self.verticalScrollBar().setValue(view.y() - below)
            self._placing = False

    def _moved(self, value: int) -> None:
        if not self._placing:
            self._following = value >= self.verticalScrollBar().maximum() - _NEAR
            self._fill()

    def _grown(self, _minimum: int, maximum: int) -> None:
        if self._placing:
            return
        bar = self.verticalScrollBar()
        if self._following:
            self._placing = True
            bar.setValue(maximum)
            self._placing = False
            self.recolour()
        else:
            self._keep_place()
            self._moved(bar.value())

    def resizeEvent(self, event: QResizeEvent) -> None:
        side = max(20, (self.width() - COLUMN) // 2)
        bar = self.width() - self.viewport().width()
        self._column.set_margins(side, max(8, side - bar))
        self.to_bottom.move(self.width() // 2 - 17, self.height() - 46)
        super().resizeEvent(event)
        self._later.start()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._fill()

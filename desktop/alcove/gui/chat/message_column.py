"""A column of messages of which only some neighbours have a view; the others take their room."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import accumulate

from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

from alcove.chat.conversation import Message
from alcove.gui.chat.actions import order_focus
from alcove.gui.chat.answer_view import AnswerView
from alcove.gui.chat.user_view import UserView

View = UserView | AnswerView

_SPACING = 14
_MARGIN = 24
_ROUNDS = 8
_LINE = 24
_FOOT = 60
_LINE_LENGTH = 95
"""About what a line of a message is high, what comes to its lines, in pixels, and its length."""


class MessageColumn(QWidget):
    """Builds views by ``make``, from one message to another without a gap.

    A message without a view takes the room that it took last, or an estimate of it.
    """

    def __init__(self, make: Callable[[Message], View], before: QWidget) -> None:
        """``before`` is what the Tab key comes from."""
        super().__init__()
        self._make = make
        self._before = before
        self.messages: list[Message] = []
        """All messages, with a view or without."""
        self._heights: list[int] = []
        self._views: list[View] = []
        self._first = 0
        self._above, self._below = QWidget(), QWidget()
        self.setObjectName("transcript")
        self._layout = QVBoxLayout(self)
        self._layout.setSpacing(_SPACING)
        self._layout.addWidget(self._above)
        self._layout.addWidget(self._below)
        self._layout.addStretch(1)
        self._make_room()

    @property
    def views(self) -> tuple[View, ...]:
        """The views that there are, first one first."""
        return tuple(self._views)

    def view(self, message: int) -> View | None:
        """Return the view of a message, if it has one."""
        for view, known in zip(self._views, self.messages[self._first :], strict=False):
            if known.id == message:
                return view
        return None

    def place(self, message: int) -> int | None:
        """Return which one a message is, counted from 0; None if it is not here."""
        places = (n for n, known in enumerate(self.messages) if known.id == message)
        return next(places, None)

    def set_margins(self, left: int, right: int) -> None:
        """Keep so many pixels free beside the messages."""
        self._layout.setContentsMargins(left, _MARGIN, right, _MARGIN)

    def set_messages(self, messages: Sequence[Message]) -> None:
        """Hold other messages; none has a view yet."""
        self.messages = list(messages)
        self._heights = [_estimate(message) for message in messages]
        self.restart(len(messages))

    def append(self, message: Message) -> None:
        """Hold one more message, with a view if the one above it has one."""
        at_end = self._end == len(self.messages)
        self.messages.append(message)
        self._heights.append(_estimate(message))
        if at_end:
            self._insert(len(self.messages) - 1)
        self._make_room()

    def note(self, message: Message) -> None:
        """Take what changed of a message that may have no view."""
        if (place := self.place(message.id)) is not None:
            self.messages[place] = message

    def restart(self, place: int) -> None:
        """Have no view but that of the message at ``place``; beyond the last one, none at all."""
        for _view in self.views:
            self._drop(0)
        self._first = min(place, len(self.messages))
        if place < len(self.messages):
            self._insert(place)
        self._make_room()
        self._lay_out()

    def keep_end(self) -> None:
        """See to it that the last message has a view."""
        if self._end < len(self.messages) or (self.messages and not self._views):
            self.restart(len(self.messages) - 1)

    def missing(self, sight: tuple[int, int]) -> int | None:
        """Return the next message that needs a view for the part ``sight`` to be complete."""
        top, bottom = sight
        if not self._views:
            return self._at(bottom) if self.messages else None
        first, last = self._views[0], self._views[-1]
        end = last.y() + last.height()
        if first.y() > bottom or end < top:
            return self._at((top + bottom) // 2)
        if first.y() > top and self._first > 0:
            return self._first - 1
        return self._end if end < bottom and self._end < len(self.messages) else None

    def build(self, place: int) -> int:
        """Give a message a view; returns by how many pixels what was seen below it moved."""
        if not self._first - 1 <= place <= self._end:
            self.restart(place)
            return 0
        below = self._views[0] if place < self._first else None
        before = below.y() if below else 0
        self._insert(place)
        self._make_room()
        self._lay_out()
        return below.y() - before if below else 0

    def thin(self, kept: tuple[int, int]) -> None:
        """Take the views away that are outside of ``kept``, but for one with the focus."""
        top, bottom = kept
        while len(self._views) > 1 and self._is_above(self._views[0], top):
            self._heights[self._first] = self._views[0].height()
            self._drop(0)
            self._first += 1
        while len(self._views) > 1 and self._is_below(self._views[-1], bottom):
            self._heights[self._end - 1] = self._views[-1].height()
            self._drop(-1)
        self._make_room()
        self._lay_out()

    @property
    def _end(self) -> int:
        return self._first + len(self._views)

    def _at(self, height: int) -> int:
        """Return the message that is about so far down."""
        ends = accumulate(each + _SPACING for each in self._heights)
        places = (place for place, end in enumerate(ends) if end >= height)
        return next(places, len(self.messages) - 1)

    def _insert(self, place: int) -> None:
        """Put a view above the first one, below the last one, or as the only one."""
        view = self._make(self.messages[place])
        if place < self._first:
            above, number, self._first = self._before, 0, place
        else:
            number = len(self._views)
            above = self._views[-1].focus_stops[-1] if self._views else self._before
        self._views.insert(number, view)
        self._layout.insertWidget(1 + number, view)
        order_focus((above, *view.focus_stops))
        view.show()

    def _drop(self, number: int) -> None:
        view = self._views.pop(number)
        if view.isAncestorOf(QApplication.focusWidget() or self):
            self._before.setFocus()
        self._layout.removeWidget(view)
        view.hide()
        view.deleteLater()

    @staticmethod
    def _is_above(view: View, top: int) -> bool:
        return view.y() + view.height() < top and not _has_focus(view)

    @staticmethod
    def _is_below(view: View, bottom: int) -> bool:
        return view.y() > bottom and not _has_focus(view)

    def _lay_out(self) -> None:
        """Let every view take its size and place now, so that they are known.

        What a text takes in height follows from its width, so one round asks for the next.
        """
        for _round in range(_ROUNDS):
            before = [(view.y(), view.height()) for view in self._views]
            QCoreApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest.value)
            if before == [(view.y(), view.height()) for view in self._views]:
                break

    def _make_room(self) -> None:
        for room, heights in (
            (self._above, self._heights[: self._first]),
            (self._below, self._heights[self._end :]),
        ):
            room.setVisible(bool(heights))
            room.setFixedHeight(max(1, sum(heights) + _SPACING * (len(heights) - 1)))


def _has_focus(view: View) -> bool:
    focused = QApplication.focusWidget()
    return focused is not None and view.isAncestorOf(focused)


def _estimate(message: Message) -> int:
    lines = message.text.count("\n") + len(message.text) // _LINE_LENGTH + 1
    return _FOOT + _LINE * lines

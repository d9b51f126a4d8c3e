"""The Markdown of one message, shown while it is written."""

from __future__ import annotations

from dataclasses import dataclass, field

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from alcove.gui.chat.actions import order_focus
from alcove.gui.chat.blocks import Block, Code, GrowingText
from alcove.gui.chat.code_view import CodeView
from alcove.gui.chat.prose import ProseView
from alcove.gui.theme import Colours

Segment = ProseView | CodeView

_AT_ONCE = 4000
_SLICE = 500
"""How many letters are shown at once at most: at the beginning, and of what is added."""
_PAUSE_MS = 4


@dataclass
class _Group:
    """Neighbouring blocks of one segment: one code block, or prose."""

    code: Code | None = None
    final: list[str] = field(default_factory=list)
    open: list[str] = field(default_factory=list)


class MarkdownView(QWidget):
    """Prose and code blocks in turn; what is final stays, only what is open is rendered again.

    A long text appears in slices, so that nothing else has to wait for it. The Tab key comes to the
    segments from ``before``.
    """

    link_activated = Signal(str)

    def __init__(self, colours: Colours, before: QWidget | None = None) -> None:
        super().__init__()
        self._colours = colours
        self._before = before
        self._growing = GrowingText()
        self._text, self._complete = "", False
        self._shown = 0
        self._more = QTimer(self, singleShot=True, interval=_PAUSE_MS)
        self._more.timeout.connect(self._show_more)
        self._segments: list[Segment] = []
        self._settled = 0
        self.rendered_blocks = 0
        """How many blocks were rendered so far, the same one counted again each time."""
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(6)

    @property
    def segments(self) -> tuple[Segment, ...]:
        """What is shown, from top to bottom."""
        return tuple(self._segments)

    @property
    def whole(self) -> bool:
        """Whether all of the text is shown."""
        return self._shown == len(self._text)

    def show_text(self, text: str, *, complete: bool) -> None:
        """Show ``text``, which goes on where the last one ended or replaces it.

        Of a long one, the rest follows.
        """
        if not self._growing.extends(text):
            self._growing = GrowingText()
            self._settled = self._shown = 0
            self._drop(0)
        self._text, self._complete = text, complete
        if not self._more.isActive():
            self._show_more()

    def _show_more(self) -> None:
        """Show the next slice, and see to it that the others follow."""
        text = self._text
        most = self._shown + (_SLICE if self._shown else _AT_ONCE)
        if len(text) > most:
            text = text[: _break(text, self._shown, most)]
        self._shown = len(text)
        complete = self._complete and self.whole
        self._place(*self._growing.update(text, complete=complete))
        if not self.whole:
            self._more.start()

    def recolour(self, colours: Colours) -> None:
        """Show the same in other colours."""
        self._colours = colours
        for segment in self._segments:
            segment.recolour(colours)

    @property
    def focus_stops(self) -> tuple[QWidget, ...]:
        """What the Tab key leads to, in order."""
        return tuple(stop for segment in self._segments for stop in segment.focus_stops)

    def _place(self, final: list[Block], open_: list[Block]) -> None:
        """Write the blocks into the segments behind the settled ones."""
        self.rendered_blocks += len(final) + len(open_)
        groups = _groups(final, open_)
        if self._has_open_prose() and not (groups and groups[0].code is None):
            groups.insert(0, _Group())
        first = self._settled
        for place, group in enumerate(groups, start=first):
            if group.code is None:
                self._prose(place).set(group.final, group.open)
            else:
                self._code(place).show_code(group.code, final=bool(group.final))
                if group.final:
                    self._settled = place + 1
        self._drop(first + len(groups))

    def _has_open_prose(self) -> bool:
        if self._settled == len(self._segments):
            return False
        segment = self._segments[self._settled]
        return isinstance(segment, ProseView) and segment.has_final

    def _prose(self, place: int) -> ProseView:
        if place < len(self._segments):
            segment = self._segments[place]
            if isinstance(segment, ProseView):
                return segment
        made = ProseView(self._colours)
        made.link_activated.connect(self.link_activated)
        self._replace(place, made)
        return made

    def _code(self, place: int) -> CodeView:
        if place < len(self._segments):
            segment = self._segments[place]
            if isinstance(segment, CodeView):
                return segment
        made = CodeView(self._colours)
        self._replace(place, made)
        return made

    def _replace(self, place: int, segment: Segment) -> None:
        self._drop(place)
        above = self._segments[-1].focus_stops[-1] if self._segments else self._before
        self._segments.append(segment)
        self._layout.addWidget(segment)
        if above is not None:
            order_focus((above, *segment.focus_stops))

    def _drop(self, count: int) -> None:
        for segment in self._segments[count:]:
            self._layout.removeWidget(segment)
            segment.hide()
            segment.deleteLater()
        del self._segments[count:]


def _break(text: str, start: int, end: int) -> int:
    """Return where to cut ``text`` between two places: behind a line or a word, if there is one."""
    return max(text.rfind("\n", start, end), text.rfind(" ", end - 80, end), start) + 1


def _groups(final: list[Block], open_: list[Block]) -> list[_Group]:
    groups: list[_Group] = []
    for number, block in enumerate([*final, *open_]):
        if block.code is not None or not groups or groups[-1].code is not None:
            groups.append(_Group(block.code))
        sources = groups[-1].final if number < len(final) else groups[-1].open
        sources.append(block.source)
    return groups

"""Finding words in the conversation in view: which messages have them, and where they stand."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, QPoint, QTimer
from PySide6.QtGui import QColor, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QTextEdit, QWidget
from shiboken6 import isValid

from alcove.chat.conversation import Message
from alcove.chat.words import folded, terms_of, units
from alcove.gui.chat.find_bar import FindBar
from alcove.gui.chat.transcript import Transcript
from alcove.gui.theme import Theme

_MARGIN = 80
_NOWHERE = -1
"""No message with what is sought was gone to yet."""


class Finding(QObject):
    """Joins the bar and the transcript; ``branch`` returns the messages in view."""

    def __init__(
        self,
        bar: FindBar,
        transcript: Transcript,
        branch: Callable[[], Sequence[Message]],
        theme: Theme,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._bar = bar
        self._transcript = transcript
        self._branch = branch
        self._theme = theme
        self._needles: tuple[str, ...] = ()
        self._hits: list[int] = []
        self._hit = 0
        self._places: list[tuple[QTextEdit, QTextCursor]] = []
        self._place = 0
        self._later = QTimer(self, singleShot=True, interval=0)
        self._later.timeout.connect(self._look)
        bar.sought.connect(lambda _text: self._seek())
        bar.stepped.connect(self._step)
        bar.closed.connect(self.end)

    @property
    def active(self) -> bool:
        """Whether the bar is shown."""
        return self._bar.isVisible()

    def begin(self, text: str = "", message: int | None = None) -> None:
        """Show the bar, seek ``text``, and go to ``message`` if that has it."""
        self._bar.take(text)
        self._seek(message)

    def end(self) -> None:
        """Hide the bar and the marks."""
        self._bar.hide()
        self._unmark()
        self._hits = []

    def follow(self) -> None:
        """Another branch is in view: seek there, without moving."""
        if self.active:
            self._unmark()
            self._hits = self._found()
            self._hit = _NOWHERE
            self._bar.show_count(0, len(self._hits))

    def _seek(self, message: int | None = None) -> None:
        """Go to ``message``, or the newest one, of those that have what is sought."""
        self._unmark()
        self._hits = self._found()
        last = len(self._hits) - 1
        self._hit = self._hits.index(message) if message in self._hits else last
        self._show(at_end=False)

    def _found(self) -> list[int]:
        """Return the messages that have the text as it is, or else all words of it."""
        sought = folded(self._bar.field.text().strip())
        texts = [(one.id, folded(one.text)) for one in self._branch()] if sought else []
        for needles in ((sought,), tuple(map(folded, terms_of(sought)))):
            self._needles = needles
            hits = [one for one, text in texts if needles and all(n in text for n in needles)]
            if hits:
                return hits
        return []

    def _step(self, step: int) -> None:
        if not self._hits:
            return
        if 0 <= self._place + step < len(self._places):
            self._place += step
            self._mark()
            self._later.start()
            return
        self._unmark()
        count = len(self._hits)
        first = self._hit == _NOWHERE
        self._hit = (min(step, 0) if first else self._hit + step) % count
        self._show(at_end=step < 0)

    def _show(self, *, at_end: bool) -> None:
        self._bar.show_count(self._hit + 1, len(self._hits))
        if not self._hits:
            return
        message = self._hits[self._hit]
        self._transcript.reveal(message)
        shown = self._transcript.views
        view = next((one for one in shown if one.message and one.message.id == message), None)
        if view is not None:
            self._places = _places(view, self._needles)
            self._place = len(self._places) - 1 if at_end else 0
            self._mark()
            self._later.start()

    def _look(self) -> None:
        """Scroll to the place, once what is around it has its size."""
        if not self._places or not self._hits:
            return
        edit, cursor = self._places[self._place]
        content = self._transcript.widget()
        if content is None or not isValid(edit):
            return
        at = edit.viewport().mapTo(content, edit.cursorRect(cursor).center())
        self._transcript.ensureVisible(0, QPoint(at).y(), 0, _MARGIN)

    def _mark(self) -> None:
        edits: dict[QTextEdit, list[QTextEdit.ExtraSelection]] = {}
        for number, (edit, cursor) in enumerate(self._places):
            mark = QTextEdit.ExtraSelection()
            mark.cursor = cursor
            mark.format = self._format(number == self._place)
            edits.setdefault(edit, []).append(mark)
        for edit, marks in edits.items():
            edit.setExtraSelections(marks)

    def _format(self, current: bool) -> QTextCharFormat:
        colours = self._theme.colours
        made = QTextCharFormat()
        made.setBackground(QColor(colours.accent if current else colours.accent_soft))
        made.setForeground(QColor(colours.on_accent if current else colours.text))
        return made

    def _unmark(self) -> None:
        for edit in {edit for edit, _cursor in self._places}:
            if isValid(edit):  # the view may have been replaced meanwhile
                edit.setExtraSelections([])
        self._places, self._place = [], 0


def _places(view: QWidget, needles: Sequence[str]) -> list[tuple[QTextEdit, QTextCursor]]:
    """Return where the texts that ``view`` shows have one of ``needles``, from top to bottom."""
    return [
        (edit, cursor)
        for edit in view.findChildren(QTextEdit)
        for cursor in _cursors(edit, needles)
    ]


def _cursors(edit: QTextEdit, needles: Sequence[str]) -> list[QTextCursor]:
    text = folded(edit.toPlainText())
    found: list[QTextCursor] = []
    for needle in needles:
        start = text.find(needle)
        while start >= 0:
            cursor = QTextCursor(edit.document())
            cursor.setPosition(units(text[:start]))
            cursor.setPosition(units(text[: start + len(needle)]), QTextCursor.MoveMode.KeepAnchor)
            found.append(cursor)
            start = text.find(needle, start + len(needle))
    return sorted(found, key=QTextCursor.position)

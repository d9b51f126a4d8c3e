"""What the model answered: reasoning, text, what went wrong, and the readout."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QWidget

from alcove.chat.conversation import Message
from alcove.gui.chat.actions import Branches, copy_button, small_button
from alcove.gui.chat.live import LiveAnswer
from alcove.gui.chat.markdown_view import MarkdownView
from alcove.gui.chat.readout import figures_line, live_line, prompt_line
from alcove.gui.chat.reasoning import ReasoningView
from alcove.gui.chat.sparkline import Sparkline
from alcove.gui.icons import Icons
from alcove.gui.theme import Colours
from alcove.gui.widgets.elided_label import ElidedLabel
from alcove.gui.widgets.parts import button, column, label, set_role
from alcove.i18n import _


class AnswerView(QWidget):
    """One answer, finished or still written."""

    regenerate_requested = Signal(object)
    resume_requested = Signal(object)
    sibling_requested = Signal(int)
    link_activated = Signal(str)

    def __init__(self, colours: Colours, icons: Icons, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.message: Message | None = None
        self._due = 0.0
        self._last = False
        self._waiting: tuple[LiveAnswer, Message] | None = None
        self._later = QTimer(self, singleShot=True)
        self._later.timeout.connect(self._show_waiting)
        self._model = ElidedLabel(role="caption")
        self._colours = colours
        self.reasoning = ReasoningView()
        self._progress = QProgressBar()
        self._progress.setTextVisible(False)
        self._progress.setFixedWidth(240)
        self._progress.setAccessibleName(_("Reading the prompt"))
        self.markdown = MarkdownView(colours, self.reasoning.disclosure)
        self.markdown.link_activated.connect(self.link_activated)
        self.notice = label(wrap=True)
        self.resume = button(_("Continue"), "plain")
        self.resume.setAccessibleName(_("Continue this answer"))
        self.resume.clicked.connect(lambda: self.resume_requested.emit(self.message))
        self.sparkline = Sparkline(colours)
        self.readout = label(role="caption", wrap=True)
        self.readout.setAccessibleName(_("Readout"))
        self.branches = Branches(icons)
        self.branches.chosen.connect(self.sibling_requested)
        self.copy = copy_button(icons, _("Copy answer"), lambda: self.text)
        self.regenerate = small_button(icons, "arrows-clockwise", _("Answer again"))
        self.regenerate.clicked.connect(lambda: self.regenerate_requested.emit(self.message))
        layout = column(self._model, self.reasoning, self._progress, self.markdown, spacing=6)
        layout.addLayout(self._notices())
        layout.addLayout(self._foot())
        self.setLayout(layout)

    @property
    def text(self) -> str:
        """The Markdown of the answer."""
        return self.message.text if self.message else ""

    @property
    def focus_stops(self) -> tuple[QWidget, ...]:
        """What the Tab key leads to, in order."""
        foot = (self.branches.previous, self.branches.next, self.copy, self.regenerate)
        return (self.reasoning.disclosure, *self.markdown.focus_stops, self.resume, *foot)

    def recolour(self, colours: Colours) -> None:
        """Show the same in other colours."""
        if colours is not self._colours:
            self._colours = colours
            self.markdown.recolour(colours)
            self.sparkline.recolour(colours)

    def set_last(self, last: bool) -> None:
        """Say whether nothing follows this answer, so that it can go on."""
        self._last = last
        self._offer_to_resume()

    def set_obstacle(self, obstacle: str) -> None:
        """Say why no other answer can be asked for; an empty sentence: one can."""
        self.regenerate.setEnabled(not obstacle)
        self.regenerate.setToolTip(obstacle or self.regenerate.accessibleName())
        self.resume.setEnabled(not obstacle)
        self.resume.setToolTip(obstacle)

    def show_message(self, message: Message, siblings: Sequence[int]) -> None:
        """Show an answer that is not written any more."""
        self._later.stop()
        self._show(message, thinking=False, complete=True)
        self.branches.show_siblings(message.id, siblings)
        self._progress.hide()
        self.sparkline.hide()
        self._say_state(message)
        self._offer_to_resume()
        self.readout.setText(figures_line(message.figures) if message.figures else "")
        for part in (self.copy, self.regenerate):
            part.show()

    def show_live(self, live: LiveAnswer, message: Message) -> None:
        """Show an answer as far as it is written.

        What comes so fast that showing it would take more than a quarter of the time waits for
        what comes next, but not for long.
        """
        self._waiting = (live, message)
        wait = self._due - time.monotonic()
        if wait <= 0:
            self._show_waiting()
        elif not self._later.isActive():
            self._later.start(math.ceil(wait * 1000))

    def _show_waiting(self) -> None:
        assert self._waiting is not None
        live, message = self._waiting
        now = time.monotonic()
        self._show(message, thinking=live.reasoning_now, complete=False)
        for part in (self.copy, self.regenerate, self.branches, self.notice, self.resume):
            part.hide()
        self.sparkline.show_speeds(live.course)
        reading = live.tokens == 0
        self._progress.setVisible(reading and live.prompt is not None)
        if reading and live.prompt is not None:
            self._progress.setRange(0, live.prompt.total)
            self._progress.setValue(live.prompt.processed)
        self.readout.setText(prompt_line(live, now) if reading else live_line(live, now))
        ready = time.monotonic()
        self._due = ready + 3 * (ready - now)

    def _show(self, message: Message, *, thinking: bool, complete: bool) -> None:
        self.message = message
        self._model.setText(message.model or "")
        self._model.setVisible(bool(message.model))
        self.reasoning.show_reasoning(message.reasoning, message.reasoning_s, running=thinking)
        self.markdown.show_text(message.text, complete=complete)
        self.markdown.setVisible(bool(message.text))

    def _say_state(self, message: Message) -> None:
        if message.state == "failed":
            self.notice.setText(message.failure or _("The answer broke off."))
            set_role(self.notice, "bad")
        elif message.state == "partial":
            self.notice.setText(_("Stopped."))
            set_role(self.notice, "muted")
        self.notice.setVisible(message.state != "complete")

    def _offer_to_resume(self) -> None:
        self.resume.setVisible(self._last and self.message is not None and self.message.unfinished)

    def _notices(self) -> QHBoxLayout:
        line = QHBoxLayout()
        line.setSpacing(12)
        line.addWidget(self.notice)
        line.addWidget(self.resume)
        line.addStretch(1)
        return line

    def _foot(self) -> QHBoxLayout:
        foot = QHBoxLayout()
        foot.setSpacing(0)
        foot.addWidget(self.readout, 1)
        foot.addWidget(self.sparkline, 0, Qt.AlignmentFlag.AlignTop)
        for part in (self.branches, self.copy, self.regenerate):
            foot.addWidget(part, 0, Qt.AlignmentFlag.AlignTop)
        return foot

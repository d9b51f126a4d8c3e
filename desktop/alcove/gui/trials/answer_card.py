"""One model's answer to a prompt, beside those of others."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

from alcove.gui.chat.markdown_view import MarkdownView
from alcove.gui.colours import Colours
from alcove.gui.widgets.elided_label import ElidedLabel
from alcove.gui.widgets.parts import button, column, label, row, set_role
from alcove.i18n import _
from alcove.trials import words
from alcove.trials.run import Reply

_LEAST_WIDTH = 300


class AnswerCard(QFrame):
    """Its name, the text as Markdown, what the checks found, its figures, and a vote.

    ``voted`` says that this answer is the best, or no longer.
    """

    voted = Signal(bool)

    def __init__(self, colours: Colours, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "card")
        self.setMinimumWidth(_LEAST_WIDTH)
        self._reply: Reply | None = None
        self._live = False
        self.name = ElidedLabel(role="strong")
        self.mark = label(role="muted")
        self.remark = label(role="caption", wrap=True)
        self.markdown = MarkdownView(colours)
        self.readout = label(role="caption", wrap=True)
        self.vote = button(_("Best answer"))
        self.vote.setCheckable(True)
        self.vote.clicked.connect(self.voted)
        self._lay_out()

    def _lay_out(self) -> None:
        inside = QWidget()
        inside.setObjectName("content")
        inside.setLayout(column(self.markdown, None, margins=0))
        self.pane = QScrollArea()
        self.pane.setWidgetResizable(True)
        self.pane.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.pane.setWidget(inside)
        head = row(spacing=8)
        head.addWidget(self.name, 1)
        head.addWidget(self.mark)
        layout = column(head, self.remark, spacing=6)
        layout.setContentsMargins(16, 12, 12, 12)
        layout.addWidget(self.pane, 1)
        foot = row(spacing=8)
        foot.addWidget(self.readout, 1)
        foot.addWidget(self.vote, 0, Qt.AlignmentFlag.AlignBottom)
        layout.addLayout(foot)
        self.setLayout(layout)

    def recolour(self, colours: Colours) -> None:
        """Show the same in other colours."""
        self.markdown.recolour(colours)

    def show_reply(
        self, name: str, reply: Reply | None, *, best: bool, hidden: bool, failure: str = ""
    ) -> None:
        """Show an answer; ``hidden``: without what tells whose it is.

        Where there is none, ``failure`` says why the model was not loaded, if that is so.
        """
        self.name.setText(name)
        self.setAccessibleName(_("Answer of {name}").format(name=name))
        self.pane.setAccessibleName(_("Text of {name}").format(name=name))
        self.vote.setAccessibleName(_("{name} is the best answer").format(name=name))
        self.vote.setVisible(reply is not None and not reply.failure)
        self.vote.setChecked(best)
        self._say_mark(reply, "" if hidden else failure, failed=bool(failure))
        self.readout.setText("" if hidden or reply is None else _figures(reply))
        if reply != self._reply or self._live:
            self._reply, self._live = reply, False
            self.markdown.show_text(_text(reply), complete=True)
            self.pane.verticalScrollBar().setValue(0)

    def show_live(self, text: str) -> None:
        """Show an answer as far as it is written."""
        self._live = True
        self.mark.setText(_("answering"))
        self.markdown.show_text(text, complete=False)

    def _say_mark(self, reply: Reply | None, failure: str, *, failed: bool) -> None:
        waiting = _("not loaded") if failed else _("not asked yet")
        self.mark.setText(words.mark(reply) if reply else waiting)
        bad = failed if reply is None else bool(reply.failure) or reply.passed is False
        good = reply is not None and reply.passed is True
        set_role(self.mark, "bad" if bad else "good" if good else "muted")
        remark = words.why(reply) if reply else failure
        self.remark.setText(remark)
        self.remark.setVisible(bool(remark))


def _text(reply: Reply | None) -> str:
    if reply is None:
        return ""
    if not reply.text and reply.reasoning:
        return _("*It reasoned until the length limit, and gave no answer.*")
    return reply.text


def _figures(reply: Reply) -> str:
    readout = reply.readout
    if readout is None:
        return ""
    parts = [
        _("{speed:.1f} tokens/s").format(speed=readout.generation_tokens_per_second),
        _("{seconds:.2f} s to first token").format(seconds=readout.time_to_first_token_s),
        _("{count} tokens").format(count=readout.completion_tokens),
    ]
    if readout.finish_reason == "length":
        parts.append(_("cut off at the length limit"))
    return "  ·  ".join(parts)

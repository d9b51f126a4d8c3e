"""The answers of all models to one prompt, side by side."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QScrollArea, QSizePolicy, QWidget

from alcove.gui.icons import Icons
from alcove.gui.theme import Theme
from alcove.gui.trials.answer_card import AnswerCard
from alcove.gui.widgets.parts import column, icon_button, label, row, selectable
from alcove.gui.widgets.select import Select
from alcove.i18n import _
from alcove.trials.run import Run
from alcove.trials.runner import Progress
from alcove.trials.summary import blind_order, is_hidden

_PROMPT_HEIGHT = 96


class AnswersView(QWidget):
    """One prompt with its answers, and the way to the other prompts.

    ``voted`` carries the prompt's name and the id of the model with the best answer, or None.
    """

    voted = Signal(str, object)

    def __init__(self, theme: Theme, icons: Icons, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._run: Run | None = None
        self.cards: list[AnswerCard] = []
        self.prompts = Select(_("Prompt"), theme)
        self.prompts.setSizeAdjustPolicy(
            Select.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.prompts.setMinimumContentsLength(24)
        self.prompts.currentIndexChanged.connect(self._show)
        self.previous = icon_button(icons, "caret-left", _("Previous prompt"))
        self.previous.setShortcut("Alt+Left")
        self.previous.clicked.connect(lambda: self._move(-1))
        self.next = icon_button(icons, "caret-right", _("Next prompt"))
        self.next.setShortcut("Alt+Right")
        self.next.clicked.connect(lambda: self._move(1))
        self._place = label(role="muted")
        self.text = selectable(label(wrap=True))
        self.text.setAccessibleName(_("Text of the prompt"))
        self._lay_out()
        theme.changed.connect(self._recolour)

    def _lay_out(self) -> None:
        self._beside = row(spacing=12)
        inside = QWidget()
        inside.setObjectName("content")
        inside.setLayout(self._beside)
        answers = QScrollArea()
        answers.setWidgetResizable(True)
        answers.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        answers.setWidget(inside)
        self._asked = _Low(self.text)
        ways = row(self.previous, self.prompts, self.next, self._place, None)
        layout = column(ways, self._asked, spacing=12)
        layout.addWidget(answers, 1)
        self.setLayout(layout)

    @property
    def prompt(self) -> str:
        """The name of the prompt that is shown."""
        return str(self.prompts.currentData() or "")

    def show_run(self, run: Run) -> None:
        """Show a run; the prompt that is shown stays, if it is of the same run."""
        same = self._run is not None and self._run.id == run.id
        self._run = run
        if not same:
            with QSignalBlocker(self.prompts):
                self.prompts.clear()
                for prompt in run.trial.prompts:
                    topic = f"{prompt.topic}: " if prompt.topic else ""
                    self.prompts.addItem(topic + prompt.name, prompt.name)
        self._show()

    def show_prompt(self, number: int) -> None:
        """Show a prompt by its place, from 0."""
        self.prompts.setCurrentIndex(number)

    def show_progress(self, progress: Progress) -> None:
        """Show the answer that is being written, if its prompt is shown."""
        run, prompt = self._run, progress.prompt
        if run is None or prompt != self.prompt or is_hidden(run, prompt) or not progress.text:
            return
        asked = progress.contestant.id
        for card, one in zip(self.cards, blind_order(run, prompt), strict=True):
            if one.id == asked and run.of(asked, prompt) is None:
                card.show_live(progress.text)

    def _show(self) -> None:
        run = self._run
        if run is None or not self.prompt:
            return
        number, count = self.prompts.currentIndex(), self.prompts.count()
        self._place.setText(_("{number} of {count}").format(number=number + 1, count=count))
        self.previous.setEnabled(number > 0)
        self.next.setEnabled(number < count - 1)
        self.text.setText(run.trial.prompts[number].text)
        self._asked.updateGeometry()
        self._make_cards(len(run.contestants))
        hidden = is_hidden(run, self.prompt)
        for place, (card, one) in enumerate(
            zip(self.cards, blind_order(run, self.prompt), strict=True)
        ):
            name = _("Answer {letter}").format(letter=_letter(place)) if hidden else one.name
            best = run.votes.get(self.prompt) == one.id
            reply = run.of(one.id, self.prompt)
            card.show_reply(name, reply, best=best, hidden=hidden, failure=one.failure)

    def _make_cards(self, count: int) -> None:
        while len(self.cards) < count:
            card = AnswerCard(self._theme.colours)
            card.voted.connect(partial(self._vote, len(self.cards)))
            self.cards.append(card)
            self._beside.addWidget(card, 1)
        for place, card in enumerate(self.cards):
            card.setVisible(place < count)
        while len(self.cards) > count:
            card = self.cards.pop()
            self._beside.removeWidget(card)
            card.hide()
            card.deleteLater()

    def _vote(self, place: int, best: bool) -> None:
        if self._run is not None:
            chosen = blind_order(self._run, self.prompt)[place].id
            self.voted.emit(self.prompt, chosen if best else None)

    def _move(self, step: int) -> None:
        self.prompts.setCurrentIndex(self.prompts.currentIndex() + step)

    def _recolour(self) -> None:
        for card in self.cards:
            card.recolour(self._theme.colours)


class _Low(QScrollArea):
    """As high as its text, up to a height from which on it scrolls."""

    def __init__(self, text: QLabel) -> None:
        super().__init__()
        self._text = text
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        inside = QWidget()
        inside.setObjectName("content")
        inside.setLayout(column(text, None))
        self.setWidget(inside)

    def sizeHint(self) -> QSize:
        width = max(self.viewport().width(), 1)
        return QSize(width, min(self._text.heightForWidth(width), _PROMPT_HEIGHT))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.updateGeometry()


def _letter(place: int) -> str:
    return chr(ord("A") + place) if place < 26 else str(place + 1)

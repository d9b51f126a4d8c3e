"""The line above the composer that says why there is no answer to be had, and offers a remedy."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QBoxLayout, QFrame, QProgressBar, QPushButton, QWidget

from alcove.engine.elsewhere import EngineModel
from alcove.gui.chat.elided_button import ElidedButton
from alcove.gui.messages import Action
from alcove.gui.session import ChatModel, ModelSession, SessionState
from alcove.gui.widgets.parts import clear, column, label, row
from alcove.i18n import _


class SessionBar(QFrame):
    """Follows the state of the session; hidden while a model is ready.

    ``remedies`` returns what can be done about the session's failure.
    """

    start_requested = Signal(object)
    discover_requested = Signal()
    connect_requested = Signal()

    def __init__(
        self,
        session: ModelSession,
        remedies: Callable[[], tuple[Action, ...]],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("sessionBar")
        self._session = session
        self._remedies = remedies
        self.sentence = label(wrap=True)
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.setRange(0, 1000)
        self.progress.setAccessibleName(_("Loading"))
        self.buttons: list[QPushButton] = []
        self._choices = row(spacing=8)
        self._line = row(spacing=12)
        self._line.addWidget(self.sentence, 1)
        self._line.addLayout(self._choices)
        self._line.setAlignment(self._choices, Qt.AlignmentFlag.AlignRight)
        layout = column(spacing=8)
        layout.setContentsMargins(16, 8, 10, 8)
        layout.addLayout(self._line)
        layout.addWidget(self.progress)
        self.setLayout(layout)

    def refresh(self, offered: ChatModel | None) -> None:
        """Show the state; ``offered`` is the model to start while none is loaded."""
        state, model = self._session.state, self._session.model
        self.setVisible(state is not SessionState.READY)
        self.progress.setVisible(state is SessionState.LOADING)
        self.show_fraction(self._session.fraction)
        if state is SessionState.LOADING:
            name = model.name if model else ""
            cancel = Action(_("Cancel"), self._session.unload)
            begins = _("Connecting to {name}") if _is_elsewhere(model) else _("Loading {name}")
            self._say(begins.format(name=name), cancel)
        elif state is SessionState.FAILED:
            self._say(str(self._session.failure), *self._remedies())
        elif offered is not None:
            begin = _("Connect to {name}") if _is_elsewhere(offered) else _("Start {name}")
            start = Action(
                begin.format(name=offered.name), lambda: self.start_requested.emit(offered)
            )
            self._say(_("No model is loaded."), start)
        else:
            find = Action(_("Find a model"), self.discover_requested.emit)
            connect = Action(_("Connect to an engine…"), self.connect_requested.emit)
            self._say(_("There is no model on this computer."), find, connect)
        self.setProperty("tone", "bad" if state is SessionState.FAILED else "")
        self.style().unpolish(self)
        self.style().polish(self)

    def show_fraction(self, fraction: float) -> None:
        """Show how much of the model is loaded."""
        self.progress.setValue(round(fraction * self.progress.maximum()))

    def _say(self, sentence: str, *actions: Action) -> None:
        self.sentence.setText(sentence)
        clear(self._choices)
        self.buttons = []
        loading = self._session.state is SessionState.LOADING
        for place, action in enumerate(actions):
            made = ElidedButton(action.label, "plain" if place or loading else "primary")
            made.clicked.connect(lambda _checked=False, run=action.run: run())
            self.buttons.append(made)
            self._choices.addWidget(made)
        several = len(actions) > 1
        self._line.setDirection(
            QBoxLayout.Direction.TopToBottom if several else QBoxLayout.Direction.LeftToRight
        )


def _is_elsewhere(model: ChatModel | None) -> bool:
    return isinstance(model, EngineModel)

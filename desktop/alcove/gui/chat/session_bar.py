"""The line above the composer that says why there is no answer to be had, and offers a remedy."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QProgressBar, QWidget

from alcove.gui.session import ModelSession, SessionState
from alcove.gui.widgets.parts import button, column, label, row, set_role
from alcove.i18n import _
from alcove.library.installed import InstalledModel


class SessionBar(QFrame):
    """Follows the state of the session; hidden while a model is ready."""

    start_requested = Signal(object)

    def __init__(self, session: ModelSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("sessionBar")
        self._session = session
        self._offered: InstalledModel | None = None
        self.sentence = label(wrap=True)
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.setRange(0, 1000)
        self.progress.setAccessibleName(_("Loading"))
        self.button = button("", "primary")
        self.button.clicked.connect(self._press)
        line = row(spacing=12)
        line.addWidget(self.sentence, 1)
        line.addWidget(self.button)
        layout = column(spacing=8)
        layout.setContentsMargins(16, 8, 10, 8)
        layout.addLayout(line)
        layout.addWidget(self.progress)
        self.setLayout(layout)

    def refresh(self, offered: InstalledModel | None) -> None:
        """Show the state; ``offered`` is the model to start while none is loaded."""
        self._offered = offered
        state, model = self._session.state, self._session.model
        name = model.name if model else ""
        self.setVisible(state is not SessionState.READY)
        self.progress.setVisible(state is SessionState.LOADING)
        self.progress.setValue(0)
        bad = state is SessionState.FAILED
        set_role(self.button, "plain" if state is SessionState.LOADING else "primary")
        if state is SessionState.LOADING:
            self._say(_("Loading {name}").format(name=name), _("Cancel"))
        elif bad:
            self._say(str(self._session.failure), _("Reload"))
        else:
            start = _("Start {name}").format(name=offered.name) if offered else ""
            self._say(_("No model is loaded."), start)
        self.setProperty("tone", "bad" if bad else "")
        self.style().unpolish(self)
        self.style().polish(self)

    def _say(self, sentence: str, action: str) -> None:
        self.sentence.setText(sentence)
        self.button.setText(action)
        self.button.setVisible(bool(action))

    def _press(self) -> None:
        match self._session.state:
            case SessionState.LOADING:
                self._session.unload()
            case SessionState.FAILED:
                self._session.reload()
            case _:
                self.start_requested.emit(self._offered)

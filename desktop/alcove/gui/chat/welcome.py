"""The middle of the page before a conversation begins."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QProgressBar, QPushButton, QVBoxLayout, QWidget

from alcove.engine.elsewhere import EngineModel
from alcove.errors import AlcoveError
from alcove.gui.chat.elided_button import ElidedButton
from alcove.gui.messages import Action
from alcove.gui.session import ChatModel
from alcove.gui.widgets.parts import button, clear, column, label, row
from alcove.i18n import _
from alcove.library.installed import InstalledModel
from alcove.words import gigabytes

_OFFERED = 4
_ENGINES = 2


class ChatWelcome(QWidget):
    """Offers the installed models, shows one loading, or proposes what to ask."""

    start_requested = Signal(object)
    cancel_requested = Signal()
    discover_requested = Signal()
    connect_requested = Signal()
    example_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._examples: list[QPushButton] = []
        self._heading = label(role="heading", wrap=True)
        self._heading.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._text = label(role="muted", wrap=True)
        self._text.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.setRange(0, 1000)
        self.progress.setAccessibleName(_("Loading"))
        self._choices = QVBoxLayout()
        self._choices.setSpacing(8)
        box = QWidget()
        box.setMaximumWidth(440)
        inner = column(self._heading, self._text, spacing=8)
        inner.addSpacing(8)
        inner.addWidget(self.progress)
        inner.addLayout(self._choices)
        box.setLayout(inner)
        layout = column(None, margins=24)
        layout.addLayout(row(box))
        layout.addStretch(1)
        self.setLayout(layout)

    def offer_models(
        self, installed: Sequence[InstalledModel], engines: Sequence[EngineModel] = ()
    ) -> None:
        """Offer to start an installed model, to find one if none is here, or to connect to one."""
        self._clear()
        usable = [model for model in installed if model.damage is None]
        if usable:
            self._say(
                _("Start a model"), _("It runs on this computer; nothing you write leaves it.")
            )
        else:
            self._say(_("No model on this computer yet"), _("Find one that runs here."))
            self._add_button(_("Find a model"), self.discover_requested.emit, primary=True)
        for place, model in enumerate(usable[:_OFFERED]):
            self._add_model(model, primary=place == 0)
        for engine in engines[-_ENGINES:]:
            text = _("Connect to {name} at {place}").format(name=engine.name, place=engine.place)
            self._add_button(text, partial(self.start_requested.emit, engine))
        connect = button(_("Connect to an engine…"), "link")
        connect.clicked.connect(self.connect_requested)
        self._choices.addWidget(connect, 0, Qt.AlignmentFlag.AlignHCenter)

    def show_loading(self, model: ChatModel, fraction: float) -> None:
        """Show that ``model`` is loading, and how much of it is there."""
        self._clear()
        if isinstance(model, EngineModel):
            self._say(_("Connecting to {name}").format(name=model.name), model.place)
            self._add_button(_("Cancel"), self.cancel_requested.emit)
            return
        self._say(
            _("Loading {name}").format(name=model.name),
            f"{model.quantization} · {gigabytes(model.size_bytes)}",
        )
        self.show_fraction(fraction)
        self.progress.show()
        self._add_button(_("Cancel"), self.cancel_requested.emit)

    def show_fraction(self, fraction: float) -> None:
        """Show how much of the model is loaded."""
        self.progress.setValue(round(fraction * self.progress.maximum()))

    def show_failure(self, error: AlcoveError, remedies: Sequence[Action]) -> None:
        """Say why there is no model to talk to, and offer what helps."""
        self._clear()
        self._say(error.cause, error.advice)
        for place, action in enumerate(remedies):
            self._add_button(action.label, action.run, primary=place == 0)

    def propose(self, model: ChatModel) -> None:
        """Propose three things to ask ``model``."""
        self._clear()
        hint = _("Ask it anything, or begin with one of these.")
        if isinstance(model, EngineModel):
            sent = _("What you write is sent to {place}.").format(place=model.place)
            hint = f"{sent} {hint}"
        self._say(model.name, hint)
        for text in _examples():
            made = self._add_button(text, partial(self.example_chosen.emit, text))
            made.setObjectName("example")
            self._examples.append(made)

    def set_obstacle(self, obstacle: str) -> None:
        """Say why nothing can be asked now; an empty sentence: something can."""
        for example in self._examples:
            example.setEnabled(not obstacle)
            example.setToolTip(obstacle or example.text())

    def _say(self, heading: str, text: str) -> None:
        self._heading.setText(heading)
        self._text.setText(text)

    def _add_model(self, model: InstalledModel, *, primary: bool) -> None:
        start = _("Start {name}").format(name=model.name)
        self._add_button(
            f"{start}  ·  {model.quantization}  ·  {gigabytes(model.size_bytes)}",
            partial(self.start_requested.emit, model),
            primary=primary,
        )

    def _add_button(
        self, text: str, run: Callable[[], None], *, primary: bool = False
    ) -> QPushButton:
        made = ElidedButton(text, "primary" if primary else "plain")
        made.clicked.connect(lambda: run())
        self._choices.addWidget(made)
        return made

    def _clear(self) -> None:
        self.progress.hide()
        self._examples.clear()
        clear(self._choices)


def _examples() -> tuple[str, str, str]:
    return (
        _("Explain in two sentences why the sky is blue."),
        _("Write a short, friendly e-mail that moves a meeting to Friday."),
        _("Give me three ideas for a quick dinner."),
    )

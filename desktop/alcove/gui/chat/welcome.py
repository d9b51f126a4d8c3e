"""The middle of the page before a conversation begins."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLayout, QProgressBar, QPushButton, QVBoxLayout, QWidget

from alcove.errors import AlcoveError
from alcove.gui.widgets.parts import button, column, label, row
from alcove.i18n import _
from alcove.library.installed import InstalledModel
from alcove.words import gigabytes

_OFFERED = 4


class ChatWelcome(QWidget):
    """Offers the installed models, shows one loading, or proposes what to ask."""

    start_requested = Signal(object)
    reload_requested = Signal()
    cancel_requested = Signal()
    discover_requested = Signal()
    example_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
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

    def offer_models(self, installed: Sequence[InstalledModel]) -> None:
        """Offer to start an installed model, or to find one if there is none."""
        self._clear()
        usable = [model for model in installed if model.damage is None]
        if not usable:
            self._say(_("No model on this computer yet"), _("Find one that runs here."))
            self._add_button(_("Find a model"), self.discover_requested.emit, primary=True)
            return
        self._say(_("Start a model"), _("It runs on this computer; nothing you write leaves it."))
        for place, model in enumerate(usable[:_OFFERED]):
            self._add_model(model, primary=place == 0)

    def show_loading(self, model: InstalledModel) -> None:
        """Show that ``model`` is loading."""
        self._clear()
        self._say(
            _("Loading {name}").format(name=model.name),
            f"{model.quantization} · {gigabytes(model.size_bytes)}",
        )
        self.progress.setValue(0)
        self.progress.show()
        self._add_button(_("Cancel"), self.cancel_requested.emit)

    def show_failure(self, model: InstalledModel | None, error: AlcoveError) -> None:
        """Say why there is no model to talk to, and offer to load it again."""
        self._clear()
        self._say(error.cause, error.advice)
        name = model.name if model else ""
        self._add_button(
            _("Reload {name}").format(name=name).strip(), self.reload_requested.emit, primary=True
        )

    def propose(self, model: InstalledModel, note: str = "") -> None:
        """Propose three things to ask ``model``."""
        self._clear()
        self._say(model.name, note or _("Ask it anything, or begin with one of these."))
        for text in _examples():
            made = self._add_button(text, partial(self.example_chosen.emit, text))
            made.setObjectName("example")

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
        made = button(text, "primary" if primary else "plain")
        made.clicked.connect(lambda: run())
        self._choices.addWidget(made)
        return made

    def _clear(self) -> None:
        self.progress.hide()
        _empty(self._choices)


def _empty(layout: QLayout) -> None:
    while (item := layout.takeAt(0)) is not None:
        if (widget := item.widget()) is not None:
            widget.hide()
            widget.deleteLater()


def _examples() -> tuple[str, str, str]:
    return (
        _("Explain how a refrigerator works, in five sentences."),
        _("Write a Python function that finds the longest word in a text."),
        _("Make a table of the planets: name, diameter, length of a day."),
    )

"""Connecting to an engine elsewhere: its address, its key, and which of its models to ask."""

from __future__ import annotations

from collections.abc import Callable
from typing import Self

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QDialog, QLineEdit, QWidget

from alcove.engine.elsewhere import EngineModel, engine_address, is_engine_address
from alcove.errors import AlcoveError, Remedy
from alcove.gui.latest import Latest
from alcove.gui.remedies import label_of
from alcove.gui.tasks import Tasks
from alcove.gui.theme import Theme
from alcove.gui.widgets.parts import button, column, label, row, set_role
from alcove.gui.widgets.select import Select
from alcove.i18n import _
from alcove.network import Network
from alcove.network.door import Door
from alcove.settings import Engine

_WIDTH = 480


class ConnectDialog(QDialog):
    """Asks the engine for its models; ``chosen`` carries the Engine of the settings."""

    chosen = Signal(object)

    @classmethod
    def ask(
        cls,
        tasks: Tasks,
        network: Callable[[], Network],
        go_online: Callable[[], None],
        theme: Theme,
        parent: QWidget,
        url: str = "",
        key: str = "",
    ) -> Self:
        """Open the dialog, with an address and a key to begin with.

        ``network`` gives the door as it is at that moment, ``go_online`` opens it.
        """
        dialog = cls(tasks, network, go_online, theme, parent)
        dialog.address.setText(url)
        dialog.key.setText(key)
        dialog.open()
        return dialog

    def __init__(
        self,
        tasks: Tasks,
        network: Callable[[], Network],
        go_online: Callable[[], None],
        theme: Theme,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(_("Connect to an engine"))
        self.setMinimumWidth(_WIDTH)
        self._network = network
        self._go_online = go_online
        self._asking = Latest(tasks, self)
        self._asked: tuple[str, str] | None = None
        """Address and key of the engine whose models are listed."""
        self._make_parts(theme)
        self._lay_out()
        self.finished.connect(self._asking.forget)

    def event(self, event: QEvent) -> bool:
        if event.type() != QEvent.Type.LayoutRequest:
            return super().event(event)
        done, layout = super().event(event), self.layout()
        if layout is not None:
            self.resize(_WIDTH, layout.totalHeightForWidth(_WIDTH))  # texts wrap
        return done

    def _make_parts(self, theme: Theme) -> None:
        self.address = QLineEdit()
        self.address.setPlaceholderText("http://127.0.0.1:8000")
        self.address.setAccessibleName(_("Address"))
        self.address.textChanged.connect(self._edited)
        self.key = QLineEdit()
        self.key.setEchoMode(QLineEdit.EchoMode.Password)
        self.key.setPlaceholderText(_("None"))
        self.key.setAccessibleName(_("Key"))
        self.key.textChanged.connect(self._edited)
        self.models = Select(_("Model"), theme)
        self.sentence = label(role="muted", wrap=True)
        self.connect_button = button(_("Connect"), "primary")
        self.connect_button.setDefault(True)
        self.connect_button.clicked.connect(self._go_on)
        self.online = button(label_of(Remedy.GO_ONLINE))
        self.online.clicked.connect(self._retry_online)
        self.online.hide()
        self.cancel = button(_("Cancel"))
        self.cancel.clicked.connect(self.reject)

    def _lay_out(self) -> None:
        hint = _(
            "A server that speaks OpenAI's protocol: Alcove on another computer, llama-server, "
            "vLLM, Ollama, LM Studio. What you write is sent to it."
        )
        self._listed = QWidget()
        self._listed.setLayout(column(label(_("Model"), "section"), self.models, spacing=4))
        self._listed.hide()
        self.sentence.hide()
        layout = column(
            label(_("Connect to an engine"), "heading"),
            label(hint, "muted", wrap=True),
            column(label(_("Address"), "section"), self.address, spacing=4),
            column(label(_("Key"), "section"), self.key, spacing=4),
            self._listed,
            self.sentence,
            row(None, self.online, self.cancel, self.connect_button),
            spacing=16,
            margins=24,
        )
        self.setLayout(layout)

    def _edited(self) -> None:
        self._asking.forget()
        self._asked = None
        self._listed.hide()
        self.sentence.hide()
        self.online.hide()
        self.connect_button.setEnabled(True)

    def _go_on(self) -> None:
        url, key = self._wanted()
        if not is_engine_address(url):
            self._say(_("An address looks like http://192.168.1.20:8080."), "bad")
        elif self._asked == (url, key):
            self._choose(Engine(url, key, self.models.currentText()))
        else:
            self._ask(url, key)

    def _wanted(self) -> tuple[str, str]:
        text = self.address.text().strip()
        if text and "://" not in text:
            text = f"http://{text}"
        return engine_address(text), self.key.text().strip()

    def _ask(self, url: str, key: str) -> None:
        self._say(_("Asking {url} …").format(url=url), "muted")
        self.connect_button.setEnabled(False)
        network = self._network()
        self._asking.ask(
            lambda _report: _models(network, url, key),
            lambda models: self._found(url, key, models),
            self._failed,
        )

    def _found(self, url: str, key: str, models: tuple[str, ...]) -> None:
        self.connect_button.setEnabled(True)
        if len(models) == 1:
            self._choose(Engine(url, key, models[0]))
            return
        if not models:
            self._say(_("{url} serves no model now.").format(url=url), "bad")
            return
        self._asked = (url, key)
        self.models.clear()
        self.models.addItems(list(models))
        self.sentence.hide()
        self._listed.show()
        self.models.setFocus()

    def _failed(self, error: AlcoveError) -> None:
        self.connect_button.setEnabled(True)
        self._say(str(error), "bad")
        self.online.setVisible(Remedy.GO_ONLINE in error.remedies)

    def _retry_online(self) -> None:
        self._go_online()
        self._go_on()

    def _say(self, sentence: str, role: str) -> None:
        self.online.hide()
        set_role(self.sentence, role)
        self.sentence.setText(sentence)
        self.sentence.show()

    def _choose(self, engine: Engine) -> None:
        self.chosen.emit(engine)
        self.accept()


def _models(network: Network, url: str, key: str) -> tuple[str, ...]:
    with EngineModel(url, key=key).client(Door.of(network)) as client:
        return client.models()

"""The system prompt of a conversation, and the presets that it can be taken from."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, QTimer, Signal
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QWidget

from alcove.chat.presets import Preset, Presets
from alcove.errors import StorageError
from alcove.gui.icons import Icons
from alcove.gui.theme import Theme
from alcove.gui.widgets.parts import button, column, icon_button, label, row
from alcove.gui.widgets.select import Select
from alcove.i18n import _

_HEIGHT = 132
_PAUSE_MS = 400


class PromptCard(QWidget):
    """Edits the prompt; ``changed`` comes when the user paused. ``failed`` carries StorageError."""

    changed = Signal()
    failed = Signal(object)

    def __init__(
        self, presets: Presets, theme: Theme, icons: Icons, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._presets = presets
        self._known: tuple[Preset, ...] = ()
        self._shown = ""
        self.preset = Select(_("Preset"), theme)
        self.preset.activated.connect(self._choose)
        self.delete = icon_button(icons, "trash", _("Delete this preset"))
        self.delete.clicked.connect(self._delete)
        self.text = QPlainTextEdit()
        self.text.setObjectName("systemPrompt")
        self.text.setAccessibleName(_("System prompt"))
        self.text.setPlaceholderText(_("How the model is to answer, for example: briefly."))
        self.text.setTabChangesFocus(True)
        self.text.setFixedHeight(_HEIGHT)
        self.name = QLineEdit()
        self.name.setPlaceholderText(_("Name"))
        self.name.setAccessibleName(_("Name of the preset"))
        self.keep = button(_("Save as preset"))
        self.keep.clicked.connect(self._keep)
        self.name.returnPressed.connect(self.keep.click)
        self._pause = QTimer(self, singleShot=True, interval=_PAUSE_MS)
        self._pause.timeout.connect(self.commit)
        self.text.textChanged.connect(self._typed)
        self.name.textChanged.connect(lambda _text: self._refresh())
        layout = column(label(_("System prompt"), "section"), spacing=8)
        choice = row(spacing=4)
        choice.addWidget(self.preset, 1)
        choice.addWidget(self.delete)
        layout.addLayout(choice)
        layout.addWidget(self.text)
        saving = row(spacing=6)
        saving.addWidget(self.name, 1)
        saving.addWidget(self.keep)
        layout.addLayout(saving)
        self.setLayout(layout)
        self._read()

    @property
    def prompt(self) -> str:
        """The system prompt as it is typed."""
        return self.text.toPlainText()

    def show_prompt(self, prompt: str) -> None:
        """Show the prompt of another conversation."""
        self._pause.stop()
        self._shown = prompt
        if prompt != self.prompt:
            with QSignalBlocker(self.text):
                self.text.setPlainText(prompt)
        self._refresh()

    def commit(self) -> None:
        """Say now that the prompt changed, if it did."""
        self._pause.stop()
        if self.prompt != self._shown:
            self._shown = self.prompt
            self.changed.emit()

    def _typed(self) -> None:
        self._pause.start()
        self._refresh()

    def _choose(self, place: int) -> None:
        preset = self.preset.itemData(place)
        if preset is not None or place == 0:
            self.text.setPlainText(preset.prompt if preset else "")
            self.name.setText(preset.name if preset else "")
            self.commit()

    def _keep(self) -> None:
        preset = Preset(self.name.text().strip(), self.prompt.strip())
        try:
            self._presets.keep(preset)
        except StorageError as error:
            self.failed.emit(error)
        self.text.setPlainText(preset.prompt)
        self.commit()
        self._read()

    def _delete(self) -> None:
        preset = self.preset.currentData()
        try:
            self._presets.delete(preset.name)
        except StorageError as error:
            self.failed.emit(error)
        self._read()

    def _read(self) -> None:
        try:
            self._known = self._presets.read()
        except StorageError as error:
            self.failed.emit(error)
        self._refresh()

    def _refresh(self) -> None:
        """Choose the preset whose prompt this is; offer to save it if it is of none."""
        prompt = self.prompt.strip()
        names = [preset.name for preset in self._known]
        chosen = next((p for p in self._known if p.prompt == prompt), None)
        first = _("No preset") if not prompt else _("Written for this chat")
        with QSignalBlocker(self.preset):
            self.preset.clear()
            self.preset.addItem(first, None)
            for preset in self._known:
                self.preset.addItem(preset.name, preset)
            self.preset.setCurrentIndex(names.index(chosen.name) + 1 if chosen else 0)
        self.delete.setEnabled(chosen is not None)
        self.name.setVisible(bool(prompt) and chosen is None)
        self.keep.setVisible(bool(prompt) and chosen is None)
        self.keep.setEnabled(bool(self.name.text().strip()))

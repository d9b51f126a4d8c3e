"""What the model thought before it answered, folded away."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from alcove.gui.chat.readout import duration
from alcove.i18n import _


class ReasoningView(QWidget):
    """A line that says how long the model thought and opens what it thought."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = ""
        self.disclosure = QPushButton()
        self.disclosure.setObjectName("disclosure")
        self.disclosure.setCheckable(True)
        self.disclosure.setCursor(Qt.CursorShape.PointingHandCursor)
        self.disclosure.toggled.connect(self._fold)
        self._text = QLabel()
        self._text.setObjectName("reasoning")
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setWordWrap(True)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._text.hide()
        self._latest = ""
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 6)
        layout.setSpacing(4)
        layout.addWidget(self.disclosure, 0, Qt.AlignmentFlag.AlignLeft)
        layout.addWidget(self._text)
        self.hide()

    @property
    def text(self) -> str:
        """The reasoning as it is shown."""
        return self._text.text()

    def show_reasoning(self, text: str, seconds: float | None, *, running: bool) -> None:
        """Show the reasoning so far; nothing at all if there is none."""
        self._latest = text.strip()
        self.setVisible(bool(self._latest))
        if running:
            self._title = _("Thinking …")
        elif seconds is None:
            self._title = _("Thought")
        else:
            self._title = _("Thought for {seconds}").format(seconds=duration(seconds))
        self._fold(self.disclosure.isChecked())

    def _fold(self, opened: bool) -> None:
        self.disclosure.setText(("▾  " if opened else "▸  ") + self._title)
        if opened:
            self._text.setText(self._latest)
        self._text.setVisible(opened)

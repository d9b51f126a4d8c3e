"""The files that go with the message being written, each with what it costs."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QWidget

from alcove.chat.conversation import Attachment
from alcove.gui.icons import Icons
from alcove.gui.widgets.elided_label import ElidedLabel
from alcove.gui.widgets.parts import clear, column, icon_button, label, row, set_role
from alcove.i18n import _

ICONS = {"text": "file-text", "code": "code", "pdf": "file-pdf", "table": "table"}
"""The icon of each kind of attachment."""


class AttachmentStrip(QWidget):
    """One line for each file, one for those being read, and a sentence below."""

    removed = Signal(int)
    stopped = Signal()

    def __init__(self, icons: Icons, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icons = icons
        self._lines = column(spacing=4)
        self.sentence = label(role="caption", wrap=True)
        self._reading = ElidedLabel(role="caption")
        self.stop = icon_button(icons, "x", _("Stop reading"))
        self.stop.clicked.connect(self.stopped)
        self._reading_line = QWidget()
        reading = row(spacing=4)
        reading.addWidget(self._reading, 1)
        reading.addWidget(self.stop)
        self._reading_line.setLayout(reading)
        self.setLayout(column(self._lines, self._reading_line, self.sentence, spacing=4))
        self.show_reading("")
        self.say("")

    @property
    def reading(self) -> bool:
        """Whether files are being read."""
        return bool(self._reading.text())

    def show_files(self, attachments: Sequence[Attachment], costs: Sequence[str]) -> None:
        """Show the files, each with what it costs in words."""
        clear(self._lines)
        for place, (attachment, cost) in enumerate(zip(attachments, costs, strict=True)):
            self._lines.addWidget(self._line(place, attachment, cost))
        self._adapt()

    def show_reading(self, text: str) -> None:
        """Say what is being read; nothing, if nothing is."""
        self._reading.setText(text)
        self._reading_line.setVisible(bool(text))
        self._adapt()

    def say(self, sentence: str, role: str = "caption") -> None:
        """Show a sentence about the files, or none."""
        self.sentence.setText(sentence)
        set_role(self.sentence, role)
        self.sentence.setVisible(bool(sentence))
        self._adapt()

    def _adapt(self) -> None:
        shown = self._lines.count() > 0 or bool(self.sentence.text() or self._reading.text())
        self.setVisible(shown)

    def _line(self, place: int, attachment: Attachment, cost: str) -> QFrame:
        made = QFrame()
        made.setObjectName("attachment")
        icon = icon_button(self._icons, ICONS[attachment.kind], attachment.name)
        icon.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        icon.setEnabled(False)
        name = ElidedLabel()
        name.setText(attachment.name)
        remove = icon_button(self._icons, "x", _("Remove {name}").format(name=attachment.name))
        remove.clicked.connect(lambda: self.removed.emit(place))
        layout = row(icon, spacing=4)
        layout.addWidget(name, 1)
        layout.addWidget(label(cost, "caption"))
        layout.addWidget(remove)
        layout.setContentsMargins(4, 0, 0, 0)
        made.setLayout(layout)
        return made

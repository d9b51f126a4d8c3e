"""The drawer at the right of a conversation: its system prompt, sampling, and memory."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from alcove.chat.presets import Presets
from alcove.gui.chat.dialogue import Dialogue
from alcove.gui.chat.memory_card import MemoryCard
from alcove.gui.chat.prompt_card import PromptCard
from alcove.gui.chat.sampling_card import SamplingCard
from alcove.gui.icons import Icons
from alcove.gui.theme import Theme
from alcove.gui.widgets.parts import column, icon_button, label, row, rule
from alcove.i18n import _

WIDTH = 300
"""How wide the drawer is, in pixels."""


class Drawer(QFrame):
    """Shows and changes the setup of the conversation in view; ``decided`` follows a change."""

    decided = Signal()

    def __init__(
        self,
        dialogue: Dialogue,
        memory: MemoryCard,
        presets: Presets,
        theme: Theme,
        icons: Icons,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("drawer")
        self.setFixedWidth(WIDTH)
        self._dialogue = dialogue
        self.memory = memory
        self.prompt = PromptCard(presets, theme, icons)
        self.sampling = SamplingCard()
        self.close_button = icon_button(icons, "x", _("Close"))
        content = QWidget()
        content.setObjectName("content")
        self._cards = column(self.prompt, rule(), self.sampling, memory, spacing=16)
        self._cards.setContentsMargins(16, 4, 16, 16)
        self._cards.addStretch(1)
        content.setLayout(self._cards)
        area = QScrollArea()
        area.setWidget(content)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        head = row(label(_("This chat"), "strong"), None, self.close_button)
        head.setContentsMargins(16, 8, 10, 4)
        layout: QVBoxLayout = column(head, spacing=0)
        layout.addWidget(area, 1)
        self.setLayout(layout)
        self.prompt.changed.connect(self._decide)
        self.sampling.changed.connect(self._decide)
        self.prompt.failed.connect(dialogue.failed)
        self.hide()

    def refresh(self) -> None:
        """Show the setup of the conversation in view and the advice for the model at hand."""
        setup = self._dialogue.setup
        self.prompt.show_prompt(setup.prompt)
        self.sampling.show_setup(setup, self._dialogue.advice())

    def refresh_advice(self) -> None:
        """Show the advice for the model at hand."""
        self.sampling.show_setup(self._dialogue.setup, self._dialogue.advice())

    def commit(self) -> None:
        """Take over what is being typed, before another conversation is shown or a message sent."""
        self.prompt.commit()

    def _decide(self) -> None:
        setup = replace(self._dialogue.setup, prompt=self.prompt.prompt)
        self._dialogue.set_up(self.sampling.decided(setup))
        self.decided.emit()

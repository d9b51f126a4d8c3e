"""The one channel for messages that no page has a better place for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QObject, Signal

Tone = Literal["info", "good", "error"]


@dataclass(frozen=True)
class Action:
    """A button: what it says and what it does."""

    label: str
    run: Callable[[], None]


@dataclass(frozen=True)
class Message:
    """A sentence for the user with at most two remedies."""

    text: str
    tone: Tone = "info"
    actions: tuple[Action, ...] = ()


class Messages(QObject):
    """Carries messages from anywhere to the banner of the window."""

    posted = Signal(object)
    cleared = Signal()

    def post(self, text: str, tone: Tone = "info", *actions: Action) -> None:
        """Show a message in place of the last one."""
        self.posted.emit(Message(text, tone, actions[:2]))

    def clear(self) -> None:
        """Take the message away."""
        self.cleared.emit()

"""The one channel for messages that no page has a better place for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QObject, QTimer, Signal

_GOOD_MS = 8_000

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
    """Carries messages from anywhere to the banner of the window.

    An error stays until the user closes it or another error comes; good news leaves by itself.
    """

    posted = Signal(object)
    cleared = Signal()

    def __init__(self, parent: QObject | None = None, *, good_ms: int = _GOOD_MS) -> None:
        super().__init__(parent)
        self._unread_error = False
        self._leave = QTimer(self, singleShot=True, interval=good_ms)
        self._leave.timeout.connect(self.clear)

    def post(self, text: str, tone: Tone = "info", *actions: Action) -> None:
        """Show a message in place of the last one, unless that is an error and this is none."""
        if self._unread_error and tone != "error":
            return
        self._unread_error = tone == "error"
        self._leave.stop()
        if tone == "good":
            self._leave.start()
        self.posted.emit(Message(text, tone, actions[:2]))

    def clear(self) -> None:
        """Take the message away."""
        self._unread_error = False
        self._leave.stop()
        self.cleared.emit()

"""The whole way from the start to an answer, walked by the program itself."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PySide6.QtCore import (
    QMessageLogContext,
    QObject,
    QTimer,
    QtMsgType,
    Signal,
    qInstallMessageHandler,
)
from PySide6.QtWidgets import QApplication

from alcove.chat.conversation import Message
from alcove.gui.chat.readout import figures_line
from alcove.gui.desktop import Desktop
from alcove.gui.session import SessionState
from alcove.i18n import _
from alcove.paths import Paths

_DEADLINE_MS = 180_000


def self_test() -> int:
    """Open the window, ask the starter model one question, and quit.

    Prints the answer and returns 0, or prints what went wrong and returns 1. The user's own
    settings and chats are not touched.
    """
    with fresh_desktop() as (application, desktop):
        rehearsal = Rehearsal(desktop)

        def succeed(answer: str) -> None:
            sys.stdout.write(f"{answer}\n")
            application.exit(0)

        def fail(reason: str) -> None:
            sys.stderr.write(f"{reason}\n")
            application.exit(1)

        rehearsal.answered.connect(succeed)
        rehearsal.failed.connect(fail)
        desktop.window.show()
        return application.exec()


@contextmanager
def fresh_desktop() -> Iterator[tuple[QApplication, Desktop]]:
    """Build the window in a home of its own, without a screen where there is none."""
    if sys.platform == "linux" and not {"DISPLAY", "WAYLAND_DISPLAY"} & set(os.environ):
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    before = qInstallMessageHandler(_pass_on)
    application = QApplication(["alcove"])
    with tempfile.TemporaryDirectory(prefix="alcove-") as home:
        root = Path(home)
        desktop = Desktop(application, Paths(root, root / "cache", root / "logs"))
        try:
            yield application, desktop
        finally:
            desktop.window.close()
            qInstallMessageHandler(before)


def _pass_on(kind: QtMsgType, _context: QMessageLogContext, text: str) -> None:
    """Write what Qt says, but for what it says of every window where there is no screen."""
    if "propagateSizeHints" not in text and kind != QtMsgType.QtDebugMsg:
        sys.stderr.write(f"{text}\n")


class Rehearsal(QObject):
    """Loads the starter as soon as it was found, and asks it one question.

    Either ``answered`` carries the answer or ``failed`` a sentence.
    """

    answered = Signal(str)
    failed = Signal(str)

    def __init__(self, desktop: Desktop) -> None:
        super().__init__(desktop)
        self._desktop = desktop
        self._deadline = QTimer(self, singleShot=True, interval=_DEADLINE_MS)
        self._deadline.timeout.connect(lambda: self._fail(_("No answer came in time.")))
        self._deadline.start()
        desktop.inventory.installed_changed.connect(self._begin)

    def _begin(self) -> None:
        self._desktop.inventory.installed_changed.disconnect(self._begin)
        starter = self._desktop.inventory.starter
        if starter is None:
            self._fail(_("The starter model is not installed."))
            return
        self._desktop.open_chat(starter, None)
        if self._desktop.chat is None:
            self._fail(_("The chat could not be opened."))
            return
        self._desktop.chat.session.changed.connect(self._follow)
        self._desktop.chat.page.dialogue.settled.connect(self._end)

    def _follow(self) -> None:
        chat = self._desktop.chat
        assert chat is not None
        if chat.session.state is SessionState.READY:
            question = _("What is a quantized language model? Answer in two short sentences.")
            chat.page.dialogue.send(question)
        elif chat.session.state is SessionState.FAILED:
            self._fail(str(chat.session.failure))

    def _end(self, message: Message) -> None:
        if message.state != "complete":
            self._fail(message.failure or _("The answer broke off."))
        elif message.figures is None or message.figures.generation_tokens_per_second <= 0:
            self._fail(_("The answer came without its figures."))
        elif self._deadline.isActive():
            self._deadline.stop()
            if self._desktop.chat is not None:
                self._desktop.chat.session.changed.disconnect(self._follow)
            self.answered.emit(f"{message.text}\n{figures_line(message.figures)}")

    def _fail(self, reason: str) -> None:
        self._deadline.stop()
        self.failed.emit(reason)

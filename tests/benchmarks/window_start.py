"""Figures of the start: the first frame beside that of a bare window, and the first token.

Both windows run in child processes, by turns, from the start of the interpreter to the first paint
of the window.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton

from alcove.gui.pages.discover import DiscoverPage
from alcove.gui.session import SessionState
from benchmarks.window_figure import Figure, desktop, until

RUNS = 9

BARE = """
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QApplication, QMainWindow

class Window(QMainWindow):
    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        print("frame", flush=True)

application = QApplication([])
window = Window()
window.resize(1280, 800)
window.show()
application.exec()
"""

ALCOVE = """
import gc

gc.disable()  # as alcove.gui.app does
from PySide6.QtWidgets import QApplication
from alcove.gui.desktop import Desktop
from alcove.paths import Paths

application = QApplication([])
desktop = Desktop(application, Paths.from_environment())
desktop.window.first_frame.connect(lambda: print("frame", flush=True))
desktop.window.show()
application.exec()
"""


def milliseconds_to_frame(program: str, home: str) -> float:
    """Run ``program`` until it reports its first frame, then end it."""
    environment = os.environ | {"ALCOVE_HOME": home, "PYTHONPYCACHEPREFIX": f"{home}/bytecode"}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    if sys.platform == "linux" and not environment.get("DISPLAY"):
        environment.setdefault("QT_QPA_PLATFORM", "offscreen")
    begin = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, "-c", program], env=environment, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        line = child.stdout.readline()
        passed = time.perf_counter() - begin
        child.kill()
    if line.strip() != "frame":
        raise RuntimeError("the window never painted")
    return passed * 1000


def figures() -> Iterator[Figure]:
    """The first frame, warm, by that of a bare window."""
    with tempfile.TemporaryDirectory() as home:
        for program in (BARE, ALCOVE):
            milliseconds_to_frame(program, home)
        bare, alcove = [], []
        for _run in range(RUNS):
            bare.append(milliseconds_to_frame(BARE, home))
            alcove.append(milliseconds_to_frame(ALCOVE, home))
    yield Figure("ms to the first frame: a bare window", statistics.median(bare))
    yield Figure("ms to the first frame: Alcove", statistics.median(alcove))
    ratios = [mine / theirs for mine, theirs in zip(alcove, bare, strict=True)]
    yield Figure("the latter by the former", statistics.median(ratios), 1.5)


def first_token() -> Iterator[Figure]:
    """From a first start to the first token of the starter, by a user who clicks at once."""
    clicks = 0
    begin = time.perf_counter()
    with desktop() as opened:
        until(lambda: opened.window.shows("discover"))
        page = opened.window.page("discover")
        assert isinstance(page, DiscoverPage)
        until(page.welcome.button.isVisible)
        clicks += _click(page.welcome.button)
        chat = opened.chat
        assert chat is not None
        until(lambda: chat.session.state is SessionState.READY)
        examples = chat.page.welcome.findChildren(QPushButton, "example")
        until(examples[0].isEnabled)
        clicks += _click(examples[0])
        until(lambda: bool(chat.page.transcript.views[-1].text))
        passed = time.perf_counter() - begin
        yield Figure("first start to first token: clicks", clicks, 2)
        yield Figure("first start to first token: s", passed, 5)


def _click(button: QPushButton) -> int:
    """Click, if there is something to click; returns how many clicks that were."""
    assert button.isVisible()
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    return 1

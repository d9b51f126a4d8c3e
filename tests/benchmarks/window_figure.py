"""What every figure of the window is taken with: a clock, an open window, a line of the table.

Imports no more than the window itself does, so that its memory is that of the window.
"""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil
from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication

from alcove.gui.desktop import Desktop
from alcove.paths import Paths

MIB = 2**20
_PATIENCE_S = 120.0


@dataclass(frozen=True)
class Figure:
    """One figure, and the most or the least that it may be; None: it is only told."""

    name: str
    value: float
    bound: float | None = None
    most: bool = True

    @property
    def holds(self) -> bool:
        if self.bound is None:
            return True
        return self.value <= self.bound if self.most else self.value >= self.bound

    def __str__(self) -> str:
        sign = "<=" if self.most else ">="
        wanted = "" if self.bound is None else f"{sign} {self.bound:g}"
        return f"{self.name:<62} {self.value:>9.4g}  {wanted}{'' if self.holds else '  MISSED'}"

    def tell(self) -> None:
        """Hand it to the process that prints the table."""
        print(json.dumps(asdict(self)), flush=True)


def until(condition: Callable[[], bool], seconds: float = _PATIENCE_S) -> None:
    """Let the window live until ``condition`` holds."""
    deadline = time.monotonic() + seconds
    loop, timer = QEventLoop(), QTimer(interval=10)

    def look() -> None:
        if condition():
            loop.quit()
        elif time.monotonic() > deadline:
            loop.exit(1)

    timer.timeout.connect(look)
    timer.start()
    if loop.exec():
        raise TimeoutError("what was waited for did not come")


def rest(seconds: float) -> None:
    """Let the window live for a while."""
    loop = QEventLoop()
    QTimer.singleShot(round(seconds * 1000), loop.quit)
    loop.exec()


@contextmanager
def desktop() -> Generator[Desktop]:
    """Open Alcove's window in a home of its own."""
    application = QApplication(["benchmark"])
    with tempfile.TemporaryDirectory() as home:
        root = Path(home)
        os.environ["HF_HOME"] = str(root / "huggingface")
        made = Desktop(application, Paths(root, root / "cache", root / "logs"))
        made.window.show()
        try:
            yield made
        finally:
            made.window.close()


def resident() -> float:
    """Return the MiB that this process takes of RAM."""
    return float(psutil.Process().memory_info().rss / MIB)

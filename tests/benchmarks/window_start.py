"""How long Alcove takes to its first frame, beside a bare PySide6 window.

Both run in child processes, by turns, from the start of the interpreter to the first paint of
the window. Prints a table; exits with 1 if Alcove takes twice as long as the bare window or more.

    python tests/benchmarks/window_start.py [RUNS]
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time

LIMIT = 2.0

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


def main(runs: int) -> int:
    """Measure both, print the table, and return the exit code."""
    with tempfile.TemporaryDirectory() as home:
        for program in (BARE, ALCOVE):
            milliseconds_to_frame(program, home)
        bare, alcove = [], []
        for _run in range(runs):
            bare.append(milliseconds_to_frame(BARE, home))
            alcove.append(milliseconds_to_frame(ALCOVE, home))
    medians = statistics.median(bare), statistics.median(alcove)
    ratio = medians[1] / medians[0]
    print(f"{'bare window':>14} {'Alcove':>10} {'ratio':>7}   (medians of {runs} warm runs)")
    print(f"{medians[0]:>11.0f} ms {medians[1]:>7.0f} ms {ratio:>7.2f}")
    return 0 if ratio < LIMIT else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 7))

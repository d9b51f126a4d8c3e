"""What watching 10,000 GGUF files costs, and how soon a new one is seen.

   python tests/benchmarks/library_watch.py

Makes the files of ``library.py`` and opens the Library page on them, without a screen. Prints how
long the window was held up at most, how much of a processor is used in 20 seconds in which nothing
happens, and how long after its last byte a new file is listed. Fails if idling takes 1 % or more.
"""

from __future__ import annotations

import importlib.util
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

os.environ["QT_QPA_PLATFORM"] = "offscreen"
sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.remove(str(Path(__file__).parent))  # whose "library" is another file

from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication

from alcove.catalog.load import load_catalog
from alcove.gui.appraising import Appraising
from alcove.gui.icons import Icons
from alcove.gui.inventory import Inventory
from alcove.gui.pages.library import LibraryPage
from alcove.gui.preferences import Preferences
from alcove.gui.tasks import Tasks
from alcove.gui.theme import Theme
from alcove.network import Network
from alcove.paths import Paths
from alcove.settings import Settings
from library.machine_of_files import put
from local_hub.tiny_gguf import tiny_gguf

IDLE_S = 20.0
LONGEST_S = 120.0


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        _isolate(home)
        _files().make(home)
        return _measure(home)


def _measure(home: Path) -> int:
    app = QApplication([])
    tasks = Tasks(lambda error: print(error, file=sys.stderr))
    settings = Settings(model_folders=(str(home / "own"),))
    preferences = Preferences(home / "settings.json", settings, print)
    inventory = Inventory(tasks, preferences, Appraising(Paths(home, home, home), Network))
    inventory.catalog = load_catalog()
    page = LibraryPage(tasks, inventory, preferences, Icons(Theme(app, "light")))
    page.show()
    gaps = _Gaps()
    inventory.find_installed()
    _wait(lambda: bool(inventory.installed))
    _idle(5.0)  # the look after the first, for what came before the watch
    held = gaps.stop()
    before = time.process_time()
    _idle(IDLE_S)
    share = (time.process_time() - before) / IDLE_S
    path = put(home / "own" / "7" / "new.gguf", tiny_gguf(name="New"))
    start = time.perf_counter()
    _wait(lambda: any(one.path == path for one in inventory.installed or ()))
    seen = time.perf_counter() - start
    print(f"{len(inventory.installed or ())} models, {len(inventory.watch.watched)} paths watched")
    print(f"longest time the window was held up {held:8.2f} s")
    print(f"processor while nothing happens     {share:8.2%}")
    print(f"a new file is listed after          {seen:8.2f} s")
    tasks.close()
    return 0 if share < 0.01 else 1


class _Gaps:
    """The longest time in which the window did nothing else, in seconds."""

    def __init__(self) -> None:
        self._last = time.perf_counter()
        self._longest = 0.0
        self._timer = QTimer(interval=5)
        self._timer.timeout.connect(self._tick)
        self._timer.start()

    def stop(self) -> float:
        self._timer.stop()
        return self._longest

    def _tick(self) -> None:
        now = time.perf_counter()
        self._longest, self._last = max(self._longest, now - self._last), now


def _isolate(home: Path) -> None:
    os.environ |= {
        "HOME": str(home),
        "HF_HOME": str(home / "huggingface"),
        "OLLAMA_MODELS": str(home / ".ollama" / "models"),
    }


def _files() -> ModuleType:
    """Load the benchmark beside this one, whose name is also that of a folder of tests."""
    spec = importlib.util.spec_from_file_location("files", Path(__file__).with_name("library.py"))
    assert spec
    assert spec.loader
    made = importlib.util.module_from_spec(spec)
    path = list(sys.path)
    sys.path.append(str(Path(__file__).parent))  # which it takes away
    spec.loader.exec_module(made)
    sys.path[:] = path
    return made


def _idle(seconds: float) -> None:
    loop = QEventLoop()
    QTimer.singleShot(round(seconds * 1000), loop.quit)
    loop.exec()


def _wait(done: Callable[[], bool]) -> None:
    end = time.perf_counter() + LONGEST_S
    while not done():
        if time.perf_counter() > end:
            raise TimeoutError
        _idle(0.01)


if __name__ == "__main__":
    sys.exit(main())

"""How long it takes from a move of the context slider to its verdict on screen, by dry run.

    QT_QPA_PLATFORM=offscreen python tests/benchmarks/gui_slider.py

A model that comes into view is priced at every position of its slider at once, nearest first.
Prints, for headers of several models: how long the first verdict takes, and all positions; the
median and the longest time of a step from then on; and the longest time for which the GUI thread
did not come round meanwhile, painting included. Fails where a median step takes 16 ms or more.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path

from PySide6.QtCore import QEventLoop, Qt, QTimer
from PySide6.QtWidgets import QApplication

sys.path.insert(0, str(Path(__file__).parents[1]))

from alcove.catalog.load import Catalog, load_catalog
from alcove.fit.dryrun.store import SkeletonStore
from alcove.fit.offer import choose
from alcove.gguf.skeleton import skeleton_of
from alcove.gui.appraising import Appraising
from alcove.gui.icons import Icons
from alcove.gui.inventory import Inventory
from alcove.gui.preferences import Preferences
from alcove.gui.tasks import Tasks
from alcove.gui.theme import Theme
from alcove.gui.transfers import Transfers
from alcove.gui.verdicts import Verdicts
from alcove.gui.widgets.offer_detail import OfferDetail
from alcove.hardware.detect import detect
from alcove.hub.queue import TransferQueue
from alcove.network import Network
from alcove.paths import Paths
from alcove.settings import Settings
from fit.synthetic import Synthetic
from fit.synthetic_shapes import gemma3_4b, gpt_oss_20b, nemotron_nano_9b, qwen3_8b

ROUNDS = 5
MOST_STEP_SECONDS = 0.016
KV_TYPES = ("f16", "q8_0", "q4_0")


def main() -> int:
    application = QApplication(["benchmark"])
    theme = Theme(application, "light")
    print(f"{'':20}{'first, ms':>10}{'all, ms':>9}{'step, ms':>16}{'GUI busy, ms':>16}")
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder), theme)
        steps = [
            bench.measure(model_id, shape)
            for model_id, shape in (
                ("qwen3-8b", qwen3_8b()),
                ("gemma-3-4b", gemma3_4b()),
                ("gpt-oss-20b", gpt_oss_20b()),
                ("nemotron-3-nano-4b", nemotron_nano_9b()),
            )
        ]
        bench.close()
    return int(max(steps) >= MOST_STEP_SECONDS)


class Bench:
    """The detail pane of Discover with all that it works on."""

    def __init__(self, folder: Path, theme: Theme) -> None:
        paths = Paths(folder, folder, folder)
        self.catalog: Catalog = load_catalog()
        self.store = SkeletonStore(paths.data / "headers")
        self.appraising = Appraising(paths, lambda: Network(offline=True))
        self.tasks = Tasks(print)
        preferences = Preferences(paths.settings, Settings(offline=True), print)
        self.inventory = Inventory(self.tasks, preferences, self.appraising)
        self.inventory.machine = detect()
        self.inventory.installed = ()
        queue = TransferQueue(paths.database)
        transfers = Transfers(self.tasks, queue, preferences.transfer_options)
        self.verdicts = verdicts = Verdicts(self.tasks, self.inventory, preferences)
        self.pane = OfferDetail(self.inventory, transfers, verdicts, theme, Icons(theme))
        self.pane.resize(400, 900)
        self.pane.show()

    def measure(self, model_id: str, shape: Synthetic) -> float:
        """Take every step of the slider with every type of KV cache; return the median seconds."""
        model = next(one for one in self.catalog.models if one.id.startswith(model_id))
        assert self.inventory.machine is not None
        offer = choose(model, self.inventory.machine, 8192)
        for one in model.quantizations:
            self.store.note(one.repository, one.file, (shape.name,))
        self.store.keep((shape.name,), skeleton_of(shape.headers()))
        slider, kv_type = self.pane.context.slider, self.pane.advanced.kv_type.select
        first, every = self.until_foreseen(lambda: self.pane.show_offer(offer))
        taken, busy = [], []
        for name in KV_TYPES:
            if kv_type.findData(name) != kv_type.currentIndex():
                self.until_foreseen(
                    lambda name=name: kv_type.setCurrentIndex(kv_type.findData(name))
                )
            for number in range(ROUNDS * (slider.maximum() + 1)):
                if (position := number % (slider.maximum() + 1)) == slider.value():
                    continue
                seconds, gap = self.wait(lambda position=position: slider.setValue(position))
                taken.append(seconds)
                busy.append(gap)
            assert self.pane.fit is not None
            assert self.pane.fit.basis == "dry-run", self.pane.fit
        print(f"{shape.name:20}{first * 1e3:>10.1f}{every * 1e3:>9.1f}{said(taken)}{said(busy)}")
        return statistics.median(taken)

    def until_foreseen(self, act: object) -> tuple[float, float]:
        """Do something; return seconds to the verdict, and until all positions are priced."""
        loop = QEventLoop()
        self.verdicts.foreseen.connect(loop.quit)
        begin = time.perf_counter()
        first, _gap = self.wait(act)
        QTimer.singleShot(20_000, loop, loop.quit)
        loop.exec()
        self.verdicts.foreseen.disconnect(loop.quit)
        return first, time.perf_counter() - begin

    def wait(self, act: object) -> tuple[float, float]:
        """Do something and wait for the verdict; returns seconds, and the longest gap."""
        loop, ticks = QEventLoop(), []
        ticker = QTimer(interval=2)  # not 0, which would take a core for itself
        ticker.setTimerType(Qt.TimerType.PreciseTimer)
        ticker.timeout.connect(lambda: ticks.append(time.perf_counter()))
        self.pane.shown.connect(loop.quit)
        begin = time.perf_counter()
        act()  # type: ignore[operator]
        ticker.start()
        QTimer.singleShot(20_000, loop, loop.quit)
        loop.exec()
        taken = time.perf_counter() - begin
        QApplication.processEvents()  # paint
        ticks = [begin, *ticks, time.perf_counter()]
        ticker.stop()
        self.pane.shown.disconnect(loop.quit)
        return taken, max(later - earlier for earlier, later in pairwise(ticks))

    def close(self) -> None:
        """End the tasks and the process of the dry run."""
        self.pane.close()
        self.tasks.close()
        self.appraising.close()


def said(seconds: list[float]) -> str:
    return f"{statistics.median(seconds) * 1e3:8.1f}, {max(seconds) * 1e3:5.1f} "


if __name__ == "__main__":
    sys.exit(main())

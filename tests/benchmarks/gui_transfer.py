"""How long the window keeps its user waiting while a download runs at full speed.

    QT_QPA_PLATFORM=offscreen python tests/benchmarks/gui_transfer.py [--size MIB]

The whole window, the real transfer process and a hub in a process of its own, over loopback; 1024
MiB unless told otherwise. A timer ticks every 2 ms on the GUI thread; a stall is how much later
than that it ticks, painting and the work of all other programs included. Prints the stalls of the
window at rest, with the Downloads page in view, and with Discover; how long the GUI thread itself
was at work between two ticks; and, on Linux, how long other programs kept the processor from it.
Fails where the 99th percentile of the stalls during a download is 16 ms or more.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parents[1]))

if TYPE_CHECKING:
    from alcove.gui.desktop import Desktop

REPOSITORY = "org/Large-GGUF"
REST_S = 5.0
TICK_S = 0.002
MOST_STALL_S = 0.016
LONGEST_S = 300.0
SCHEDULED = Path("/proc/thread-self/schedstat")


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--size", type=int, default=1024, help="MiB to download")
    parser.add_argument("--serve", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve:
        return serve(arguments.serve)
    with tempfile.TemporaryDirectory(prefix="alcove-") as folder:
        return measure(Path(folder), arguments.size * 1024**2)


def serve(folder: Path) -> int:
    """Be the hub: serve the files in ``folder`` until the input closes."""
    from local_hub import LocalHub

    with LocalHub() as hub:
        for path in sorted(folder.glob("*.gguf")):
            hub.add(REPOSITORY, path.name, path)
        print(hub.endpoint, flush=True)
        sys.stdin.read()
    return 0


@contextmanager
def hub(folder: Path) -> Iterator[str]:
    """Yield the endpoint of a hub in a process of its own, which does not slow the window's."""
    command = [sys.executable, __file__, "--serve", str(folder)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.stdin.close()


def measure(folder: Path, size: int) -> int:
    served, home = folder / "served", folder / "home"
    served.mkdir()
    pages = ("downloads", "discover")
    for number, page in enumerate(pages):
        with (served / f"{page}-Q4_K_M.gguf").open("wb") as file:
            file.write(bytes([number]) * 1024)  # of different content, or it would be there already
            file.truncate(size)
    os.environ |= {"HF_HOME": str(folder / "huggingface"), "ALCOVE_HOME": str(home)}
    for name in ("HF_HUB_OFFLINE", "HF_HUB_CACHE", "HF_TOKEN", "HTTP_PROXY", "http_proxy"):
        os.environ.pop(name, None)
    with hub(served) as endpoint:
        os.environ["HF_ENDPOINT"] = endpoint
        return in_window(home, size, pages)


def in_window(home: Path, size: int, pages: tuple[str, ...]) -> int:
    from PySide6.QtWidgets import QApplication

    from alcove.gui.desktop import Desktop
    from alcove.paths import Paths

    application = QApplication(["benchmark"])
    desktop = Desktop(application, Paths(home, home / "cache", home / "logs"))
    bench = Bench(desktop)
    desktop.window.show()
    bench.until(lambda: bool(desktop.inventory.installed) and bench.is_quiet(), LONGEST_S)
    heads = f"{'MB/s':>8}{'stall p50':>11}{'p99':>8}{'longest':>9}{'own p99':>9}"
    print(f"{'':24}{heads}{'kept from it':>14}  ms")
    rows = [bench.rest(REST_S)]
    rows += [bench.download(page, size) for page in pages]
    desktop.window.close()
    return int(any(row.percentile(99) >= MOST_STALL_S for row in rows[1:]))


@dataclass(frozen=True)
class Row:
    """Stalls, and of each the GUI thread's own time and its wait for a processor, in seconds."""

    name: str
    stalls: list[float]
    own: list[float]
    queued: list[float]
    bytes_per_second: float = 0.0

    def percentile(self, percent: int) -> float:
        return ranked(self.stalls, percent)

    def show(self) -> Row:
        speed = f"{self.bytes_per_second / 1e6:.0f}" if self.bytes_per_second else "-"
        figures = (self.percentile(50), self.percentile(99), max(self.stalls))
        said = "".join(
            f"{value * 1e3:>{width}.1f}" for value, width in zip(figures, (11, 8, 9), strict=True)
        )
        said += f"{ranked(self.own, 99) * 1e3:>9.1f}{ranked(self.queued, 99) * 1e3:>14.1f}"
        print(f"{self.name:24}{speed:>8}{said}", flush=True)
        return self


class Bench:
    """The window, and a ticker on its thread."""

    def __init__(self, desktop: Desktop) -> None:
        from PySide6.QtCore import Qt, QTimer

        self._desktop = desktop
        self._ticks: list[tuple[float, float, float]] = []
        self._ticker = QTimer(desktop, interval=round(TICK_S * 1e3))
        self._ticker.setTimerType(Qt.TimerType.PreciseTimer)
        self._ticker.timeout.connect(
            lambda: self._ticks.append((time.perf_counter(), time.thread_time(), queued_s()))
        )

    def is_quiet(self) -> bool:
        """Whether the start of the window, with all its verdicts, is over."""
        page = self._desktop.window.page("discover")
        return not (page.pricing or page.verdicts.busy)

    def rest(self, seconds: float) -> Row:
        end = time.perf_counter() + seconds
        self._watch(lambda: time.perf_counter() > end)
        return self._row("at rest").show()

    def download(self, page: str, size: int) -> Row:
        from alcove.hub.items import Wanted

        transfers, file = self._desktop.transfers, f"{page}-Q4_K_M.gguf"
        self._desktop.window.open_page(page)
        begin = time.perf_counter()
        transfers.add(Wanted(page, REPOSITORY, file))
        self._watch(
            lambda: any(one.file == file and one.state == "done" for one in transfers.items)
        )
        speed = size / (time.perf_counter() - begin)
        return self._row(f"{page}, {size / 1024**2:.0f} MiB", speed).show()

    def _watch(self, is_over: Callable[[], bool]) -> None:
        self._ticks.clear()
        self._ticker.start()
        self.until(is_over, LONGEST_S)
        self._ticker.stop()

    def _row(self, name: str, speed: float = 0.0) -> Row:
        pairs = list(pairwise(self._ticks))
        stalls = [max(0.0, after[0] - before[0] - TICK_S) for before, after in pairs]
        own = [after[1] - before[1] for before, after in pairs]
        return Row(name, stalls, own, [after[2] - before[2] for before, after in pairs], speed)

    def until(self, is_over: Callable[[], bool], seconds: float) -> None:
        """Let the window work until something is so; asks five times a second."""
        from PySide6.QtCore import QEventLoop, QTimer

        loop, asking = QEventLoop(), QTimer(interval=200)
        asking.timeout.connect(lambda: loop.quit() if is_over() else None)
        asking.start()
        late = threading.Timer(seconds, lambda: os._exit(2))
        late.start()
        loop.exec()
        late.cancel()


def queued_s() -> float:
    """Return how long this thread has waited for a processor so far; 0 where nobody tells."""
    try:
        return int(SCHEDULED.read_text().split()[1]) / 1e9
    except OSError:
        return 0.0


def ranked(values: list[float], percent: int) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]


if __name__ == "__main__":
    sys.exit(main())

"""How long it takes to find models among 20,000, and to sort them: by itself and in the window.

    QT_QPA_PLATFORM=offscreen python tests/benchmarks/find.py

The catalog is the shipped one with made-up relatives of its models. First the functions that the
command line uses too: each filter, each order, and searches of several kinds. Then the real page:
every key of some searches is typed, filters and orders are chosen, and for each the longest time
is taken for which the GUI thread did not come round within a third of a second, painting and the
details included. Each is done in ROUNDS rounds, of which the fastest counts, as other programs
disturb single ones; beside it stand the slowest, and for how long the thread itself ran in the
fastest, which is the same on a computer that does nothing else. Fails where a filter or an order
takes 50 ms or more, or a key 16 ms or more.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from PySide6.QtCore import QEventLoop, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

sys.path.insert(0, str(Path(__file__).parents[1]))

from alcove.catalog.load import Catalog
from alcove.catalog.search import Search
from alcove.catalog.wanted import Wanted
from alcove.fit.offer import Offer, choose
from alcove.fit.rank import ORDERS, Order, ordered, rank
from alcove.gui.appraising import Appraising
from alcove.gui.garbage import Collector
from alcove.gui.icons import Icons
from alcove.gui.inventory import Inventory
from alcove.gui.pages.discover import DiscoverPage
from alcove.gui.preferences import Preferences
from alcove.gui.tasks import Tasks
from alcove.gui.theme import Theme
from alcove.gui.transfers import Transfers
from alcove.hardware.machine import Machine
from alcove.hardware.profiles import load_profile
from alcove.hub.queue import TransferQueue
from alcove.network import Network
from alcove.paths import Paths
from alcove.settings import Settings
from benchmarks.many_models import many_models

COUNT = 20_000
ROUNDS = 5
MOST_SECONDS, MOST_KEY_SECONDS = 0.050, 0.016
SEARCHES = ("qwen 3 coder", "deapseek", "ember forge 12", "gemma", "no such thing")
FILTERS = {
    "nothing": Wanted(),
    "family": Wanted(family="Qwen3"),
    "size": Wanted(most_parameters=9 * 10**9),
    "licence": Wanted(commercial=True),
    "abilities": Wanted(abilities=frozenset({"vision", "tools"})),
    "country": Wanted(country="France"),
    "language": Wanted(language="de"),
    "all of them": Wanted("mistral", "", 25 * 10**9, True, frozenset({"tools"}), "France", "de"),
}


@dataclass(frozen=True, order=True)
class Taken:
    """Seconds by the clock, and those of them in which this thread ran."""

    seconds: float
    ran: float = field(compare=False)


Rounds = list[Taken]


def main() -> int:
    catalog, machine = many_models(COUNT), load_profile("rtx-4060-8gb")
    print(f"{len(catalog.chat_models):,} models, {ROUNDS} rounds", end="")
    print(f"{'best, ms':>26}{'worst, ms':>11}{'ran, ms':>10}")
    functions = measure_functions(catalog, machine)
    keys, choices = measure_page(catalog, machine)
    slow = [each for each in (*functions, *choices) if min(each).seconds >= MOST_SECONDS]
    stalls = [each for each in keys if min(each).seconds >= MOST_KEY_SECONDS]
    print(f"{len(slow)} of {len(functions) + len(choices)} take 50 ms or more")
    print(f"{len(stalls)} of {len(keys)} keys stall for 16 ms or more")
    return int(bool(slow or stalls))


def measure_functions(catalog: Catalog, machine: Machine) -> list[Rounds]:
    offers = priced(catalog, machine)
    print_row("making the search, once", [timed(lambda: Search(catalog.models))])
    measured = []
    search = catalog.search
    for name, wanted in FILTERS.items():
        measured.append(rounds_of(lambda wanted=wanted: narrowed(offers, search, wanted)))
        print_row(f"filter: {name}", measured[-1])
    for text in SEARCHES:
        wanted = Wanted(text)
        measured.append(rounds_of(lambda wanted=wanted: narrowed(offers, search, wanted)))
        print_row(f"search: {text}", measured[-1])
    for order in ORDERS:
        measured.append(rounds_of(lambda order=order: ordered(offers, order)))
        print_row(f"sort: {order}", measured[-1])
    return measured


def priced(catalog: Catalog, machine: Machine) -> list[Offer]:
    return rank(choose(model, machine, 8192) for model in catalog.chat_models)


def narrowed(offers: list[Offer], search: Search, wanted: Wanted) -> list[Offer]:
    found = search.find(wanted)
    return [offer for offer in offers if offer.model.id in found]


def measure_page(catalog: Catalog, machine: Machine) -> tuple[list[Rounds], list[Rounds]]:
    application = QApplication.instance() or QApplication(["benchmark"])
    assert isinstance(application, QApplication)
    with tempfile.TemporaryDirectory() as folder:
        window = Window(Path(folder), Theme(application, "light"), catalog, machine)
        keys = [rounds for text in SEARCHES for rounds in window.type(text)]
        choices = [*window.sort(), *window.filter()]
        window.close()
    return keys, choices


class Window:
    """The Discover page with all that it works on."""

    def __init__(self, folder: Path, theme: Theme, catalog: Catalog, machine: Machine) -> None:
        self.garbage = Collector()
        paths = Paths(folder, folder, folder)
        self.appraising = Appraising(paths, lambda: Network(offline=True), dry_run=False)
        self.tasks = Tasks(print)
        preferences = Preferences(paths.settings, Settings(offline=True), print)
        inventory = Inventory(self.tasks, preferences, self.appraising)
        transfers = Transfers(
            self.tasks, TransferQueue(paths.database), preferences.transfer_options
        )
        inventory.machine, inventory.catalog, inventory.installed = machine, catalog.prepared(), ()
        self.page = DiscoverPage(
            self.tasks, inventory, preferences, transfers, theme, Icons(theme), every_ms=10**8
        )
        self.page.resize(1196, 800)
        self.page.show()
        loop = QEventLoop()
        self.page.priced.connect(loop.quit)
        begin = now()
        inventory.catalog_changed.emit()
        QTimer.singleShot(600_000, loop, loop.quit)
        loop.exec()
        print_row("pricing all, in a task", [since(begin)])
        assert self.page.offers.count

    def type(self, text: str) -> list[Rounds]:
        """Type a search and clear it; return the stalls of each key, and of clearing."""
        search = self.page.bar.search
        steps: list[Callable[[], object]] = [
            *(lambda key=key: QTest.keyClicks(search, key) for key in text),
            search.clear,
        ]
        keys = self.repeated(steps)
        print_row(f"typing: {text}", [max(each) for each in zip(*keys, strict=True)])
        return keys

    def sort(self) -> list[Rounds]:
        orders = self.page.bar.orders
        found = self.repeated(
            [lambda n=n: orders.setCurrentIndex(n) for n in (*range(1, len(ORDERS)), 0)]
        )
        for number, rounds in enumerate(found, start=1):
            name: Order = ORDERS[number % len(ORDERS)]
            print_row(f"page, sort: {name}", rounds)
        return found

    def filter(self) -> list[Rounds]:
        filters, unfit = self.page.bar.filters, self.page.bar.unfit
        steps = {
            "family": lambda: filters.families.setCurrentIndex(5),
            "no family": lambda: filters.families.setCurrentIndex(0),
            "tools": lambda: filters.abilities["tools"].setChecked(True),
            "tools and vision": lambda: filters.abilities["vision"].setChecked(True),
            "clear": filters.clear,
            "show what does not fit": lambda: unfit.setChecked(True),
            "hide what does not fit": lambda: unfit.setChecked(False),
        }
        found = self.repeated(list(steps.values()))
        for name, rounds in zip(steps, found, strict=True):
            print_row(f"page, filter: {name}", rounds)
        return found

    def repeated(self, steps: list[Callable[[], object]]) -> list[Rounds]:
        """Do all steps in each round; return the longest stall of each step, by round."""
        rounds = [[self.stall(step) for step in steps] for _round in range(ROUNDS)]
        return [list(each) for each in zip(*rounds, strict=True)]

    def stall(self, act: Callable[[], object]) -> Taken:
        """Do something, and return the longest time for which the GUI thread is busy with it."""
        loop, ticks = QEventLoop(), [now()]
        ticker = QTimer(interval=1)
        ticker.setTimerType(Qt.TimerType.PreciseTimer)
        ticker.timeout.connect(lambda: ticks.append(now()))
        ticker.start()
        act()
        QTimer.singleShot(330, loop, loop.quit)
        loop.exec()
        ticker.stop()
        turns = [since(earlier, later) for earlier, later in pairwise(ticks)]
        return Taken(max(turns).seconds, max(turn.ran for turn in turns))

    def close(self) -> None:
        self.page.close()
        self.tasks.close()
        self.appraising.close()
        self.garbage.close()


def rounds_of(act: Callable[[], object]) -> Rounds:
    return [timed(act) for _round in range(ROUNDS)]


def timed(act: Callable[[], object]) -> Taken:
    begin = now()
    act()
    return since(begin)


def now() -> Taken:
    return Taken(time.perf_counter(), time.thread_time())


def since(begin: Taken, end: Taken | None = None) -> Taken:
    end = end or now()
    return Taken(end.seconds - begin.seconds, end.ran - begin.ran)


def print_row(name: str, rounds: Rounds) -> None:
    best, worst = min(rounds), max(rounds)
    told = (best.seconds * 1e3, worst.seconds * 1e3, best.ran * 1e3)
    print(f"{name:40}{told[0]:>10.1f}{told[1]:>11.1f}{told[2]:>10.1f}", flush=True)


if __name__ == "__main__":
    sys.exit(main())

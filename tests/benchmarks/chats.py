"""How long the side bar takes to find something among 100,000 messages.

    QT_QPA_PLATFORM=offscreen python tests/benchmarks/chats.py [MESSAGES]

Each search is typed into the field of the real Chat page; its time ends when the conversations
found are painted. Prints the median and the longest time of each, the median time of the processor,
which other programs disturb less, and how long the messages took to write and the file of an older
version to be brought up to date. Fails where a median takes 50 ms or more.
"""

from __future__ import annotations

import random
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from PySide6.QtCore import QEventLoop
from PySide6.QtWidgets import QApplication

sys.path.insert(0, str(Path(__file__).parents[1]))

from alcove.catalog.model import Sampling
from alcove.chat.database import VERSION_1
from alcove.chat.store import ConversationStore
from alcove.database import Tables, connect, migrate
from alcove.errors import LoadError
from alcove.fit.plan import Wish
from alcove.fit.result import Fit
from alcove.gui.chat.rows import Entry
from alcove.gui.icons import Icons
from alcove.gui.pages.chat import ChatPage
from alcove.gui.session import ModelSession
from alcove.gui.tasks import Tasks
from alcove.gui.theme import Theme
from alcove.library.installed import InstalledModel
from gui.chat.fake_engine import FakeStarter

MESSAGES = 100_000
A_CHAT = 40
"""How many messages a conversation has."""
WORDS = 70
"""How many words a message has, on average."""
ROUNDS = 15
MOST_MS = 50.0
SEARCHES = (
    ("a rare word", "needle"),
    ("a beginning of many", "th"),
    ("a longer beginning", "bana"),
    ("the commonest word", "today"),
    ("two common words", "today this"),
    ("two beginnings", "bana tori"),
    ("common and rare", "today needle"),
    ("two Chinese letters", "天气"),
    ("a rare Chinese word", "银杏"),
    ("nothing", "qqqqq"),
)


def main(count: int) -> int:
    application = QApplication(["benchmark"])
    slowest = 0.0
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "alcove.db"
        begun = time.perf_counter()
        write(path, count)
        print(f"{count:,} messages written in {time.perf_counter() - begun:.1f} s")
        begun = time.perf_counter()
        ConversationStore(path).close()
        megabytes = path.stat().st_size / 1e6
        took = time.perf_counter() - begun
        print(f"brought up to date, and indexed, in {took:.1f} s; {megabytes:.0f} MB")
        print(f"{'':24}{'median, ms':>12}{'longest, ms':>13}{'processor, ms':>18}{'chats':>7}")
        with closing(Bench(path, application)) as bench:
            bench.measure("")  # what is only slow once
            for name, sought in SEARCHES:
                times, found = bench.measure(sought)
                taken, busy = ([1e3 * one for one in each] for each in zip(*times, strict=True))
                median = statistics.median(taken)
                slowest = max(slowest, median)
                said = f"{name:24}{median:12.1f}{max(taken):13.1f}"
                print(f"{said}{statistics.median(busy):18.1f}{found:7}")
    return int(slowest >= MOST_MS)


class Bench:
    """The Chat page on the file."""

    def __init__(self, path: Path, application: QApplication) -> None:
        self.application = application
        self.tasks = Tasks(print)
        self.store = ConversationStore(path)
        theme = Theme(application, "light")
        self.session = ModelSession(self.tasks, path.parent, FakeStarter())
        self.page = ChatPage(
            self.tasks,
            theme,
            Icons(theme),
            self.store,
            self.session,
            lambda _model: Sampling(),
            lambda: Wish(2048),
            _no_price,
        )
        self.page.resize(1280, 800)
        self.page.show()

    def measure(self, sought: str) -> tuple[list[tuple[float, float]], int]:
        """Search some times; return the seconds, those of the processor, and how many chats."""
        times = [self._search(sought) for _round in range(ROUNDS)]
        model = self.page.conversations
        rows = (model.row(model.index(number)) for number in range(model.rowCount()))
        return times, sum(isinstance(row, Entry) for row in rows)

    def close(self) -> None:
        """End everything."""
        self.tasks.close()
        self.session.close()
        self.store.close()

    def _search(self, sought: str) -> tuple[float, float]:
        sidebar, model = self.page.sidebar, self.page.conversations
        sidebar.search.clear()
        self.application.processEvents()
        waiting = QEventLoop()
        connection = model.searched.connect(waiting.quit)
        begun, cpu = time.perf_counter(), time.process_time()
        sidebar.search.setText(sought)
        if sought:
            waiting.exec()
        sidebar.list.viewport().repaint()
        took = time.perf_counter() - begun
        model.disconnect(connection)
        return took, time.process_time() - cpu


def _no_price(model: InstalledModel, _wish: Wish) -> Fit:
    raise LoadError(f"{model.name} is not loaded here.")


def write(path: Path, count: int) -> None:
    """Write conversations as an Alcove without a search wrote them."""
    with closing(connect(path)) as connection:
        migrate(connection, Tables("chat", (VERSION_1,)))
        with connection:
            connection.execute("BEGIN")
            _fill(connection, count)


def _fill(connection: sqlite3.Connection, count: int) -> None:
    chats = [
        (number, f"Chat {number} of many", number * A_CHAT, number, number)
        for number in range(1, count // A_CHAT + 1)
    ]
    connection.executemany(
        "INSERT INTO chat_conversations (id, title, target, leaf, created, updated)"
        " VALUES (?, ?, 'starter', ?, ?, ?)",
        chats,
    )
    connection.executemany(
        "INSERT INTO chat_messages (id, conversation, parent, role, text, reasoning, state,"
        " created) VALUES (?, ?, ?, ?, ?, '', 'complete', ?)",
        _messages(count),
    )


def _messages(count: int) -> Iterator[tuple[object, ...]]:
    source = random.Random(7)
    common = ["the", "that", "this", "today", "and", "of", "to"]
    rare = _vocabulary(source)
    han = [chr(code) for code in range(0x4E00, 0x4E00 + 2500)]
    for number in range(count):
        if number % 5 == 4:
            text = "".join(source.choices(han, k=WORDS * 2)) + "，今天天气很好。"
        else:
            words = source.choices(common, k=WORDS // 2) + source.choices(rare, k=WORDS // 2)
            source.shuffle(words)
            text = " ".join(words)
        if number % 20_000 == 11_111:
            text += " needle 银杏"
        first = number % A_CHAT == 0
        role = "assistant" if number % 2 else "user"
        parent = None if first else number
        yield number + 1, number // A_CHAT + 1, parent, role, text, float(number)


def _vocabulary(source: random.Random) -> list[str]:
    """Return many words of two to four syllables; a thousand or so begin alike."""
    syllables = [a + b for a in "bcdfgklmnprstvz" for b in "aeiou"]
    lengths = source.choices((2, 3, 4), k=40_000)
    return ["".join(source.choices(syllables, k=length)) for length in lengths]


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else MESSAGES))

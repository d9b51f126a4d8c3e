from __future__ import annotations

import gc
import threading
import weakref

from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from alcove.gui.garbage import Collector


class Cycle(QObject):
    """Ends by a collection alone, and says on which thread."""

    def __init__(self, ended: list[int]) -> None:
        super().__init__()
        self.itself = self
        weakref.finalize(self, lambda: ended.append(threading.get_ident()))


def test_cycles_end_on_the_thread_of_the_window(qtbot: QtBot) -> None:
    ended: list[int] = []
    gc.enable()
    collector = Collector(every_ms=1)
    for _number in range(10):
        Cycle(ended)
    kept: list[list[int]] = []  # more than enough objects for a collection
    thread = threading.Thread(target=lambda: kept.extend([number] for number in range(50_000)))
    thread.start()
    thread.join()
    assert ended == []
    qtbot.waitUntil(lambda: len(ended) == 10, timeout=20_000)
    assert set(ended) == {threading.get_ident()}
    collector.close()
    assert gc.isenabled()

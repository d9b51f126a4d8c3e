"""A queue, a cache and a hub of their own, in which things go wrong."""

from __future__ import annotations

import hashlib
import os
import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from alcove.errors import AlcoveError
from alcove.hub.items import Item, Wanted
from alcove.hub.options import TransferOptions
from alcove.hub.queue import TransferQueue
from alcove.hub.transfers import Transfers
from alcove.network import Network
from local_hub import LocalHub

REPOSITORY = "some/Model-GGUF"
FILE = "m-Q8_0.gguf"
PATIENCE_S = 120.0
T = TypeVar("T")


@dataclass(frozen=True)
class Figure:
    """A line of the table: what was done, what came of it, and whether that is good enough."""

    name: str
    result: str
    limit: str
    is_good: bool


class World:
    """One file on a hub, and a program that downloads it into ``folder``."""

    def __init__(self, folder: Path, hub: LocalHub, size: int, cache: Path | None = None) -> None:
        self.hub = hub
        self.cache = cache or folder / "cache"
        self.content = folder / "content"
        self.queue = TransferQueue(folder / "alcove.db")
        self.options = TransferOptions(
            Network(endpoint=hub.endpoint), cache=str(self.cache), stall_s=5.0
        )
        with self.content.open("wb") as file:
            for start in range(0, size, 1 << 20):
                file.write(random.Random(start).randbytes(min(1 << 20, size - start)))
        self.stored = hub.add(REPOSITORY, FILE, self.content)
        self._items: tuple[Item, ...] = ()
        self._news = threading.Condition()

    def add(self) -> Item:
        """Ask for the file, as the window does: without having asked the hub."""
        return self.queue.add(Wanted("Model", REPOSITORY, FILE))

    @contextmanager
    def working(self, **options: object) -> Iterator[Transfers]:
        """Let a supervisor work through the queue."""
        chosen = replace(self.options, **options)  # type: ignore[arg-type]
        with Transfers(self.queue, chosen, self._changed, self._troubled) as transfers:
            yield transfers

    def wait(self, until: Callable[[Item], bool]) -> Item:
        """Wait until the last item is as is wanted, and return it."""
        with self._news:
            if not self._news.wait_for(
                lambda: bool(self._items) and until(self._items[-1]), PATIENCE_S
            ):
                raise TimeoutError(f"still {self._items}")
            return self._items[-1]

    def until(self, item_id: int, is_so: Callable[[Item], bool]) -> Item:
        """Read the queue, as another program does, until an item is as is wanted."""

        def as_wanted() -> Item | None:
            item = self.queue.find(item_id)
            return item if item and is_so(item) else None

        return self.once(as_wanted)

    def once(self, get: Callable[[], T | None]) -> T:
        """Wait until ``get`` returns something, for what nobody tells of, and return it."""
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            if found := get():
                return found
            with self._news:
                self._news.wait(0.05)
        raise TimeoutError(f"still {self.queue.items()}")

    def ended(self) -> Item:
        """Wait until the last item is done or failed, and return it."""
        return self.wait(lambda item: item.state in ("done", "failed"))

    def is_whole(self, item: Item) -> bool:
        """Whether the file is in the cache as it is on the hub."""
        return item.state == "done" and all(
            sha256_of(path) == self.stored.sha256 for path in item.paths
        )

    def has_no_corrupt_file(self) -> bool:
        """Whether whatever a program would find in the cache is as it is on the hub."""
        found = self.cache.glob("models--*/snapshots/*/*")
        return all(sha256_of(path) == self.stored.sha256 for path in found)

    def _changed(self, items: tuple[Item, ...]) -> None:
        with self._news:
            self._items = items
            self._news.notify_all()

    def _troubled(self, error: AlcoveError) -> None:
        """Pass over what keeps the queue from being read for a moment."""


@contextmanager
def world(folder: Path, size: int) -> Iterator[World]:
    """Make a world whose file has ``size`` bytes, in a new folder of ``folder``."""
    place = folder / f"world-{os.urandom(4).hex()}"
    place.mkdir()
    with LocalHub() as hub:
        yield World(place, hub, size)


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

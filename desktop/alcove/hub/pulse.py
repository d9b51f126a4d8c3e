"""The pulse of a transfer: a thread that tells how far it is, and stops it when it has to stop."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Self

from alcove.children import Send
from alcove.errors import AlcoveError, Cancelled, StorageError
from alcove.hub.leases import Leases
from alcove.hub.line import Line
from alcove.hub.meter import Meter
from alcove.hub.space import free_bytes, is_tight, no_space

_TELL_S = 0.1
_LOOK_S = 0.25
_BEAT_S = 1.0


class Pulse:
    """Goes with the transfer of one item, as long as its block lasts.

    It sends progress ten times a second, looks four times a second whether the item is still this
    process's, and once a second writes to the queue and looks at the disk. ``stopped`` is set, and
    what notes raises, once the transfer has to end; ``at_stop`` is called then.
    """

    def __init__(
        self,
        item_id: int,
        meter: Meter,
        line: Line,
        leases: Leases,
        cache: Path,
        send: Send,
        at_stop: Callable[[], None] = lambda: None,
    ) -> None:
        self.stopped = threading.Event()
        self.line = line
        self._item_id = item_id
        self._meter = meter
        self._leases = leases
        self._cache = cache
        self._send = send
        self._at_stop = at_stop
        self._reason: AlcoveError = Cancelled()
        self._moved_on = False
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="pulse", daemon=True)

    def received(self, file: str, size: int) -> None:
        """Note that ``size`` bytes of ``file`` are there; raises what ends the transfer."""
        self.grew(file, size)
        self.line.alive()
        self.check()

    def grew(self, file: str, size: int) -> None:
        """Note that ``size`` bytes of ``file`` are there, and no more than that."""
        self._meter.received(file, size)

    def verified(self, file: str, size: int) -> None:
        """Note that ``size`` bytes of ``file`` are hashed; raises what ends the transfer."""
        self._meter.verified(file, size)
        self.check()

    def check(self) -> None:
        """Raise what ends the transfer, if something does: Cancelled or NoSpace."""
        if self.stopped.is_set():
            raise self._reason

    def beat(self) -> None:
        """Write into the queue how far the transfer is; raises StorageError."""
        self._leases.beat(self._item_id, self._meter.read())

    def __enter__(self) -> Self:
        self.beat()
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ended.set()
        self._thread.join()
        with suppress(StorageError):
            self.beat()

    def _run(self) -> None:
        looked = beaten = time.monotonic()
        while not self._ended.wait(_TELL_S):
            now = time.monotonic()
            self._tell()
            self.line.check()
            try:
                if now - looked >= _LOOK_S:
                    looked = now
                    self._look()
                if now - beaten >= _BEAT_S:
                    beaten = now
                    self.beat()
                    self._look_at_disk()
            except (StorageError, OSError):
                continue  # what is received counts, whether or not the queue can be reached now

    def _tell(self) -> None:
        progress = asdict(self._meter.read())
        self._send({"event": "progress", "id": self._item_id, "progress": progress})

    def _look(self) -> None:
        if not self._leases.is_mine(self._item_id):
            self._stop(Cancelled())
        elif not self._moved_on and self._meter.fetched_bytes:
            self._leases.moved_on(self._item_id)
            self._moved_on = True

    def _look_at_disk(self) -> None:
        needed = self._meter.total_bytes - self._meter.read().received_bytes
        if needed > 0 and is_tight(needed, self._cache):
            self._stop(no_space(needed, free_bytes(self._cache), self._cache))

    def _stop(self, reason: AlcoveError) -> None:
        if not self.stopped.is_set():
            self._reason = reason
            self.stopped.set()
            self.line.cut()
            self._at_stop()

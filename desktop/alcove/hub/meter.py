"""How far a transfer is, and how fast."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Mapping

from alcove.hub.leases import Progress
from alcove.hub.remote import RemoteModel

_WINDOW_S = 5.0
_FIRST_ESTIMATE_S = 1.0


class Meter:
    """Adds up what is known of each file; the speed is the mean over the last five seconds.

    ``present`` is what was there before, in bytes by file: it counts as received, not as speed.
    One thread may note what others read.
    """

    def __init__(
        self,
        model: RemoteModel,
        present: Mapping[str, int],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._clock = clock
        self.total_bytes = model.size_bytes
        self._received = dict(present)
        self._verified = dict.fromkeys(present, 0)
        self._fetched = 0
        self._samples: deque[tuple[float, int]] = deque([(clock(), 0)])

    @property
    def fetched_bytes(self) -> int:
        """Bytes that came over the network."""
        return self._fetched

    def received(self, file: str, size: int) -> None:
        """Take note that ``size`` bytes of ``file`` are there."""
        self._fetched += max(0, size - self._received[file])
        self._received[file] = size

    def verified(self, file: str, size: int) -> None:
        """Take note that ``size`` bytes of ``file`` were compared with the hub's hash."""
        self._verified[file] = size

    def read(self) -> Progress:
        """Return how far the transfer is now."""
        received = sum(self._received.values())
        return Progress(received, sum(self._verified.values()), self._speed())

    def _speed(self) -> float:
        now, fetched = self._clock(), self._fetched
        self._samples.append((now, fetched))
        while len(self._samples) > 2 and self._samples[1][0] <= now - _WINDOW_S:
            self._samples.popleft()
        since, before = self._samples[0]
        elapsed = now - since
        return (fetched - before) / elapsed if elapsed >= _FIRST_ESTIMATE_S else 0.0

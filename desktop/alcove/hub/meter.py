"""How far a transfer is, how fast, and how long it will take."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Mapping

from alcove.hub.remote import Phase, RemoteModel, TransferProgress

_WINDOW_S = 5.0
_FIRST_ESTIMATE_S = 1.0


class Meter:
    """Adds up what is known of each file; the speed is the mean over the last five seconds.

    ``present`` is what was there before, in bytes by file: it counts as received, not as speed.
    """

    def __init__(
        self,
        model: RemoteModel,
        present: Mapping[str, int],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._clock = clock
        self._sizes = {file.path: file.size_bytes for file in model.files}
        self._received = dict(present)
        self._verified = dict.fromkeys(present, 0)
        self._file = model.files[0].path
        self._phase: Phase = "receiving"
        self._fetched = 0
        self._samples: deque[tuple[float, int]] = deque()

    def note(self, phase: Phase, file: str, size: int) -> None:
        """Take note that ``size`` bytes of ``file`` are received, or are verified."""
        self._phase, self._file = phase, file
        if phase == "verifying":
            self._verified[file] = size
            self._received[file] = self._sizes[file]
        else:
            self._fetched += max(0, size - self._received[file])
            self._received[file] = size
        self._samples.append((self._clock(), self._fetched))

    def read(self) -> TransferProgress:
        """Return how far the transfer is now."""
        received, total = sum(self._received.values()), sum(self._sizes.values())
        speed = self._speed()
        return TransferProgress(
            file=self._file,
            received_bytes=received,
            total_bytes=total,
            bytes_per_second=speed,
            seconds_left=(total - received) / speed if speed else None,
            phase=self._phase,
            verified_bytes=sum(self._verified.values()),
        )

    def _speed(self) -> float:
        now = self._clock()
        while len(self._samples) > 1 and self._samples[0][0] < now - _WINDOW_S:
            self._samples.popleft()
        if not self._samples:
            return 0.0
        since, before = self._samples[0]
        elapsed = now - since
        return (self._fetched - before) / elapsed if elapsed >= _FIRST_ESTIMATE_S else 0.0

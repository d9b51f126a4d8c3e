"""The connection that brings bytes now: another thread sees whether it is dead, and cuts it."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import httpx2

from alcove.network.noted import Noted

_ASLEEP_S = 5.0
"""A difference between the clocks from which on the computer must have slept."""


class Line:
    """Holds the connection of the moment.

    A connection that brought nothing for ``stall_s``, or through which the computer slept, is dead
    more often than not, and its owner would wait for minutes to learn it.
    """

    def __init__(
        self,
        stall_s: float,
        steady: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self.stall_s = stall_s
        self._steady = steady
        self._wall = wall
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self._noted: Noted | None = None
        self._last = steady()
        self._offset = wall() - steady()
        self.is_stalled = False

    @contextmanager
    def hold(self, response: httpx2.Response) -> Iterator[None]:
        """Watch the connection of ``response``."""
        stream = response.extensions.get("network_stream")
        with self._lock:
            self._socket = stream.get_extra_info("socket") if stream else None
            self._noted = response.extensions.get("noted")
            self.is_stalled = False
            self._last = self._steady()
        try:
            yield
        finally:
            with self._lock:
                self._socket = self._noted = None

    def alive(self) -> None:
        """Note that bytes came."""
        self._last = self._steady()

    def note(self) -> None:
        """Write into the journal what has come by now, for a process that is about to end."""
        with self._lock:
            if self._noted:
                self._noted.note()

    def check(self) -> None:
        """Cut the connection if it is dead; to be called often, on another thread."""
        offset = self._wall() - self._steady()
        slept, self._offset = offset - self._offset > _ASLEEP_S, offset
        if slept or self._steady() - self._last > self.stall_s:
            self.cut(stalled=not slept)

    def cut(self, *, stalled: bool = False) -> None:
        """End the connection; whoever reads from it gets an error at once."""
        with self._lock:
            if self._socket is None:
                return
            self.is_stalled = stalled
            with suppress(OSError):
                # SSLSocket's own shutdown would let the reader go on with what is still encrypted.
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)
            self._socket = None

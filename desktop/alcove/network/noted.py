"""A request that is in the journal, while it goes on: its bytes are counted as they come."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

import httpx2

from alcove.errors import AlcoveError, reason
from alcove.network.entry import Outcome
from alcove.network.journal import Journal

_INTERVAL_S = 0.5
_NOT_SENT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.ProxyError)


class Noted:
    """A request that is in the journal, while it goes on.

    What came of it is noted at its end, and now and then before, for a process that is ended
    meanwhile. A failure to note that is passed over: the request itself is in the journal.
    """

    def __init__(self, journal: Journal, entry_id: int, request: httpx2.Request) -> None:
        self._journal = journal
        self._id = entry_id
        self._request_bytes = _request_bytes(request)
        self._started = self._written = time.monotonic()
        self._outcome = Outcome()
        self._received = 0
        self._ended = False

    def begin(self, response: httpx2.Response) -> None:
        """Take note that the head of the answer is here."""
        self._outcome = Outcome(response.status_code, self._request_bytes)
        self._received = _head_bytes(response)

    def count(self, size: int) -> None:
        """Note that ``size`` bytes more of the answer are here."""
        self._received += size
        if time.monotonic() - self._written >= _INTERVAL_S:
            self.note()

    def fail(self, error: BaseException) -> None:
        """Note that it failed."""
        sent = 0 if isinstance(error, _NOT_SENT) else self._request_bytes
        self._outcome = replace(self._outcome, sent_bytes=sent, failure=reason(error))
        self.end()

    def end(self) -> None:
        """Note that it is over; only the first time counts."""
        if not self._ended:
            self._ended = True
            taken = time.monotonic() - self._started
            self._outcome = replace(self._outcome, seconds=taken)
            self.note()

    def note(self) -> None:
        """Write into the journal what came of it so far."""
        self._written = time.monotonic()
        with suppress(AlcoveError):
            outcome = replace(self._outcome, received_bytes=self._received)
            self._journal.complete(self._id, outcome)


class Counted(httpx2.SyncByteStream):
    """An answer whose bytes are counted as they come."""

    def __init__(self, stream: httpx2.SyncByteStream, noted: Noted) -> None:
        self._stream = stream
        self._noted = noted

    def __iter__(self) -> Iterator[bytes]:
        try:
            for part in self._stream:
                self._noted.count(len(part))
                yield part
        except httpx2.HTTPError as error:
            self._noted.fail(error)
            raise

    def close(self) -> None:
        """Close the connection, or give it back."""
        self._stream.close()
        self._noted.end()


def _request_bytes(request: httpx2.Request) -> int:
    """Return the bytes of a request as HTTP/1.1 writes it, before encryption."""
    line = len(request.method) + len(request.url.raw_path) + len("  HTTP/1.1\r\n")
    body = int(request.headers.get("Content-Length", "0"))
    return line + _bytes_of(request.headers) + body


def _head_bytes(response: httpx2.Response) -> int:
    line = len(f"HTTP/1.1 {response.status_code} {response.reason_phrase}\r\n")
    return line + _bytes_of(response.headers)


def _bytes_of(headers: httpx2.Headers) -> int:
    return sum(len(name) + len(value) + 4 for name, value in headers.raw) + 2

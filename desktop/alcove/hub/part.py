"""The bytes of one file: received where they broke off, through whatever the network does."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import httpx2

from alcove.errors import HubError, OfflineError, Remedy
from alcove.hub.body import blocks
from alcove.hub.client import open_range
from alcove.hub.digest import RunningDigest
from alcove.hub.flush import Flusher
from alcove.hub.layout import size_of
from alcove.hub.limiter import Limiter
from alcove.hub.pulse import Pulse
from alcove.hub.remote import RemoteFile, RemoteModel
from alcove.i18n import _
from alcove.network import Network
from alcove.words import duration

Advance = Callable[[int], None]
"""Told how many bytes of a file are there."""

_RANGE_BYTES = 1024**3  # the hub's CDN refuses to send more than 50 GB in one answer
_RECONNECT_S = 0.2
"""The longest pause after a connection that brought something, so that not all come at once."""


@dataclass(frozen=True)
class PartReceiver:
    """Receives files of ``model`` one after the other."""

    model: RemoteModel
    network: Network
    pulse: Pulse
    limiter: Limiter

    def receive(self, file: RemoteFile, part: Path) -> str:
        """Bring all bytes of ``file`` into ``part`` and return their SHA-256 in hexadecimal.

        What is in ``part`` already is not fetched again. Raises HubError or one of its kinds where
        a connection brought nothing, what ends the transfer (see Pulse), and OSError.
        """
        part.touch()
        with (
            RunningDigest(part, partial(self.pulse.verified, file.path)) as digest,
            Flusher(part) as flusher,
        ):

            def advance(size: int) -> None:
                digest.advance(size)
                flusher.advance(size)

            while (have := size_of(part)) < file.size_bytes:
                advance(have)
                self._go_on(file, part, have, advance)
            return digest.finish(file.size_bytes)

    def _go_on(self, file: RemoteFile, part: Path, have: int, advance: Advance) -> None:
        """Receive until the connection ends, in whichever way; raise if it brought nothing."""
        try:
            self._receive_range(file, part, advance)
        except OfflineError as error:
            self.pulse.check()
            if size_of(part) > have:
                self.pulse.stopped.wait(random.uniform(0, _RECONNECT_S))
            elif self.pulse.line.is_stalled:
                raise _stalled(self.network.endpoint, self.pulse.line.stall_s) from error
            else:
                raise

    def _receive_range(self, file: RemoteFile, part: Path, advance: Advance) -> None:
        with part.open("ab", buffering=0) as output:  # this process may be ended at any time
            have = output.tell()
            end = min(have + _RANGE_BYTES, file.size_bytes)
            self.pulse.received(file.path, have)
            with (
                open_range(self.network, self.model, file, have, end) as response,
                self.pulse.line.hold(response),
            ):
                _require_same(response, file)
                for block in blocks(response):
                    rest = block[: end - have]
                    while rest:
                        written = output.write(rest)
                        have, rest = have + written, rest[written:]
                    advance(have)
                    self.pulse.received(file.path, have)
                    self.limiter.let_through(len(block))


def _require_same(response: httpx2.Response, file: RemoteFile) -> None:
    """Raise HubError if the hub says that it sends other content than it announced before."""
    for hop in (*response.history, response):
        etag = hop.headers.get("X-Linked-Etag", "").removeprefix("W/").strip('"')
        if etag and etag != file.sha256:
            raise HubError(
                _("{file} was replaced on the hub while it was being downloaded.").format(
                    file=file.path
                ),
                _("Download it again to get what its publisher offers now."),
                Remedy.RETRY,
            )


def _stalled(endpoint: str, seconds: float) -> OfflineError:
    return OfflineError(
        _("{endpoint} sent nothing for {time}.").format(endpoint=endpoint, time=duration(seconds)),
        _("Check the network connection and the proxy; models that are installed work without."),
        Remedy.RETRY,
    )

"""The door: what sends a request notes it in the journal first, and then what came of it."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import httpx2

from alcove.errors import StorageError
from alcove.i18n import _
from alcove.network.entry import PORTS, Entry
from alcove.network.journal import Journal
from alcove.network.noted import Counted, Noted
from alcove.network.policy import Network
from alcove.network.wires import Wires, proxy_for, without_secrets
from alcove.seal import passage

_HARMLESS = {
    "author", "blobs", "cursor", "direction", "expand", "filter", "full", "limit", "pipeline_tag",
    "recursive", "search", "sort", "tags",
}  # fmt: skip
"""What the hub is asked for in the query of an address; other queries may be signatures."""


def process_name() -> str:
    """Return what this process runs: "alcove", or the module of a child of it."""
    spec = getattr(sys.modules["__main__"], "__spec__", None)
    return str(spec.name if spec else Path(sys.argv[0]).name).removesuffix(".__main__")


@dataclass(frozen=True)
class Door:
    """Lets requests out that ``network`` permits, each once ``journal`` holds it.

    ``process`` says in the journal which process of Alcove sent them.
    """

    network: Network
    journal: Journal
    process: str = field(default_factory=process_name)

    @classmethod
    def of(cls, network: Network) -> Door:
        """Return the door of this process that ``network`` describes."""
        return cls(network, Journal(network.journal))

    def transport(self, why: str) -> httpx2.BaseTransport:
        """Return what an HTTP client sends its requests by; ``why`` says what they are for.

        Each request raises OfflineError, before a socket is opened, where the door is shut and it
        leads to another machine, StorageError if it cannot be noted, and what httpx2 raises.
        """
        return _Passage(self, why)

    def client(self, why: str, **options: Any) -> httpx2.Client:  # noqa: ANN401 - of httpx2.Client
        """Return an HTTP client of this door; ``options`` are those of httpx2.Client."""
        return httpx2.Client(transport=self.transport(why), **options)

    def send(self, request: httpx2.Request, why: str, wires: Wires) -> httpx2.Response:
        """Send one request through ``wires``; raises what ``transport`` says."""
        url = str(request.url)
        self.network.require_host(without_secrets(url))
        proxy = proxy_for(url)
        pool = wires.pool(proxy)
        noted = self._note(request, why, proxy)
        try:
            with passage():
                response = pool.handle_request(request)
        except BaseException as error:
            noted.fail(error)
            raise
        noted.begin(response)
        assert isinstance(response.stream, httpx2.SyncByteStream)
        return httpx2.Response(
            response.status_code,
            headers=response.headers,
            stream=Counted(response.stream, noted),
            extensions=response.extensions | {"noted": noted},
        )

    def note_unseen(self, url: httpx2.URL, why: str) -> None:
        """Note that native code begins to send requests to the host of ``url``, uncounted.

        Raises OfflineError where the door is shut, StorageError if it cannot be noted.
        """
        self.network.require_host(without_secrets(str(url)))
        why = _("{why}, by hf-xet, whose requests are not counted").format(why=why)
        self._record(replace(entry_of("", url, why, self.process), path=""))

    def _note(self, request: httpx2.Request, why: str, proxy: str) -> Noted:
        entry = entry_of(request.method, request.url, why, self.process)
        added = self._record(replace(entry, proxy=proxy and without_secrets(proxy)))
        return Noted(self.journal, added, request)

    def _record(self, entry: Entry) -> int:
        try:
            return self.journal.record(entry)
        except StorageError as error:
            raise StorageError(
                _("{cause} So nothing was asked of {host}: every request is noted first.").format(
                    cause=error.cause, host=entry.host
                ),
                error.advice,
                *error.remedies,
            ) from error


def entry_of(method: str, url: httpx2.URL, why: str, process: str) -> Entry:
    """Return what the journal notes of a request that is about to be sent."""
    return Entry(
        when=datetime.now(UTC),
        method=method,
        scheme=url.scheme,
        host=url.host,
        port=url.port or PORTS.get(url.scheme, 0),
        path=_path(url),
        why=why,
        process=process,
    )


class _Passage(httpx2.BaseTransport):
    """Sends what an HTTP client asks for through a door."""

    def __init__(self, door: Door, why: str) -> None:
        self._door = door
        self._why = why
        self._wires = Wires()

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send one request, a redirect being one of its own."""
        return self._door.send(request, self._why, self._wires)

    def close(self) -> None:
        """Close the connections."""
        self._wires.close()


def _path(url: httpx2.URL) -> str:
    """Return the path of an address, and its query unless something in it may be secret."""
    query = url.query.decode("ascii", errors="replace")
    if not query:
        return url.path
    names = {name for name, _value in parse_qsl(query, keep_blank_values=True)}
    return f"{url.path}?{query}" if names <= _HARMLESS else f"{url.path}?…"
